"""Which operations of a CoreML program have to stay in float32 for the gate to pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.artifact import KeptRecord
from mobileswap.contracts.errors import GateFailed
from mobileswap.contracts.golden_file import Sample, read_golden
from mobileswap.contracts.place import places_of
from mobileswap.contracts.spec import TensorSpec
from mobileswap.contracts.verdict import Limits
from mobileswap.parity.check import Gate
from mobileswap.parity.decibels import output_psnr, shares_of_range
from mobileswap.parity.feeding import feed
from mobileswap.parity.inside.smallest_subset import smallest
from mobileswap.parity.limits import find_limits
from mobileswap.parity.outputs import Compared, compare_sample
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import Proof, find_runtime
from mobileswap.runtimes.torch_threads import torch_threads

if TYPE_CHECKING:
    from torch import Tensor

    from mobileswap.runtimes.reference.mil.mixed_arithmetic import MixedExecution


@dataclass(frozen=True)
class Choice:
    """What was found.

    Attributes:
        kept: in the order of execution; empty where fp16 passes everywhere.
        candidates: operations that could have been kept.
        probes: selections that were tried.
        passes: of the network, in all of them.
    """

    kept: tuple[KeptRecord, ...]
    candidates: int
    probes: int
    passes: int


def choose_kept(
    wide: Path,
    half: Path,
    golden: Path,
    *,
    taps: Mapping[str, str],
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    proofs: Sequence[Proof],
    gate: Gate,
    options: RunnerOptions,
) -> Choice:
    """Find operations that are enough for every sample to pass, none of which can be left out.

    A selection is tried without a file of its own (runtimes/reference/mil/mixed_arithmetic.py), on one case at first:
    the sample and the runtime that fp16 is furthest from passing. A case that what was found does not pass joins it,
    and the search begins anew. So what is found passes all cases, and each of its operations is needed by one that
    joined.

    Args:
        wide: the program as an fp32 package.
        half: the same as an fp16 package.
        golden: inputs and outputs of the untouched model.
        taps: place → tensor of the fp32 package.
        inputs: as the artifact takes them.
        outputs: as the artifact gives them.
        proofs: runtimes that will judge the file, with their limits; our own executors are imitated.
        gate: limits that the user changed.
        options: threads.

    Raises:
        BadInput: a package is damaged, or the golden file does not fit.
        GateFailed: even in float32 throughout it does not pass.
        UnknownOperation: the reference executor does not know an operation.
    """
    with torch_threads(options.threads):
        cases = [
            _Case(
                sample,
                find_runtime(proof.runtime).arithmetic == "fp16",
                find_limits(proof.limits, outputs, gate.changes),
            )
            for sample in read_golden(golden).samples
            for proof in proofs
            if find_runtime(proof.runtime).reference_executor
        ]
        return _Search(open_mixed(wide, half), cases, taps=taps, inputs=inputs, outputs=outputs).choose()


def open_mixed(wide: Path, half: Path) -> MixedExecution:
    """The same program from two packages, see MixedExecution.

    Raises:
        BadInput: a package is damaged.
        UnknownOperation: the reference executor does not know an operation.
    """
    from mobileswap.formats.mil.load import load_program
    from mobileswap.formats.mil.package import read_package
    from mobileswap.runtimes.reference.mil.mixed_arithmetic import MixedExecution
    from mobileswap.runtimes.reference.mil.operation_table import TABLE

    return MixedExecution(*(load_program(read_package(path), TABLE.keys()) for path in (wide, half)))


@dataclass(frozen=True, eq=False)
class _Case:
    """A sample as one of the runtimes computes it, and what it is held to there."""

    sample: Sample
    rounds: bool
    limits: Limits


class _Search:
    def __init__(
        self,
        execution: MixedExecution,
        cases: Sequence[_Case],
        *,
        taps: Mapping[str, str],
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
    ) -> None:
        self._execution, self._taps, self._cases, self._outputs = execution, taps, cases, outputs
        self._fed = {case.sample.name: _tensors(feed(case.sample, inputs)) for case in cases}
        self._probes = self._passes = 0
        self._known: dict[tuple[frozenset[str], _Case], bool] = {}

    def choose(self) -> Choice:
        self._probes += 1
        in_fp16 = {case: self._compared(frozenset(), case) for case in self._cases}
        self._known = {(frozenset(), case): _passed(compared) for case, compared in in_fp16.items()}
        if all(self._known.values()):
            return self._choice((), {})
        hardest_first = sorted(self._cases, key=lambda case: max(one.badness for one in in_fp16[case]), reverse=True)
        joined, others = hardest_first[:1], hardest_first[1:]
        energies = self._execution.energies(
            self._fed[joined[0].sample.name], shares_of_range(self._outputs), whole=True
        )
        ranked = sorted(energies, key=lambda name: -energies[name])  # stable: of equals the first in the program
        while True:
            found = smallest(ranked, lambda kept: self._pass(kept, joined))
            if found is None:
                raise GateFailed(
                    f"--precision mixed: sample {joined[0].sample.name} does not pass even in float32 throughout; "
                    "loosen --limit, or look at what `--precision fp32` gives"
                )
            if self._pass(frozenset(found), others):
                return self._choice(found, energies)
            joined.insert(0, others.pop(0))

    def _pass(self, kept: frozenset[str], cases: list[_Case]) -> bool:
        """One that does not moves to the front: it is likely to fail the next selection too."""
        self._probes += 1
        for index, case in enumerate(cases):
            if (kept, case) not in self._known:
                self._known[kept, case] = _passed(self._compared(kept, case))
            if not self._known[kept, case]:
                cases.insert(0, cases.pop(index))
                return False
        return True

    def _compared(self, kept: frozenset[str], case: _Case) -> list[Compared]:
        self._passes += 1
        got = self._execution.run(self._fed[case.sample.name], kept, rounds=case.rounds)
        arrays = {name: tensor.numpy() for name, tensor in got.items()}
        return compare_sample(case.sample, arrays, self._outputs, case.limits)

    def _choice(self, found: Collection[str], energies: Mapping[str, float]) -> Choice:
        places = places_of(
            [variable.name for one in self._execution.operations for variable in one.outputs], self._taps
        )
        kept = tuple(
            KeptRecord(one.name, one.type, places[one.outputs[0].name], output_psnr(energies[one.name], self._outputs))
            for one in self._execution.candidates
            if one.name in found
        )
        return Choice(kept, len(self._execution.candidates), self._probes, self._passes)


def _passed(compared: Collection[Compared]) -> bool:
    return all(one.verdict.outcome.passed for one in compared)


def _tensors(arrays: Mapping[str, Array]) -> dict[str, Tensor]:
    import torch

    return {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
