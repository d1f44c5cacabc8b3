"""``mobileswap swap``: pictures through an artifact, so that a person can see what ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mobileswap.bench.swap_scenario import frames_job
from mobileswap.contracts.chain import TARGET
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.publish import publish
from mobileswap.contracts.staging import staging
from mobileswap.contracts.verdict import Outcome
from mobileswap.model.inputs.identity import read_photo
from mobileswap.model.inputs.model_input import Pixels
from mobileswap.model.inputs.user_folder import PICTURES
from mobileswap.pipeline.chain_files import chain_files
from mobileswap.pipeline.person import Decided, Person, decided_by, failure, runtime_of
from mobileswap.pipeline.progress import Progress
from mobileswap.runtimes.process.isolation import Worker
from mobileswap.runtimes.runner import RunnerOptions, VendorProgram

_AT_ONCE = 64  # pictures of one process: it is opened once for them, and they are in memory together
_QUALITY: dict[str, dict[str, Any]] = {
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".webp": {"lossless": True},
}


@dataclass(frozen=True)
class SwapOptions:
    """How to run the artifact.

    Attributes:
        device: of the runtime; "" is its default.
        timeout_s: seconds for what a person decides, and for each process of 64 pictures.
    """

    threads: int = 1
    device: str = ""
    program: VendorProgram | None = None
    timeout_s: float = 600.0


@dataclass(frozen=True)
class Swapped:
    """What was done.

    Attributes:
        written: the pictures.
        refused: one line for every picture that could not be read.
    """

    written: tuple[Path, ...]
    refused: tuple[str, ...]


class Swapper:
    """An artifact that is ready for pictures, with those that a frame goes through before it.

    Attributes:
        artifact: what gives the picture.
        runtime: in which all of them run.

    Raises:
        BadInput: it gives no picture of a frame, or one that it needs is not beside it.
        Unavailable: nothing here runs it.
    """

    def __init__(self, path: Path, options: SwapOptions) -> None:
        self._files = chain_files(path)
        self.artifact = self._files.last.artifact
        self._file = self._files.last.file
        self._picture = self._files.picture
        self.runtime, device = runtime_of(self.artifact, options.program, options.device)
        self._options = options
        self._runner = RunnerOptions(options.threads, device, options.program)

    def swap(self, person: Person, target: Path, out: Path, progress: Progress) -> Swapped:
        """Give every target the person's identity.

        Args:
            person: whose face it is to be.
            target: a picture, or a folder of them; each of the artifact's size.
            out: a picture's name, or a folder in which the pictures keep theirs.
            progress: told of each picture.

        Raises:
            BadInput: a single target that cannot be read, a folder without pictures, or a place that cannot be
                written to or is the targets' own.
            GateFailed: the process of the artifact failed; what was written before stays.
        """
        pairs = _pairs(target, out)
        file = self._file
        decided = decided_by(person, self._files, self._runner, self._options.timeout_s)
        if not target.is_dir():
            read_photo(target, self._picture, "--target")  # refused here, and not named at the end
        written: list[Path] = []
        refused: list[str] = []
        with (
            staging(pairs[0][1].parent) as stage,
            progress.count(f"{file.name} in {self.runtime.name}", len(pairs)) as advance,
        ):
            for start in range(0, len(pairs), _AT_ONCE):
                read = []
                for path, place in pairs[start : start + _AT_ONCE]:
                    try:
                        read.append((read_photo(path, self._picture, "--target"), place))
                    except BadInput as error:
                        refused.append(str(error))
                        advance()
                pictures = self._run([pixels for pixels, _ in read], decided, advance)
                for pixels, (_, place) in zip(pictures, read, strict=True):
                    _save(pixels, stage / place.name)
                    publish(stage, {stage / place.name: place})
                    written.append(place)
        return Swapped(tuple(written), tuple(refused))

    def _run(self, pictures: Sequence[Pixels], decided: Decided, advance: Callable[[], None]) -> Sequence[Pixels]:
        if not pictures:
            return []
        result, name = self._files.result, self.runtime.name
        job = frames_job(self._files.frames, [result], decided.forms, name, self._runner, len(pictures))
        inputs: list[dict[str, Any]] = [{TARGET: pixels, **decided.values} for pixels in pictures]
        with Worker(job, inputs, self._options.timeout_s) as worker:
            while worker.ready():
                advance()
            reply = worker.reply()
        if reply.answer.outcome is not Outcome.PASS:
            raise failure(self._file, self.runtime, reply.answer)
        return [outputs[result] for outputs in reply.outputs]


def _pairs(target: Path, out: Path) -> list[tuple[Path, Path]]:
    """Which picture goes where."""
    if not target.exists():
        raise BadInput(f"--target {target}: no such file; give a picture, or a folder of pictures")
    known = ", ".join(PICTURES)
    if not target.is_dir():
        if out.suffix.lower() not in PICTURES or out.is_dir():
            raise BadInput(f"-o {out}: expected the name of a picture ({known})")
        if out.exists() and out.samefile(target):
            raise BadInput(f"-o {out}: this is the target itself; choose another name")
        return [(target, out)]
    if out.exists() and not out.is_dir():
        raise BadInput(f"-o {out}: expected a folder, as --target is one; this is a file")
    if out.exists() and out.samefile(target):
        raise BadInput(f"-o {out}: these are the targets themselves; choose another folder")
    found = [path for path in sorted(target.iterdir()) if path.suffix.lower() in PICTURES and path.name[0] != "."]
    if not found:
        raise BadInput(f"--target {target}: expected pictures in it ({known}), it has none")
    return [(path, out / path.name) for path in found]


def _save(pixels: Pixels, path: Path) -> None:
    from PIL import Image

    Image.fromarray(pixels).save(path, **_QUALITY.get(path.suffix.lower(), {}))
