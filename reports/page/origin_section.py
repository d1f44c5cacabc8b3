"""Where it all came from: the machine, the weights, the tools, and the files with their hashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from mobileswap.contracts.artifact import Artifact
from mobileswap.reports.display_names import artifact_label, framework_name
from mobileswap.reports.figures import MB_NOTE, NOTHING, megabytes
from mobileswap.reports.page.cell import Cell, Grid, Row
from mobileswap.reports.page.run_folder import Run, Subject
from mobileswap.reports.table import Column

_WORDS = {
    "os": "system",
    "cpu": "processor",
    "memory_bytes": "memory MB",
    "python": "Python",
    "load_average": "load average before",
    "load_after": "load average after",
    "busy_cores": "cores busy with other work",
    "celsius": "hottest sensor °C",
    "commit": "commit of mobileswap",
}


@dataclass(frozen=True)
class Origin:
    """The section; a grid without rows where the folder does not tell."""

    dates: tuple[tuple[str, Cell], ...]
    made: tuple[tuple[str, Cell], ...]
    environment: tuple[tuple[str, Cell], ...]
    weights: tuple[tuple[str, Cell], ...]
    tools: Grid
    peaks: Grid
    files: Grid
    notices: tuple[str, ...]


def origin(run: Run) -> Origin:
    """All that the folder says of itself."""
    return Origin(
        tuple(_dates(run)),
        tuple(_made(run)),
        tuple(_environment(run)),
        tuple(_weights(run.subjects)),
        _tools(run.subjects),
        _peaks(run),
        _files(run.subjects),
        tuple(dict.fromkeys(artifact.notice for artifact in run.artifacts)),
    )


def _dates(run: Run) -> Iterable[tuple[str, Cell]]:
    if run.bench:
        yield "timed", run.timings.cell("created", _minute)
    if run.parity:
        yield "parity written", run.spot("parity.json", run.parity).cell("created", _minute)


def _minute(created: str) -> str:
    """ISO 8601 as a person reads it; what is none stands as it is."""
    try:
        return datetime.fromisoformat(created).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return created


def _made(run: Run) -> Iterable[tuple[str, Cell]]:
    if run.bench:
        yield "times by", run.timings.cell("command")
    if run.parity:
        yield "parity by", run.spot("parity.json", run.parity).cell("command")


def _environment(run: Run) -> Iterable[tuple[str, Cell]]:
    """Every field, also one that a later version adds."""
    for field in fields(run.bench.environment) if run.bench else ():
        at = f"environment.{field.name}"
        if field.name == "memory_bytes":
            cell = run.timings.cell(at, megabytes)
        elif field.type in ("float", float, "float | None") or isinstance(run.timings.at(at).value, float):
            cell = run.timings.cell(at, "{:.2f}".format)
        else:
            cell = run.timings.cell(at)
        yield (
            _WORDS.get(field.name, field.name.replace("_", " ")),
            cell if cell.text not in ("", NOTHING) else Cell("not told"),
        )


def _weights(subjects: Iterable[Subject]) -> Iterable[tuple[str, Cell]]:
    seen = set()
    for one in subjects:
        if one.artifact and one.place and (one.artifact.component, one.artifact.weights.sha256) not in seen:
            seen.add((one.artifact.component, one.artifact.weights.sha256))
            part, weights = one.artifact.component, one.artifact.weights
            state = Cell(f"{weights.name}, {'trained' if weights.trained else 'UNTRAINED'}")
            yield part, state if weights.trained else replace(state, tone="fail")
            yield f"{part}, source", Cell(f"{weights.source}; licence {weights.licence}")
            yield f"{part}, SHA-256", one.place.cell("weights.sha256")


def _tools(subjects: tuple[Subject, ...]) -> Grid:
    """Tool by tool the versions that made artifacts, and which where several did."""
    found: dict[str, dict[str, list[Subject]]] = {}
    for one in subjects:
        for tool, version in (one.artifact.versions if one.artifact else {}).items():
            found.setdefault(tool, {}).setdefault(version, []).append(one)
    rows = [
        Row((Cell(tool), _version(tool, version, makers), Cell(", ".join(_formats(makers)))))
        for tool, versions in sorted(found.items())
        for version, makers in sorted(versions.items())
    ]
    return Grid("Tools", (Column("Tool"), Column("Version", figures=True), Column("Used for")), tuple(rows))


def _version(tool: str, version: str, makers: list[Subject]) -> Cell:
    first = makers[0].place
    return first.derived(version, f'versions["{tool}"] = {version}') if first else Cell(version)


def _formats(makers: list[Subject]) -> list[str]:
    return list(dict.fromkeys(framework_name(one.checked.format) for one in makers))


def _peaks(run: Run) -> Grid:
    columns = (
        Column("Device"),
        Column("Precision"),
        Column("Threads", figures=True),
        Column("GFLOP/s", figures=True),
    )
    spots = [run.timings.at(f"peaks[{i}]") for i in range(len(run.bench.peaks))] if run.bench else []
    rows = [
        Row(
            (
                Cell(spot.value.device),
                Cell(spot.value.dtype),
                spot.cell("threads"),
                spot.cell("gflops_per_s", "{:.1f}".format),
            ),
            "measured",
        )
        for spot in spots
    ]
    return Grid("What a matrix product reached in the same run", columns, tuple(rows))


def _files(subjects: tuple[Subject, ...]) -> Grid:
    columns = (Column("File"), Column("MB", figures=True), Column("SHA-256"), Column("Weights' SHA-256"))
    rows = [row for one in subjects for row in (_of_artifact(one, one.artifact) if one.artifact else _alone(one))]
    notes = (
        f"{MB_NOTE} The hash of a package folder is over the relative names and hashes of its files, sorted.",
        "When this page was made, every file listed with a size had the hash that its JSON gives.",
    )
    return Grid("Files and hashes", columns, tuple(rows), notes)


def _of_artifact(subject: Subject, artifact: Artifact) -> list[Row]:
    assert subject.place
    rows = []
    for i, record in enumerate(artifact.files):
        name = f"{subject.home}/{record.name}".removeprefix("./")
        cells = (
            Cell(name),
            subject.place.cell(f"files[{i}].size_bytes", megabytes),
            subject.place.cell(f"files[{i}].sha256"),
            subject.place.cell("weights.sha256"),
        )
        rows.append(Row(cells, "measured"))
    return rows


def _alone(subject: Subject) -> list[Row]:
    one = subject.checked
    return [
        Row(
            (
                Cell(artifact_label(one)),
                Cell(NOTHING),
                Cell(one.sha256),
                Cell(one.weights_sha256),
            )
        )
    ]
