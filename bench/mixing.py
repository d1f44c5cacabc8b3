"""Which operations of a CoreML program have to stay in float32 for the gate to pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.adapt import feed
from bench.compare import Compared, compare_sample
from bench.decibels import output_psnr
from bench.limits import find_limits
from bench.parity import Gate
from bench.runner import Array, RunnerOptions
from bench.runtimes import Proof
from bench.smallest import smallest
from contracts.artifact import KeptRecord
from contracts.errors import GateFailed
from contracts.golden import Sample, read_golden
from contracts.place import places_of
from contracts.spec import TensorSpec
from contracts.verdict import Limits

if TYPE_CHECKING:
    from torch import Tensor

    from bench.reference.mil.mixed import MixedExecution

ROUNDING = {"mil-fp16": True, "mil-fp32": False}  # what the two reference executors do with a value declared fp16


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

    A selection is tried without a file of its own (bench/reference/mil/mixed.py). Only samples that failed before are
    tried at first; one that fails later joins them and the search begins anew. So what is found passes all samples,
    and each of its operations is needed by one of those that were tried.

    Args:
        wide: the program as an fp32 package.
        half: the same as an fp16 package.
        golden: inputs and outputs of the untouched model.
        taps: place → tensor of the fp32 package.
        inputs: as the artifact takes them.
        outputs: as the artifact gives them.
        proofs: runtimes that will judge the file, with their limits; those of ROUNDING are imitated.
        gate: limits that the user changed.
        options: threads.

    Raises:
        BadInput: a package is damaged, or the golden file does not fit.
        GateFailed: even in float32 throughout it does not pass.
        UnknownOperation: the reference executor does not know an operation.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(options.threads)
    try:
        return _Search(
            open_mixed(wide, half),
            read_golden(golden).samples,
            taps=taps,
            inputs=inputs,
            outputs=outputs,
            judges=[
                (ROUNDING[proof.runtime], find_limits(proof.limits, outputs, gate.changes))
                for proof in proofs
                if proof.runtime in ROUNDING
            ],
        ).choose()
    finally:
        torch.set_num_threads(before)


def open_mixed(wide: Path, half: Path) -> MixedExecution:
    """The same program from two packages, see MixedExecution.

    Raises:
        BadInput: a package is damaged.
        UnknownOperation: the reference executor does not know an operation.
    """
    from bench.reference.mil.load import load_program
    from bench.reference.mil.mixed import MixedExecution
    from bench.reference.mil.package import read_package
    from bench.reference.mil.table import TABLE

    return MixedExecution(*(load_program(read_package(path), TABLE.keys()) for path in (wide, half)))


class _Search:
    def __init__(
        self,
        execution: MixedExecution,
        samples: Sequence[Sample],
        *,
        taps: Mapping[str, str],
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        judges: Sequence[tuple[bool, Limits]],
    ) -> None:
        self._execution, self._taps = execution, taps
        self._samples = tuple(samples)
        self._fed = {sample.name: _tensors(feed(sample, inputs)) for sample in samples}
        self._outputs, self._judges = outputs, judges
        self._probes = self._passes = 0

    def choose(self) -> Choice:
        worst = max(self._samples, key=lambda sample: max(one.badness for one in self._compared(frozenset(), sample)))
        active = [worst]
        if self._all_pass(frozenset(), active):
            return self._choice((), {})
        energies = self._execution.energies(self._fed[worst.name], whole=True)
        ranked = sorted(energies, key=lambda name: -energies[name])  # stable: of equals the first in the program
        while True:
            found = smallest(ranked, lambda kept: self._all_pass(kept, active))
            if found is None:
                raise GateFailed(
                    f"--precision mixed: sample {active[0].name} does not pass even in float32 throughout; "
                    "loosen --limit, or look at what `--precision fp32` gives"
                )
            others = [sample for sample in self._samples if sample not in active]
            if self._all_pass(frozenset(found), others):
                return self._choice(found, energies)
            active.insert(0, others[0])

    def _all_pass(self, kept: frozenset[str], samples: list[Sample]) -> bool:
        """One that does not moves to the front: it is likely to fail the next selection too."""
        self._probes += 1
        for index, sample in enumerate(samples):
            if not all(one.verdict.outcome.passed for one in self._compared(kept, sample)):
                samples.insert(0, samples.pop(index))
                return False
        return True

    def _compared(self, kept: frozenset[str], sample: Sample) -> list[Compared]:
        """Every output under every judge, up to the first judge that it fails."""
        compared: list[Compared] = []
        for rounds, limits in self._judges:
            self._passes += 1
            got = self._execution.run(self._fed[sample.name], kept, rounds=rounds)
            arrays = {name: tensor.numpy() for name, tensor in got.items()}
            compared += compare_sample(sample, arrays, self._outputs, limits)
            if not all(one.verdict.outcome.passed for one in compared):
                break
        return compared

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


def _tensors(arrays: Mapping[str, Array]) -> dict[str, Tensor]:
    import torch

    return {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
