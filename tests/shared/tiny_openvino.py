"""The tiny network as OpenVINO's two files."""

import numpy as np
import tiny_onnx

from mobileswap.contracts.blocked_modules import block_modules


def make(folder, precision):
    return save(folder / f"tiny-{precision}.xml", compressed=precision == "fp16")


def save(path, scale=0.5, *, compressed=False):
    """``scale`` as in tiny_onnx; ``compressed`` stores float16."""
    block_modules(["openvino_telemetry"])
    import openvino

    source = tiny_onnx.save(path.with_suffix(".onnx"), scale)
    openvino.save_model(openvino.Core().read_model(source), path, compress_to_fp16=compressed)
    source.unlink()
    return path


def convolution(path, *, compressed=False):
    """A network that multiplies and adds up: where bf16 shows. ``swapped`` is the convolution of ``target``."""
    block_modules(["openvino_telemetry"])
    import openvino
    from openvino import opset13

    target = opset13.parameter((1, 3, 8, 8), np.float32, name="target")
    factors = np.random.default_rng(0).normal(size=(3, 3, 3, 3)).astype(np.float32)
    made = opset13.convolution(target, opset13.constant(factors), [1, 1], [1, 1], [1, 1], [1, 1])
    result = opset13.result(made, name="swapped")
    openvino.save_model(openvino.Model([result], [target], "convolution"), path, compress_to_fp16=compressed)
    return path
