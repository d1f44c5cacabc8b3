"""Parameters that a file may leave out, and what MIL takes for them then.

As coremltools has them in the ``default_inputs`` of its operations, for every opset. What has no default of its own,
such as a bias, is absent instead; so is that of ``linear``, which is a row of zeros.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mobileswap.formats.mil.program import Variable


@dataclass(frozen=True)
class PerAxis:
    """A list: ``value``, so many ``times`` for each spatial axis of x."""

    value: int
    times: int = 1


@dataclass(frozen=True)
class LikeX:
    """A number in the float type of x."""

    value: float


Default = bool | int | float | str | PerAxis | LikeX

_CONVOLUTION: Mapping[str, Default] = {
    "strides": PerAxis(1),
    "pad_type": "valid",
    "pad": PerAxis(0, times=2),
    "dilations": PerAxis(1),
    "groups": 1,
}
_POOL: Mapping[str, Default] = {"strides": PerAxis(1), "pad": PerAxis(0, times=2), "ceil_mode": False}
_NORM: Mapping[str, Default] = {"epsilon": 1e-5}
_REDUCTION: Mapping[str, Default] = {"keep_dims": False}
_SCALE: Mapping[str, Default] = {"scale_factor_height": 1, "scale_factor_width": 1}

# Of the operations that the executor knows, and of those whose parameters bench/ane looks at
DEFAULTS: Mapping[str, Mapping[str, Default]] = {
    "avg_pool": {**_POOL, "exclude_padding_from_average": False},
    "batch_norm": _NORM,
    "concat": {"interleave": False},
    "conv": _CONVOLUTION,
    "conv_transpose": _CONVOLUTION,
    "instance_norm": _NORM,
    "inverse": {"epsilon": LikeX(1e-4)},
    "l2_norm": {"epsilon": 1e-6},
    "l2_pool": _POOL,
    "log": {"epsilon": LikeX(1e-45)},
    "matmul": {"transpose_x": False, "transpose_y": False},
    "max_pool": _POOL,
    "pad": {"mode": "constant", "constant_val": 0.0},
    "reduce_l2_norm": _REDUCTION,
    "reduce_max": _REDUCTION,
    "reduce_mean": _REDUCTION,
    "reduce_min": _REDUCTION,
    "reduce_sum": _REDUCTION,
    "reduce_sum_square": _REDUCTION,
    "resize": {"interpolation_mode": "LINEAR", "sampling_mode": "DEFAULT"},
    "resize_bilinear": {"target_size_height": 1, "target_size_width": 1, "sampling_mode": "DEFAULT"},
    "rsqrt": {"epsilon": LikeX(1e-12)},
    "softmax": {"axis": -1},
    "upsample_bilinear": {**_SCALE, "align_corners": True},
    "upsample_nearest_neighbor": _SCALE,
}


def left_out(type_: str, name: str, inputs: Mapping[str, tuple[Variable, ...]]) -> Iterator[tuple[str, Variable]]:
    """Each parameter that an operation of the file leaves out, with its default as a constant."""
    (x,) = inputs.get("x") or (None,)
    for parameter, default in DEFAULTS.get(type_, {}).items():
        if parameter not in inputs:
            yield parameter, _variable(f"{name}_{parameter}", default, x)


def _variable(name: str, default: Default, x: Variable | None) -> Variable:
    match default:
        case str():
            return Variable(name, "string", (), default)
        case bool():
            return Variable(name, "bool", (), np.array(default))
        case int():
            return Variable(name, "int32", (), np.array(default, np.int32))
        case float():
            return Variable(name, "fp32", (), np.array(default, np.float32))
        case PerAxis(value, times):
            axes = max(len(x.shape) - 2, 0) if x else 0
            return Variable(name, "int32", (axes * times,), np.full(axes * times, value, np.int32))
        case LikeX(value):
            half = x is not None and x.dtype == "fp16"
            return Variable(name, "fp16" if half else "fp32", (), np.array(value, np.float16 if half else np.float32))
