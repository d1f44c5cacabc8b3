"""What `lint ane` says of a file, and the compute plan of a device that can be laid beside it.

Lint predicts from the file alone: where it says "falls off", it has read that in a source, and nobody measured it on
this model. A compute plan comes from a device; where there is one it decides, and only that is called measured.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import read_versioned, write_json

SCHEMA = 1
PLAN_SCHEMA = 1
TIERS = ("A13", "A14", "A15", "A16+")  # a phone's chip, oldest first
NEURAL_ENGINE = "MLNeuralEngineComputeDevice"
UNITS = {NEURAL_ENGINE: "Neural Engine", "MLGPUComputeDevice": "GPU", "MLCPUComputeDevice": "CPU"}


class Verdict(StrEnum):
    """From the best to the worst."""

    OK = "ok"
    SLOW = "slow"
    NUMERIC_RISK = "numeric risk"  # stays on the Neural Engine, and its numbers may differ
    AT_RISK = "at risk"  # depends on the chip, the shape or the system, or no source knows
    FALLS_OFF = "falls off"  # runs on the CPU or GPU

    @property
    def severity(self) -> int:
        return list(Verdict).index(self)


class Basis(StrEnum):
    PREDICTION = "prediction"
    MEASURED = "measured on device"


@dataclass(frozen=True)
class Finding:
    """What one rule says.

    Attributes:
        rule: its id in lint/ane/rules.py.
        source: where it was read; see SOURCES there.
        confidence: in the source, ``low`` to ``very high``.
        tiers: of the chips that were asked for, those it holds on.
    """

    rule: str
    verdict: Verdict
    reason: str
    source: str
    confidence: str
    tiers: tuple[str, ...]


@dataclass(frozen=True)
class PlannedUnit:
    """Where the device runs an operation. ``cost`` is its share of the whole, 0 to 1, as Core ML estimates it."""

    preferred: str
    supported: tuple[str, ...]
    cost: float | None


@dataclass(frozen=True)
class OperationVerdict:
    """One operation of the file.

    Attributes:
        shape: of its first output; a flexible size is −1.
        flops: two for each multiplication with its addition; None where they are not counted.
        border: a cast between the caller's float32 and the file's float16, which no verdict is passed on.
        verdict: the worst of the findings on any of the tiers, or what the plan says.
        overruled: the plan says otherwise than the findings.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    flops: int | None
    border: bool
    verdict: Verdict
    basis: Basis
    findings: tuple[Finding, ...]
    plan: PlannedUnit | None
    overruled: bool

    def predicted(self, tier: str) -> Verdict:
        """For one of the chips that were asked for, whatever a plan says."""
        return worst(finding.verdict for finding in self.findings if tier in finding.tiers)


@dataclass(frozen=True)
class Share:
    """How many operations, and how much of the counted work, have a verdict."""

    verdict: Verdict
    operations: int
    operations_percent: float
    flops: int
    flops_percent: float


@dataclass(frozen=True)
class ChipSummary:
    """All operations on one chip, or as the plan has them.

    Attributes:
        of: a tier, or the device that the plan is from.
        shares: one per verdict, in the order of Verdict.
        switches: changes between the Neural Engine and another unit, in the order of the file, without the border.
        most_switches: the same if all that is at risk falls off.
    """

    of: str
    basis: Basis
    shares: tuple[Share, ...]
    switches: int
    most_switches: int

    def operations(self, *verdicts: Verdict) -> int:
        return sum(share.operations for share in self.shares if share.verdict in verdicts)


@dataclass(frozen=True)
class LintReport:
    """A file under the rules.

    Attributes:
        artifact: name of the file.
        artifact_sha256: of the package.
        tiers: that were asked for.
        tier_note: what is disputed about their names.
        program: findings on the whole, its inputs and its outputs.
        summaries: one per tier; with a plan, that of the device only.
        plan_device: where the plan is from; "" without one.
        not_counted: types of operations whose FLOPs are not counted.
        not_judged: rules that need a device or the values, and why.
        sources: what the letters in ``Finding.source`` stand for.
    """

    schema: int
    artifact: str
    artifact_sha256: str
    tiers: tuple[str, ...]
    tier_note: str
    operations: tuple[OperationVerdict, ...]
    program: tuple[Finding, ...]
    summaries: tuple[ChipSummary, ...]
    plan_device: str
    not_counted: tuple[str, ...]
    not_judged: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class PlannedOperation:
    """One operation of MLComputePlan. ``preferred`` is None where Core ML says nothing, as of constants."""

    operator: str
    outputs: tuple[str, ...]
    preferred: str | None
    supported: tuple[str, ...]
    cost: float | None


@dataclass(frozen=True)
class ComputePlan:
    """What a device says, see lint/ane/device_plan.py for how to get it.

    Attributes:
        device: in words, for instance ``Mac15,3, macOS 15.1``.
        model_sha256: of the package's model.mlmodel.
    """

    schema: int
    device: str
    model_sha256: str
    operations: tuple[PlannedOperation, ...]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: verdict.severity, default=Verdict.OK)


def write_lint(report: LintReport, path: Path) -> None:
    write_json(path, report)


def read_lint(path: Path) -> LintReport:
    """Read what ``lint ane --json`` wrote.

    Raises:
        BadInput: it is not there, damaged, or of another schema.
    """
    return read_versioned(path, LintReport, SCHEMA, what="a lint", remedy="run `mobileswap lint ane` again")


def read_plan(path: Path) -> ComputePlan:
    """Read a device's compute plan.

    Raises:
        BadInput: it is not there, damaged, of another schema, or names a unit that is not known.
    """
    plan = read_versioned(
        path, ComputePlan, PLAN_SCHEMA, what="a compute plan", remedy="dump it again", given_as=f"--plan {path}"
    )
    for operation in plan.operations:
        for unit in (operation.preferred, *operation.supported):
            if unit is not None and unit not in UNITS:
                raise BadInput(
                    f"--plan {path}: {operation.operator} names the unit {unit}; known are {', '.join(UNITS)}"
                )
    return plan
