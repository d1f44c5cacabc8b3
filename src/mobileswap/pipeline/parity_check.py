"""``parity check``: artifacts on disk held against the model again, with what the user changes of inputs and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from mobileswap.contracts.artifact import Artifact, read_unchanged
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Golden, read_golden, write_golden
from mobileswap.model.component import LARGEST, Component
from mobileswap.model.inputs.user_folder import BUILT_IN, Inputs
from mobileswap.parity.check import DEFAULT_GATE, TIMEOUT_S, Gate, parse_waiver
from mobileswap.parity.kept_outputs import Keep
from mobileswap.parity.limits import parse_limit, read_limits
from mobileswap.pipeline.evidence import keeping, kept_files
from mobileswap.pipeline.export import GOLDEN, prove
from mobileswap.pipeline.golden_files import golden_file
from mobileswap.pipeline.identity_to_bake import Identity
from mobileswap.pipeline.networks import Networks, load_networks
from mobileswap.pipeline.progress import Progress
from mobileswap.pipeline.reuse import golden_near
from mobileswap.reports.parity_folder import Evidence
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import proving


@dataclass(frozen=True)
class CheckOptions:
    """How to check, as on the command line.

    Attributes:
        runner: threads, and the vendor's program with its device.
        gate: changed limits and waivers.
        inputs: other samples than those that the artifact was proven with.
        weights: to make other samples' outputs from; empty is by the name that artifact.json gives.
        pictures: keep what is needed to draw the worst sample and the first one.
    """

    runner: RunnerOptions
    gate: Gate = DEFAULT_GATE
    inputs: Inputs = BUILT_IN
    weights: tuple[str, ...] = ()
    pictures: bool = False


def gate_of(
    limits: Path | None,
    limit: Sequence[str],
    waive: Sequence[str],
    *,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int | None = None,
) -> Gate:
    """What ``--limits``, ``--limit``, ``--waive``, ``--timeout`` and ``--memory`` ask for.

    Single limits go over a file's.

    Raises:
        BadInput: a limit that is none, a number that is none, or a waiver without a reason.
    """
    changes = (*(read_limits(limits) if limits else ()), *(parse_limit(text) for text in limit))
    return Gate(changes, tuple(parse_waiver(text) for text in waive), timeout_s, (memory_mb or 0) * 10**6)


def check_artifacts(paths: Sequence[Path], options: CheckOptions, scratch: Path, progress: Progress) -> list[Evidence]:
    """Check artifacts from the files on disk; all are looked at before the first is run.

    Args:
        paths: of each artifact the first file, or its artifact.json.
        options: how.
        scratch: a folder for golden files that are made for this check, and for outputs that are kept.
        progress: told of each step.

    Raises:
        BadInput: an artifact is not as it was exported, its golden file is gone, inputs or weights do not fit it, or
            a waiver names a runtime that has no say in any.
    """
    opened = [read_unchanged(path) for path in paths]
    _require_waivable([artifact for artifact, _ in opened], options)
    goldens = [golden_for(artifact, file, options, scratch, progress) for artifact, file in opened]
    return [
        _check(artifact, file, golden, options, scratch, progress)
        for (artifact, file), golden in zip(opened, goldens, strict=True)
    ]


def _check(
    artifact: Artifact, file: Path, golden: Path, options: CheckOptions, scratch: Path, progress: Progress
) -> Evidence:
    kept: dict[str, Path] = {}
    keep: dict[str, Keep] = {}
    if options.pictures:
        folder = Path(mkdtemp(dir=scratch))  # two artifacts may have the same name in different folders
        kept = kept_files(artifact, folder, options.runner.program)
        keep = keeping(kept, golden)
    checked = prove(artifact, file, golden, options.runner, progress, gate=options.gate, keep=keep)
    return Evidence(checked, golden, kept)


def _runtimes(artifact: Artifact, options: CheckOptions) -> list[str]:
    return [proof.runtime for proof in proving(artifact.format, artifact.precision, options.runner.program)]


def _require_waivable(artifacts: Sequence[Artifact], options: CheckOptions) -> None:
    known = dict.fromkeys(runtime for artifact in artifacts for runtime in _runtimes(artifact, options))
    for waiver in options.gate.waivers:
        if waiver.name not in known:
            raise BadInput(f"--waive {waiver.name}: it has no say here; expected {', '.join(known)}")


def golden_for(artifact: Artifact, file: Path, options: CheckOptions, scratch: Path, progress: Progress) -> Path:
    """The golden file that the artifact was proven with, or one of the samples asked for, made in ``scratch``.

    Raises:
        BadInput: it is gone, or inputs or weights do not fit the artifact.
    """
    stored = golden_near(artifact, file)
    if stored is None and (options.inputs == BUILT_IN or artifact.identity):
        raise BadInput(f"{file}: the golden file it was proven with is not in {file.parent / GOLDEN}; export again")
    if stored is not None and options.inputs.folder is None:
        if options.inputs.samples is None:
            return stored
        golden = read_golden(stored)
        if options.inputs.samples <= len(golden.samples):
            return _first(golden, options.inputs.samples, scratch / f"{options.inputs.samples}-{stored.name}")
    return _made(artifact, stored, options, scratch, progress)


def _first(golden: Golden, samples: int, path: Path) -> Path:
    header = replace(golden.header, samples=golden.header.samples[:samples])
    write_golden(Golden(header, golden.samples[:samples]), path)
    return path


def _made(artifact: Artifact, stored: Path | None, options: CheckOptions, scratch: Path, progress: Progress) -> Path:
    """A golden file of other samples, from the weights that the artifact was made from."""
    networks = load_networks(artifact.family, options.weights or weights_of(artifact, "other samples need"))
    found = networks.require(artifact.component).record.sha256
    if found != artifact.weights.sha256:
        raise BadInput(
            f"--weights: SHA-256 {found[:12]}…, {artifact.name} was made from "
            f"{artifact.weights.sha256[:12]}…; give those"
        )
    identity = _baked(artifact, networks, stored) if artifact.identity else None
    size = size_of_artifact(artifact, networks)
    return golden_file(networks, artifact.component, size, identity, scratch, progress, options.inputs)


def size_of_artifact(artifact: Artifact, networks: Networks) -> int:
    """The size that it was made with: the one whose signature has the artifact's pictures.

    Raises:
        BadInput: no size of the component gives such pictures.
    """
    component = networks.component(artifact.component)
    wanted = {spec.name: (spec.height, spec.width) for spec in artifact.inputs if spec.is_spatial}
    for size in dict.fromkeys((component.default_size, *_sizes(component))):
        specs = component.signature(size).inputs
        if wanted.items() <= {spec.name: (spec.height, spec.width) for spec in specs if spec.is_spatial}.items():
            return int(size)
    raise BadInput(f"{artifact.name}: the {component.name} takes no pictures of its size; export it again")


def _sizes(component: Component) -> range:
    step = component.size_step
    return range(step, LARGEST + 1, step) if step else range(0)


def weights_of(artifact: Artifact, need: str) -> tuple[str, ...]:
    """What ``--weights`` would be for an artifact of built-in weights.

    Raises:
        BadInput: it was made from a user's, and the message says what they are needed for.
    """
    if artifact.weights.trained:
        raise BadInput(f"{artifact.name}: {need} the weights it was made from, {artifact.weights.name}; give --weights")
    return (artifact.weights.name,)


def _baked(artifact: Artifact, networks: Networks, stored: Path | None) -> Identity:
    """What was baked in; the golden file still has it as an input."""
    bake = networks.component(artifact.component).bake
    assert stored is not None
    assert artifact.identity is not None
    assert bake is not None
    return Identity(artifact.identity, bake.input, read_golden(stored).samples[0].inputs[bake.input])
