"""All rules over one file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from mobileswap.contracts.errors import BadInput, UnknownOperation
from mobileswap.contracts.files import sha256_of, size_of
from mobileswap.contracts.lint_report import (
    NEURAL_ENGINE,
    SCHEMA,
    TIERS,
    UNITS,
    Basis,
    ChipSummary,
    Finding,
    LintReport,
    OperationVerdict,
    PlannedUnit,
    Share,
    Verdict,
    read_plan,
    worst,
)
from mobileswap.formats.mil.load import survey_program
from mobileswap.formats.mil.package import read_package
from mobileswap.formats.mil.program import CONTRADICTIONS, Operation, Program
from mobileswap.lint.ane import layout
from mobileswap.lint.ane.device_plan import planned_units
from mobileswap.lint.ane.flops import flops
from mobileswap.lint.ane.operation_view import Hit, View, view_of
from mobileswap.lint.ane.rules import NOT_JUDGED, RULES, SOURCES
from mobileswap.lint.ane.tier import NOTE, Chip

_LARGEST_MODEL = 10**9
_DEFAULT = ("OK1",)  # says nothing where another rule says something
_RESIDENCY = (Verdict.AT_RISK, Verdict.FALLS_OFF)  # what a plan knows better; it says nothing of numbers or of speed
_ON_ENGINE = UNITS[NEURAL_ENGINE]


def lint(path: Path, tier: str | None = None, plan: Path | None = None) -> LintReport:
    """Judge every operation of an .mlpackage.

    Args:
        path: the package.
        tier: of TIERS, or None for all of them.
        plan: a device's compute plan of this very file, as JSON; then it decides where operations run.

    Raises:
        BadInput: no package, no ML Program, a damaged one, an unknown tier, or a plan that is not of this file.
    """
    if tier is not None and tier not in TIERS:
        raise BadInput(f"--tier {tier}: known are {', '.join(TIERS)}")
    package = read_package(path)
    device = read_plan(plan) if plan else None
    program = survey_program(package)
    units = planned_units(plan, device, package, program) if plan and device else {}
    tiers = (tier,) if tier else TIERS
    view = view_of(program, Chip(tiers[0]))
    operations = tuple(_judged(op, view, tiers, units, path) for op in program.operations)
    summaries: tuple[ChipSummary, ...]
    if device:
        summaries = (_summary(device.device, Basis.MEASURED, [(op, op.verdict) for op in operations]),)
    else:
        summaries = tuple(
            _summary(one, Basis.PREDICTION, [(op, op.predicted(one)) for op in operations]) for one in tiers
        )
    return LintReport(
        schema=SCHEMA,
        artifact=path.name,
        artifact_sha256=sha256_of(path),
        tiers=tiers,
        tier_note=NOTE,
        operations=operations,
        program=(*_on_the_border(program, tiers), *_on_the_whole(size_of(path), summaries, tiers)),
        summaries=summaries,
        plan_device=device.device if device else "",
        not_counted=tuple(sorted({op.type for op in operations if op.flops is None})),
        not_judged=NOT_JUDGED,
        sources=tuple(f"{key}: {source}" for key, source in SOURCES.items()),
    )


def _judged(
    op: Operation, view: View, tiers: tuple[str, ...], units: Mapping[str, PlannedUnit], path: Path
) -> OperationVerdict:
    try:
        findings, work = _findings(op, view, tiers), flops(op)
    except (UnknownOperation, *CONTRADICTIONS) as error:
        message = f"{path}: {op.type} {op.name!r} has parameters that do not fit together ({error}); export it again"
        raise BadInput(message) from error
    predicted = worst(finding.verdict for finding in findings)
    judged = OperationVerdict(
        name=op.name,
        type=op.type,
        shape=op.outputs[0].shape if op.outputs else (),
        flops=work,
        border=view.is_border(op),
        verdict=predicted,
        basis=Basis.PREDICTION,
        findings=findings,
        plan=units.get(op.outputs[0].name) if op.outputs else None,
        overruled=False,
    )
    return judged if judged.plan is None or judged.border else _decided(judged, judged.plan)


def _decided(op: OperationVerdict, unit: PlannedUnit) -> OperationVerdict:
    """By the plan: it knows where an operation runs, and nothing of its numbers or of what would be quicker."""
    if unit.preferred != _ON_ENGINE:
        overruled = op.verdict not in _RESIDENCY
        return replace(op, verdict=Verdict.FALLS_OFF, basis=Basis.MEASURED, overruled=overruled)
    left = worst(finding.verdict for finding in op.findings if finding.verdict not in _RESIDENCY)
    basis = Basis.MEASURED if left is Verdict.OK else Basis.PREDICTION
    return replace(op, verdict=left, basis=basis, overruled=op.verdict is Verdict.FALLS_OFF)


def _findings(op: Operation, view: View, tiers: tuple[str, ...]) -> tuple[Finding, ...]:
    """One per rule and what it says, with the tiers on which it says so."""
    said: dict[tuple[str, Hit], tuple[str, str, list[str]]] = {}
    for tier in tiers:
        on_tier = view.on(Chip(tier))
        hits = [(rule, hit) for rule in RULES if (hit := rule.judge(op, on_tier)) is not None]
        if len(hits) > 1:
            hits = [(rule, hit) for rule, hit in hits if rule.id not in _DEFAULT]
        for rule, hit in hits:
            said.setdefault((rule.id, hit), (rule.source, rule.confidence, []))[2].append(tier)
    return tuple(
        Finding(rule, hit.verdict, hit.reason, source, confidence, tuple(on))
        for (rule, hit), (source, confidence, on) in said.items()
    )


def _summary(of: str, basis: Basis, judged: Sequence[tuple[OperationVerdict, Verdict]]) -> ChipSummary:
    inside = [(op, verdict) for op, verdict in judged if not op.border]
    work = sum(op.flops or 0 for op, _ in inside)
    shares = []
    for verdict in Verdict:
        found = [op for op, given in inside if given is verdict]
        flops_found = sum(op.flops or 0 for op in found)
        shares.append(
            Share(verdict, len(found), _percent(len(found), len(inside)), flops_found, _percent(flops_found, work))
        )
    return ChipSummary(
        of=of,
        basis=basis,
        shares=tuple(shares),
        switches=_switches(verdict is Verdict.FALLS_OFF for _, verdict in inside),
        most_switches=_switches(verdict in _RESIDENCY for _, verdict in inside),
    )


def _switches(elsewhere: Iterable[bool]) -> int:
    return sum(before != after for before, after in pairwise(elsewhere))


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _on_the_border(program: Program, tiers: tuple[str, ...]) -> Iterator[Finding]:
    for variable in (*program.inputs, *program.outputs):
        if hit := layout.unaligned(variable):
            yield Finding("LY1", hit.verdict, hit.reason, "A; D coremltools#1893", "high", tiers)


def _on_the_whole(size: int, summaries: Sequence[ChipSummary], tiers: tuple[str, ...]) -> Iterator[Finding]:
    if size > _LARGEST_MODEL:
        reason = f"{size / _LARGEST_MODEL:.1f} GB; at about 1 GB it is no longer compiled"
        yield Finding("SZ1", Verdict.FALLS_OFF, reason, "C", "medium", tiers)
    split = [summary for summary in summaries if summary.switches and summary.basis is Basis.PREDICTION]
    if split:
        reason = f"up to {max(one.switches for one in split)} switches between units: Core ML may leave out the engine"
        yield Finding("SZ3", Verdict.AT_RISK, reason, "C; D Vx#436", "medium", tuple(one.of for one in split))
