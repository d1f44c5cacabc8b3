"""Builds packages of a few operations, without PyTorch's tracing, for the test_mil_* files. Holds no tests."""

import gc
from pathlib import Path
from tempfile import TemporaryDirectory

import coremltools as ct
import numpy as np
from coremltools.converters.mil import Builder as mb  # noqa: N813  what all of coremltools calls it
from coremltools.converters.mil.mil import types
from mil_twin import assert_read_alike

from mobileswap.runtimes.reference.mil import MilRunner
from mobileswap.runtimes.runner import RunnerOptions

F32, F16 = types.fp32, types.fp16
IOS16 = ct.target.iOS16


def save(path, build, *inputs, opset=IOS16):
    """Write a program as it is built: no pass may fuse, fold or drop what is under test.

    Args:
        build: from variables to the output variable, or several; an argument's name is the input's.
        inputs: shape and type of each argument.
    """
    specs = [mb.TensorSpec(shape=shape, dtype=dtype) for shape, dtype in inputs]
    program = mb.program(input_specs=specs, opset_version=opset)(build)
    gc.freeze()  # every conversion collects garbage among all that was ever imported: 80 of its 90 ms
    model = ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=opset,
        pass_pipeline=ct.PassPipeline.EMPTY,
        skip_model_load=True,
    )
    gc.unfreeze()
    model.save(str(path))
    assert_read_alike(path)  # of every program that any test builds
    return path


def open_runner(path, arithmetic="fp32", **options):
    return MilRunner(Path(path), RunnerOptions(threads=1), arithmetic, **options)


def compute(build, *arrays, dtype=F32, arithmetic="fp32", opset=IOS16):
    """What a program that ``build`` makes gives for these arrays, from disk: its output, or a list of several."""
    values = [np.asarray(array, dtype=np.float32) for array in arrays]
    names = build.__code__.co_varnames[: build.__code__.co_argcount]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "it.mlpackage"
        runner = open_runner(save(path, build, *((value.shape, dtype) for value in values), opset=opset), arithmetic)
        outputs = list(runner.run(dict(zip(names, values, strict=True))).values())
        runner.close()
    assert all(output.dtype == np.float32 for output in outputs)
    return outputs[0] if len(outputs) == 1 else outputs
