"""All looks at an artifact, and the answer."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from mobileswap.contracts.bisection import SCHEMA, Bisection, Culprit, SearchOutcome, decisive
from mobileswap.contracts.place import parse_place
from mobileswap.contracts.staging import staging
from mobileswap.pipeline.bisect.case import BisectOptions, open_case
from mobileswap.pipeline.bisect.search import look_into
from mobileswap.pipeline.progress import Progress
from mobileswap.reports.bisect_sentence import sentence
from mobileswap.reports.difference_picture import draw
from mobileswap.runtimes.torch_threads import torch_threads

if TYPE_CHECKING:
    from mobileswap.contracts.bisection import Search
    from mobileswap.pipeline.bisect.replay import Suspect


def bisect(path: Path, options: BisectOptions, progress: Progress) -> Bisection:
    """Search one artifact; the first look that finds an operation guilty is the last.

    Args:
        path: of the artifact's first file, or its artifact.json.
        options: how to search.
        progress: told of each step.

    Raises:
        BadInput: as ``open_case``, or the folder cannot be written to.
    """
    start = perf_counter()
    searches: list[Search] = []
    culprit = None
    with torch_threads(options.threads):
        case = open_case(path, options, progress)
        for look in case.looks:
            step = progress.step(f"look into {case.file.name} in {look.runtime}, {look.limits}")
            with staging(options.folder) as stage, step:
                looked = look_into(case, look, stage, threads=options.threads, timeout_s=options.timeout_s)
            searches.append(looked.search)
            if looked.search.finding is SearchOutcome.FOUND and looked.suspect:
                picture = options.folder / f"{case.file.name}-difference.png"
                culprit = _culprit(looked.search, looked.suspect, picture)
            if looked.search.finding in (SearchOutcome.FOUND, SearchOutcome.NOT_SEARCHED):
                break
    return Bisection(
        schema=SCHEMA,
        artifact=case.file.name,
        artifact_sha256=case.artifact.sha256,
        format=case.artifact.format,
        precision=case.artifact.precision,
        sample=case.sample.name,
        finding=decisive(searches).finding,
        sentence=sentence(searches, culprit),
        culprit=culprit,
        rewrites=case.rewrites,
        searches=tuple(searches),
        seconds=perf_counter() - start,
    )


def _culprit(search: Search, suspect: Suspect, picture: Path) -> Culprit:
    found = search.blamed[0]
    place = parse_place(found.place)
    totals = {operation.place: operation.total for operation in search.operations}
    return Culprit(
        path=place.path,
        operation=place.operation,
        runtime=search.runtime,
        found=found,
        input_totals={one: totals.get(one) for one in found.inputs},
        picture=str(picture) if draw(suspect.expected, suspect.got, picture) else "",
    )
