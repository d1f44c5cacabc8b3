"""``mobileswap swap``: pictures through an artifact, so that a person can see what ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mobileswap.bench.swap_scenario import picture_input, picture_job
from mobileswap.contracts.artifact import read_artifact, require_unchanged
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.publish import publish
from mobileswap.contracts.staging import staging
from mobileswap.contracts.verdict import Outcome
from mobileswap.model.inputs.built_in import Array, Pixels
from mobileswap.model.inputs.identity import read_photo
from mobileswap.model.inputs.user_folder import PICTURES
from mobileswap.pipeline.person import Person, embedding_of, failure, picture_size, runtime_of
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
        timeout_s: seconds for the embedder, and for each process of 64 pictures.
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
    """An artifact that is ready for pictures; everything but the pictures was looked at.

    Attributes:
        artifact: what runs.
        runtime: in which it runs.

    Raises:
        BadInput: no generator, or a person that it cannot be given.
        Unavailable: nothing here runs it.
    """

    def __init__(self, path: Path, options: SwapOptions) -> None:
        self.artifact = read_artifact(path)
        self._file = path.parent / self.artifact.files[0].name
        self._picture = picture_input(self.artifact)
        if len(self.artifact.outputs) != 1 or not self.artifact.outputs[0].is_image:
            raise BadInput(f"--artifact {path}: expected a generator, this is the {self.artifact.component}")
        require_unchanged(self.artifact, path.parent)
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
        vectors = embedding_of(person, file, self.artifact, self._runner, self._options.timeout_s)
        if not target.is_dir():
            read_photo(target, picture_size(self._picture), "--target")  # refused here, and not named at the end
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
                        read.append((read_photo(path, picture_size(self._picture), "--target"), place))
                    except BadInput as error:
                        refused.append(str(error))
                        advance()
                pictures = self._run([pixels for pixels, _ in read], vectors, advance)
                for pixels, (_, place) in zip(pictures, read, strict=True):
                    _save(pixels, stage / place.name)
                    publish(stage, {stage / place.name: place})
                    written.append(place)
        return Swapped(tuple(written), tuple(refused))

    def _run(
        self, pictures: Sequence[Pixels], vectors: dict[str, Array], advance: Callable[[], None]
    ) -> Sequence[Pixels]:
        if not pictures:
            return []
        job = picture_job(self.artifact, self._file, self.runtime.name, self._runner, len(pictures))
        inputs: list[dict[str, Any]] = [{self._picture.name: pixels, **vectors} for pixels in pictures]
        with Worker(job, inputs, self._options.timeout_s) as worker:
            while worker.ready():
                advance()
            reply = worker.reply()
        if reply.answer.outcome is not Outcome.PASS:
            raise failure(self._file, self.runtime, reply.answer)
        return [outputs[self.artifact.outputs[0].name] for outputs in reply.outputs]


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
