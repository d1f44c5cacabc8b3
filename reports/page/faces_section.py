"""Faces: who goes in, what PyTorch draws, and what every artifact draws in its place."""

from __future__ import annotations

from dataclasses import dataclass

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.verdict import SampleVerdict
from mobileswap.reports.caveats import verdict_of
from mobileswap.reports.display_names import framework_name
from mobileswap.reports.figures import decibels, distance
from mobileswap.reports.page.cell import Cell
from mobileswap.reports.page.embedded_png import Coding, album
from mobileswap.reports.page.run_folder import Run, Subject, picture_path, pictures_of
from mobileswap.reports.picture_files import DIFFERENCE_GAIN


@dataclass(frozen=True)
class Picture:
    """A picture of the page.

    Attributes:
        key: of the data in ``Faces.data``.
        href: its PNG file, relative to the page.
        words: what is seen, for who does not see it.
    """

    key: str
    href: str
    words: str


@dataclass(frozen=True)
class Drawn:
    """What an artifact drew of a sample."""

    framework: str
    precision: str
    runtime: str
    verdict: str
    tone: str
    picture: Picture
    difference: Picture
    psnr: Cell
    max_abs: Cell


@dataclass(frozen=True)
class Sheet:
    """A sample: inputs, PyTorch's output, and the artifacts' in order. What is not in the folder is None."""

    name: str
    about: str
    source: Picture | None
    target: Picture | None
    reference: Picture
    drawn: tuple[Drawn, ...]


@dataclass(frozen=True)
class Faces:
    """All sheets; ``data`` holds every different picture once, by key."""

    sheets: tuple[Sheet, ...]
    data: dict[str, str]
    coding: Coding | None
    gain: int = DIFFERENCE_GAIN


def faces(run: Run) -> Faces:
    """The samples of which parity.json has pictures, in its order.

    Raises:
        BadInput: a picture is missing, outside of the folder, or none.
    """
    found = list(pictures_of(run))
    names = {
        name
        for _, one in found
        for name in (one.source, one.target, one.reference, one.artifact, one.difference)
        if name
    }
    if not names:
        return Faces((), {}, None)
    paths = {name: picture_path(run, name) for name in sorted(names)}
    stored = album(paths.values())
    keys = {uri: f"picture-{i}" for i, uri in enumerate(dict.fromkeys(stored.uris[paths[name]] for name in paths))}

    def picture(name: str, words: str) -> Picture:
        return Picture(keys[stored.uris[paths[name]]], run.href(name), words)

    # artifacts are held against the same golden file, so one sample has one reference; another file's is another sheet
    sheets: dict[tuple[str, str], Sheet] = {}
    for subject, one in found:
        reference = picture(one.reference, f"PyTorch's {one.output} of {one.sample}")
        key = (one.sample, reference.key)
        sheet = sheets.get(key) or Sheet(
            one.sample,
            one.about,
            picture(one.source, f"source photograph of {one.sample}") if one.source else None,
            picture(one.target, f"target picture of {one.sample}") if one.target else None,
            reference,
            (),
        )
        what = f"{framework_name(subject.checked.format)} {subject.checked.precision} in {one.runtime}"
        drawn = _drawn(
            subject,
            one.runtime,
            one.sample,
            one.output,
            picture(one.artifact, f"{one.output} of {one.sample} by {what}"),
            picture(one.difference, f"difference from PyTorch, {DIFFERENCE_GAIN} times as bright, of {what}"),
        )
        sheets[key] = Sheet(sheet.name, sheet.about, sheet.source, sheet.target, sheet.reference, (*sheet.drawn, drawn))
    ordered = sorted(sheets.values(), key=lambda sheet: -len(sheet.drawn))  # stable: what all drew comes first
    return Faces(tuple(ordered), {key: uri for uri, key in keys.items()}, stored.coding)


def _drawn(subject: Subject, runtime: str, sample: str, output: str, picture: Picture, difference: Picture) -> Drawn:
    i = _report_of(subject, runtime)
    report = subject.checked.reports[i]
    j = next(
        (j for j, one in enumerate(report.samples) if (one.sample, one.output) == (sample, output) and one.metrics),
        None,
    )
    spot = f"[{i}].samples[{j}].metrics"
    found: SampleVerdict | None = None if j is None else report.samples[j]
    return Drawn(
        framework_name(subject.checked.format),
        subject.checked.precision,
        runtime,
        found.outcome.value if found else verdict_of(report),
        tone(found.outcome.value if found else report.outcome.value),
        picture,
        difference,
        subject.reports.cell(f"{spot}.psnr_db", decibels) if found else Cell("–"),
        subject.reports.cell(f"{spot}.max_abs", distance) if found else Cell("–"),
    )


def _report_of(subject: Subject, runtime: str) -> int:
    for i, report in enumerate(subject.checked.reports):
        if report.runtime == runtime:
            return i
    raise BadInput(f"{subject.reports.name}: pictures of {runtime}, which did not check {subject.checked.name}")


def tone(outcome: str) -> str:
    """``pass``, ``warn`` or ``fail`` of a verdict in words."""
    return {"PASS": "pass", "PASS WITH WARNING": "warn"}.get(outcome, "warn" if "(" in outcome else "fail")
