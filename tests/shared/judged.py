"""What the gate says to a file, in this process: as parity.check does, without a worker. Holds no tests."""

from dataclasses import dataclass, replace

import numpy as np
import tiny

from mobileswap.contracts.declaration import Declaration
from mobileswap.contracts.errors import MobileswapError
from mobileswap.formats.interface import require_declared
from mobileswap.parity.limits import LIMITS
from mobileswap.parity.outputs import compare_sample
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import find_runtime, open_runner

SAMPLES = tuple(tiny.sample(seed) for seed in range(4))
RUNTIMES = {"onnx": "onnxruntime", "coreml": "mil-fp32", "tnn": "tnn-fp32", "pytorch": "pytorch"}
DECLARATION = Declaration(tiny.INPUTS, tiny.OUTPUTS, "tensor")


@dataclass(frozen=True)
class Judged:
    """``passed`` and how it was decided; ``outputs`` of every sample where there are any."""

    passed: bool
    words: str
    outputs: tuple = ()


def judge(path, format_, precision="fp32", samples=SAMPLES, **declared):
    """A refusal in words, whatever a runtime raises, or the comparison of its outputs."""
    runtime = find_runtime(RUNTIMES[format_])
    try:
        require_declared(runtime.declares(path), replace(DECLARATION, precision=precision, **declared))
        runner = open_runner(runtime.name, path, RunnerOptions(threads=1))
        try:
            outputs = tuple(runner.run(sample.inputs) for sample in samples)
        finally:
            runner.close()
    except MobileswapError as error:
        return Judged(False, str(error))
    except Exception as error:  # noqa: BLE001  a worker that raises is a CRASH, told in one line
        return Judged(False, f"CRASH: {type(error).__name__}: {error}")
    limits = LIMITS[runtime.proves[format_, precision]]
    with np.errstate(all="ignore"):
        compared = [
            one.verdict
            for sample, got in zip(samples, outputs, strict=True)
            for one in compare_sample(sample, got, tiny.OUTPUTS, limits)
        ]
    worst = next((one for one in compared if not one.outcome.passed), compared[0])
    return Judged(all(one.outcome.passed for one in compared), f"{worst.outcome}: {worst.detail}", outputs)
