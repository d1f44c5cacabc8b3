"""fp16 arithmetic beside float32, operation by operation of one CoreML file: where its error comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.golden_file import Sample
from mobileswap.contracts.growth_report import TensorGrowth
from mobileswap.contracts.place import places_of
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import PSNR_CEILING_DB
from mobileswap.parity.decibels import decibels, output_psnr, shares_of_range
from mobileswap.parity.feeding import feed
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.torch_threads import torch_threads

if TYPE_CHECKING:
    from torch import Tensor

    from mobileswap.formats.mil.program import Operation, Program, Variable


def measure_growth(
    package: Path,
    samples: Sequence[Sample],
    *,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    taps: Mapping[str, str],
    options: RunnerOptions,
) -> tuple[TensorGrowth, ...]:
    """Execute the file twice at the same time, with and without rounding, and compare every result.

    Args:
        package: an .mlpackage.
        samples: golden ones; of each tensor the worst counts.
        inputs: as the artifact takes them.
        outputs: as the artifact gives them.
        taps: of artifact.json.
        options: threads.

    Raises:
        BadInput: the package is damaged.
        UnknownOperation: the reference executor does not know an operation of it.
    """
    from mobileswap.formats.mil.load import load_program
    from mobileswap.formats.mil.package import read_package
    from mobileswap.runtimes.reference.mil.operation_table import TABLE

    with torch_threads(options.threads):
        program = load_program(read_package(package), TABLE.keys())
        tensors = [variable.name for operation in program.operations for variable in operation.outputs]
        walk = _Walk(program, places_of(tensors, taps))
        fed = [_tensors(program, feed(sample, inputs)) for sample in samples]
        found = [walk.run(sample.name, given) for sample, given in zip(samples, fed, strict=True)]
        ends = {spec.name for spec in outputs}
        worst = max(range(len(fed)), key=lambda index: max(_badness(one) for one in found[index] if one.tensor in ends))
        alone = _alone_db(program, fed[worst], outputs)
    return tuple(
        replace(one, alone_db=alone.get(one.operation, PSNR_CEILING_DB))
        for one in (max(same, key=_badness) for same in zip(*found, strict=True))
    )


def _tensors(program: Program, arrays: Mapping[str, Array]) -> dict[Variable, Tensor]:
    import torch

    return {variable: torch.from_numpy(arrays[variable.name].astype(np.float32)) for variable in program.inputs}


def _alone_db(
    program: Program, fed: Mapping[Variable, Tensor], outputs: Sequence[TensorSpec]
) -> dict[str, float | None]:
    """By operation, the PSNR that its own rounding would leave."""
    from mobileswap.runtimes.reference.mil.mixed_arithmetic import MixedExecution

    given = {variable.name: tensor for variable, tensor in fed.items()}
    energies = MixedExecution(program, program).energies(given, shares_of_range(outputs), whole=False)
    return {name: output_psnr(energy, outputs) for name, energy in energies.items()}


class _Walk:
    def __init__(self, program: Program, places: Mapping[str, str]) -> None:
        from mobileswap.runtimes.reference.mil.execute import Execution

        self._places = places
        self._wide, self._half = (Execution(program, rounds=rounds) for rounds in (False, True))

    def run(self, sample: str, fed: Mapping[Variable, Tensor]) -> list[TensorGrowth]:
        """One sample, a figure for each float tensor."""
        errors: dict[str, float | None] = {}
        found = []
        for (operation, exact), (_, rounded) in zip(self._wide.steps(fed), self._half.steps(fed), strict=True):
            taken = _taken(operation, errors)
            for variable, right, got in zip(operation.outputs, exact, rounded, strict=True):
                if not right.is_floating_point():
                    continue
                power, noise = _powers(right, got)
                finite = bool(np.isfinite(noise))
                error = (noise / power) ** 0.5 if power else float(noise > 0)
                errors[variable.name] = error if finite else None
                found.append(
                    TensorGrowth(
                        tensor=variable.name,
                        operation=operation.name,
                        type=operation.type,
                        place=self._places[variable.name],
                        sample=sample,
                        relative_rmse=errors[variable.name],
                        snr_db=decibels(power, noise) if finite else None,
                        inputs_relative_rmse=taken,
                        alone_db=None,
                    )
                )
        return found


def _taken(operation: Operation, errors: Mapping[str, float | None]) -> float | None:
    """The worst relative error of what an operation takes; the program's own inputs and constants have none."""
    taken = [errors[v.name] for given in operation.inputs.values() for v in given if v.name in errors]
    finite = [error for error in taken if error is not None]
    return None if len(finite) < len(taken) else max(finite, default=0.0)


def _powers(right: Tensor, got: Tensor) -> tuple[float, float]:
    """Mean squares of the tensor and of its error; not finite where one of the values is."""
    import torch

    with torch.inference_mode():
        return float(right.double().square().mean()), float((got.double() - right.double()).square().mean())


def _badness(one: TensorGrowth) -> float:
    return float("inf") if one.relative_rmse is None else one.relative_rmse
