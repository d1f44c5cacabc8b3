"""README.md of a release folder, for the person who signs it and the one who ships what is in it."""

from collections.abc import Sequence

from mobileswap.contracts.artifact import Artifact
from mobileswap.reports.app_code import usage
from mobileswap.reports.display_names import artifact_label, framework_name
from mobileswap.reports.figures import MB_NOTE, megabytes
from mobileswap.reports.release_judgement import OtherFile, Release, not_checked, problems, release_table, warnings
from mobileswap.reports.table import Column, Table, markdown

UNTRAINED_NOTICE = (
    "**UNTRAINED WEIGHTS. These files prove the tool chain and its speed; what they draw is no face. "
    "Do not ship them in an app.**"
)
_FILES = (
    Column("File"),
    Column("What it is"),
    Column("MB", figures=True),
    Column("SHA-256"),
)


def release_readme(release: Release) -> str:
    """The whole file: the verdict first, then what is there, how it is used, and what nobody has checked."""
    parts = ["# Release of mobileswap artifacts", f"**Verdict: {release.verdict}**. {_reach(release)}"]
    against = (*problems(release), *warnings((artifact_label(one), one.parity) for one in release.artifacts))
    if against:
        parts.append(_list(against))
    if not release.trained:
        parts.append(UNTRAINED_NOTICE)
    parts += [
        f"Made by mobileswap {release.version} on {release.created} with `{release.command}`.",
        markdown(release_table(release)).rstrip(),
        markdown(_files(release)).rstrip(),
        "## Not checked",
        _list(not_checked(release)),
        "## Synthetic media",
        "\n\n".join(dict.fromkeys(artifact.notice for artifact in release.artifacts)) or "None.",
        "## Weights",
        _list(tuple(dict.fromkeys(_weights(artifact) for artifact in release.artifacts))) or "None.",
        "## How to use the files",
    ]
    for title, alike in _alike(release.artifacts).items():
        names = ", ".join(f"`{artifact.files[0].name}`" for artifact in alike)
        parts += [f"### {title}", names, usage(alike[0])]
    return "\n\n".join(parts) + "\n"


def _alike(artifacts: Sequence[Artifact]) -> dict[str, list[Artifact]]:
    """Artifacts that an app uses in the same way: they differ in precision alone."""
    groups: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        groups.setdefault(f"{artifact_label(artifact).replace(artifact.name, artifact.component)}", []).append(artifact)
    return groups


def _reach(release: Release) -> str:
    """How far the verdict goes, in the same breath."""
    if not release.passed:
        return release.verdict.reach
    weights = "" if release.trained else " The weights are untrained."
    return f"{release.verdict.reach}{weights} What that leaves open stands under Not checked."


def _files(release: Release) -> Table:
    rows = [row for artifact in release.artifacts for row in _artifact_rows(artifact, release.folder)]
    rows += [_other_row(other) for other in release.others]
    notes = (
        f"{MB_NOTE} The hash of a package folder is over the relative names and hashes of its files, sorted.",
        "Beside each artifact lies its .json: inputs and outputs, rewrites, tool versions, every sample compared.",
    )
    return Table("What is in the folder", _FILES, tuple(rows), notes)


def _artifact_rows(artifact: Artifact, folder: str) -> list[tuple[str, ...]]:
    baked = f", identity {artifact.identity.source} baked in" if artifact.identity else ""
    kind = f"{artifact.family} {artifact.component}, {framework_name(artifact.format)} {artifact.precision}{baked}"
    return [
        (folder + record.name, kind, megabytes(record.size_bytes), f"`{record.sha256}`") for record in artifact.files
    ]


def _other_row(other: OtherFile) -> tuple[str, ...]:
    return (other.record.name, other.purpose, megabytes(other.record.size_bytes), f"`{other.record.sha256}`")


def _weights(artifact: Artifact) -> str:
    weights = artifact.weights
    state = "trained" if weights.trained else "**untrained**"
    origin = f"{weights.source}; licence {weights.licence}; SHA-256 `{weights.sha256}`"
    return f"{artifact.component}: {weights.name}, {state}; {origin}"


def _list(sentences: tuple[str, ...]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)
