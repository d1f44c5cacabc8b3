"""Runs the parsed network with PyTorch's kernels on the CPU."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import BadInput
from mobileswap.formats.tnn.model_reader import read_model
from mobileswap.formats.tnn.proto_reader import Proto, ProtoLayer, read_proto
from mobileswap.runtimes.reference.tnn.kernel import Kernel
from mobileswap.runtimes.reference.tnn.layer_table import kernel_of
from mobileswap.runtimes.runner import RunnerOptions

Observe = Callable[[str, str, str, Tensor], None]  # layer's name and type, its output's name and value
MOST_ELEMENTS = 1 << 27  # of one blob; twice that of a 1024² generator with 64 channels
_COMPLAINTS = (RuntimeError, ValueError, TypeError, IndexError, ArithmeticError, NotImplementedError)


@dataclass(frozen=True)
class _LayerStep:
    layer: ProtoLayer
    kernel: Kernel
    done_with: tuple[str, ...]  # blobs that nothing reads afterwards


class TnnRunner:
    """The reference executor.

    ``fp32`` computes in float32 whatever the file stores. ``fp16`` rounds inputs, weights and the result of every layer
    to half precision and sums inside of a layer in float32, as a device with half storage does at its best.
    The thread count is PyTorch's process-wide one and is put back by ``close``.
    """

    def __init__(self, proto: Path, options: RunnerOptions, arithmetic: str, observe: Observe | None = None) -> None:
        """Read both files and walk through the network once with shapes only.

        Args:
            proto: the .tnnproto; the .tnnmodel is found beside it.
            options: ``threads``; there is one device.
            arithmetic: ``fp32`` or ``fp16``.
            observe: called with each layer's name and type and each of its outputs' name and value.

        Raises:
            BadInput: a file is missing or damaged, or the layers do not fit together.
            UnknownOperation: a layer, or a parameter of one, that the executor does not know.
        """
        if arithmetic not in ("fp32", "fp16"):
            raise BadInput(f"TNN executor: arithmetic {arithmetic!r}, expected fp32 or fp16")
        self._half = arithmetic == "fp16"
        self._observe = observe
        self._proto = read_proto(proto)
        model = read_model(proto.with_suffix(".tnnmodel"), self._proto)
        self._constants = {name: self._tensor(array) for name, array in model.constants.items()}
        weights = {name: tuple(map(self._tensor, arrays)) for name, arrays in model.resources.items()}
        self._steps = tuple(_steps(self._proto, weights))
        self._rehearse(proto, weights)
        self._threads_before = torch.get_num_threads()
        torch.set_num_threads(options.threads)
        self.version = f"tnn-{arithmetic} (torch {torch.__version__})"
        self.ran_on = "cpu"

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run once.

        Raises:
            ValueError: names, shapes or types of the inputs are not the network's.
            BadInput: a layer that does not fit, and that shapes alone did not betray.
        """
        wanted = self._proto.inputs
        if inputs.keys() != wanted.keys():
            raise ValueError(f"the network takes {sorted(wanted)}, not {sorted(inputs)}")
        for name, array in inputs.items():
            if array.shape != wanted[name] or array.dtype != np.float32:
                raise ValueError(f"{name}: expected float32 {wanted[name]}, got {array.dtype} {array.shape}")
        with torch.inference_mode():
            blobs = {name: self._tensor(array) for name, array in inputs.items()} | self._constants
            for step in self._steps:
                results = _run(step, blobs)
                for name, result in zip(step.layer.outputs, results, strict=True):
                    blobs[name] = result.half().float() if self._half else result
                    if self._observe is not None:
                        self._observe(step.layer.name, step.layer.type, name, blobs[name])
                for name in step.done_with:
                    del blobs[name]
            return {name: blobs[name].contiguous().numpy() for name in self._proto.outputs}

    def close(self) -> None:
        torch.set_num_threads(self._threads_before)

    def _tensor(self, array: Array) -> Tensor:
        single = array.astype(np.float32)  # a copy: the inputs and the file stay as they are
        return torch.from_numpy(single.astype(np.float16).astype(np.float32) if self._half else single)

    def _rehearse(self, path: Path, weights: Mapping[str, tuple[Tensor, ...]]) -> None:
        """Run without numbers, so that what does not fit together is found before anything is allocated.

        A batch of no pictures goes through the kernels themselves, and costs nothing. What does not take such a batch
        is asked of PyTorch's shape-only kernels, which import a compiler first: a second of every check.
        """
        inputs = self._proto.inputs
        try:
            nothing = {name: torch.empty((0, *shape[1:])) for name, shape in inputs.items()} | self._constants
            pictures = max(shape[0] for shape in inputs.values())
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # a variance of no numbers
                _walk(path, self._steps, nothing, lambda made: pictures * prod(made[1:]) if not made[0] else 0)
        except (BadInput, IndexError):
            ghosts = {name: torch.empty(shape, device="meta") for name, shape in inputs.items()}
            ghosts |= {name: tensor.to("meta") for name, tensor in self._constants.items()}
            ghostly = {name: tuple(w.to("meta") for w in given) for name, given in weights.items()}
            steps = (
                replace(step, kernel=kernel_of(step.layer, ghostly.get(step.layer.name, ()))) for step in self._steps
            )
            _walk(path, steps, ghosts, prod)


def _walk(
    path: Path, steps: Iterable[_LayerStep], blobs: dict[str, Tensor], elements: Callable[[tuple[int, ...]], int]
) -> None:
    """Go through the layers, and refuse an output without elements, or with too many."""
    for step in steps:
        for name, result in zip(step.layer.outputs, _run(step, blobs), strict=True):
            if not 0 < elements(tuple(result.shape)) <= MOST_ELEMENTS:
                raise BadInput(f"{path}: {step.layer.type} {name!r} would be {tuple(result.shape)}; damaged")
            blobs[name] = result


def _steps(proto: Proto, weights: Mapping[str, tuple[Tensor, ...]]) -> Iterable[_LayerStep]:
    last_reader: dict[str, str] = {}
    for layer in proto.layers:
        last_reader |= dict.fromkeys((*layer.inputs, *layer.outputs), layer.name)
    for layer in proto.layers:
        done = tuple(n for n in {*layer.inputs, *layer.outputs} if last_reader[n] == layer.name)
        kernel = kernel_of(layer, weights.get(layer.name, ()))
        yield _LayerStep(layer, kernel, tuple(name for name in done if name not in proto.outputs))


def _run(step: _LayerStep, blobs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    """The outputs of one layer. PyTorch's shape-only kernels do not see every misfit, so that this may fail late."""
    layer = step.layer
    try:
        result = step.kernel(*(blobs[name] for name in layer.inputs))
        results = result if isinstance(result, tuple) else (result,)
        if len(results) != len(layer.outputs):
            raise ValueError(f"it makes {len(results)} blobs, the line names {len(layer.outputs)}")
    except _COMPLAINTS as error:
        reason = str(error).partition("\n")[0]
        raise BadInput(f"TNN layer {layer.type} {layer.name!r} does not fit: {reason}") from error
    return results
