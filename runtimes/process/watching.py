"""Runs an artifact once and writes down what is inside: every operation, and the values of the tensors asked for."""

from collections.abc import Container, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import Unavailable
from mobileswap.runtimes.looking_inside import Run, Sink
from mobileswap.runtimes.process.job import WATCHED, Job, Watch, Watched
from mobileswap.runtimes.runtime_entries import RUNTIMES, find_runtime


def watch_job(job: Job, watch: Watch, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Do it, and return the outputs.

    Raises:
        Unavailable: the runtime is one that cannot be looked into.
    """
    folder, wanted = Path(watch.folder), frozenset(watch.tensors)
    seen: list[Watched] = []

    def sink(operation: str, type_: str, tensor: str, value: Array) -> None:
        file = f"{len(seen):04d}.npy" if tensor in wanted else ""
        if file:
            np.save(folder / file, value.astype(np.float32, copy=False))
        seen.append(Watched(tensor, operation, type_, file))

    with opened(job, wanted, sink, widen=watch.widen) as run:
        outputs = run(inputs)
    (folder / WATCHED).write_bytes(msgspec.json.encode(seen))
    return outputs


def read_watched(folder: Path) -> list[Watched]:
    """What ``watch_job`` wrote down."""
    return msgspec.json.decode((folder / WATCHED).read_bytes(), type=list[Watched])


def opened(job: Job, wanted: Container[str], sink: Sink, *, widen: bool) -> AbstractContextManager[Run]:
    """The job's artifact, ready to be looked into; see Watcher.

    Raises:
        Unavailable: the runtime is one that cannot be looked into.
    """
    watch = find_runtime(job.runtime).watch
    if watch is None:
        others = ", ".join(runtime.name for runtime in RUNTIMES if runtime.watch)
        raise Unavailable(f"{job.runtime} shows nothing of what it computes inside; use {others}")
    return watch(Path(job.artifact), job.options, wanted, sink, widen=widen)
