"""One look at an artifact: run it, hold every operation against the network's, and say which are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.bisection import Search, is_end
from mobileswap.contracts.verdict import Outcome
from mobileswap.model.graph.results import in_order
from mobileswap.parity.feeding import feed
from mobileswap.parity.inside.distance import TOLERANCES, distance
from mobileswap.pipeline.bisect.accumulated import with_totals
from mobileswap.pipeline.bisect.graphs import arguments
from mobileswap.pipeline.bisect.recording import Recording
from mobileswap.pipeline.bisect.replay import replay
from mobileswap.runtimes.process.isolation import run_job
from mobileswap.runtimes.process.job import Job, Watch
from mobileswap.runtimes.runner import RunnerOptions

if TYPE_CHECKING:
    from mobileswap.contracts.arrays import Array
    from mobileswap.contracts.bisection import Tolerance
    from mobileswap.model.graph.deploy import DeployGraph
    from mobileswap.pipeline.bisect.case import Case
    from mobileswap.pipeline.bisect.replay import Suspect
    from mobileswap.pipeline.bisect.searchers import Look


@dataclass(frozen=True)
class Looked:
    """What a look found, and the tensors of the first operation that is blamed."""

    search: Search
    suspect: Suspect | None


def look_into(case: Case, look: Look, stage: Path, *, threads: int, timeout_s: float) -> Looked:
    """Search a file in one runtime.

    Args:
        case: the file, and what it is compared with.
        look: the runtime and its precision.
        stage: an empty folder for the file's tensors.
        threads: of the runtime.
        timeout_s: for its one pass.
    """
    fed = feed(case.sample, case.artifact.inputs)
    job = Job(
        runtime=look.runtime,
        artifact=str(case.file.resolve()),
        options=RunnerOptions(threads),
        samples=1,
        watch=Watch(str(stage.resolve()), tuple(case.artifact.taps.values()), look.widen),
    )
    reply = run_job(job, [fed], timeout_s)
    tolerance, answer = TOLERANCES[look.limits], reply.answer
    if answer.outcome is not Outcome.PASS:
        return Looked(Search(look.runtime, answer.outcome, answer.detail, tolerance, (), 0), None)
    (outputs,) = reply.outputs
    recording = Recording(stage, case.artifact.taps)
    replayed = replay(case.graph, recording, tolerance, fed, outputs)
    blamed = [operation.place for operation in replayed.operations if operation.blamed]
    search = Search(
        runtime=look.runtime,
        outcome=Outcome.PASS,
        detail="",
        tolerance=tolerance,
        operations=with_totals(replayed.operations, case, recording, outputs),
        peak_memory_bytes=answer.peak_memory_bytes,
        undone=len(blamed) > 1 and not is_end(blamed[-1]) and _agree(case.graph, fed, outputs, tolerance),
    )
    return Looked(search, replayed.suspect)


def _agree(graph: DeployGraph, fed: Mapping[str, Array], outputs: Mapping[str, Array], tolerance: Tolerance) -> bool:
    """Whether the outputs are what the graph gives on its own."""
    import torch

    with torch.no_grad():
        given = in_order(graph.module(*arguments(graph, fed)))
    pairs = zip(graph.outputs, given, strict=True)
    return all(distance(x.float().numpy(), outputs[spec.name]).rms <= tolerance.output for spec, x in pairs)
