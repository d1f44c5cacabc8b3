"""An artifact with all that it is compared with; what cannot be searched is refused here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.artifact import Artifact, read_unchanged
from mobileswap.contracts.bisection import RewriteCheck
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Sample
from mobileswap.model.graph.deploy import DeployGraph, untouched
from mobileswap.pipeline.bisect.chosen_sample import find_sample
from mobileswap.pipeline.bisect.graphs import as_stored, baked_value, deploy_graph
from mobileswap.pipeline.bisect.rewrite_check import compare_rewrites
from mobileswap.pipeline.bisect.searchers import Look, looks_of
from mobileswap.pipeline.identity_to_bake import read_identity
from mobileswap.pipeline.networks import Networks, load_networks
from mobileswap.pipeline.parity_check import size_of_artifact, weights_of
from mobileswap.pipeline.progress import Progress


@dataclass(frozen=True)
class BisectOptions:
    """How to search, as on the command line.

    Attributes:
        folder: for the picture of the difference, and while the search runs for the file's tensors.
        weights: that the artifact was made from; empty is by the name that artifact.json gives.
        identity: that was baked in; needed only where the golden file of the proof is gone.
        threads: of both sides.
        timeout_s: for one pass of the runtime.
    """

    folder: Path
    weights: tuple[str, ...] = ()
    identity: Path | None = None
    threads: int = 1
    timeout_s: float = 600.0


@dataclass(frozen=True)
class Case:
    """What every look at one artifact shares.

    Attributes:
        file: of the artifact the first.
        looks: in the order in which they are to be taken.
        graph: that the file was made from, as it is stored.
        plain: the untouched model.
        rewrites: what lies between the two.
    """

    artifact: Artifact
    file: Path
    looks: tuple[Look, ...]
    sample: Sample
    graph: DeployGraph
    plain: DeployGraph
    rewrites: RewriteCheck


def open_case(path: Path, options: BisectOptions, progress: Progress) -> Case:
    """Read an artifact and build what it is compared with.

    Args:
        path: of the artifact's first file, or its artifact.json.
        options: how to search.
        progress: told of each step.

    Raises:
        BadInput: the artifact is not as it was exported, has no map of places, or no runtime here shows its inside;
            or weights or identity are not those that it was made from.
    """
    artifact, file = read_unchanged(path)
    if not artifact.taps:
        raise BadInput(f"{file}: its artifact.json has no map of places; export it again and search that")
    looks = tuple(looks_of(artifact))
    networks = _networks(artifact, file, options.weights)
    identity = read_identity(networks, options.identity, artifact.component) if options.identity else None
    sample = find_sample(artifact, file, networks, identity, progress)
    baked = baked_value(artifact, networks, sample) if artifact.identity else None
    with progress.step(f"compare the deploy graph with the untouched {artifact.component}"):
        rewrites = compare_rewrites(artifact, networks, baked)
    size = size_of_artifact(artifact, networks)
    return Case(
        artifact=artifact,
        file=file,
        looks=looks,
        sample=sample,
        graph=as_stored(deploy_graph(artifact, networks, baked, size), artifact),
        plain=untouched(networks.component(artifact.component), networks.network(artifact.component), size=size),
        rewrites=rewrites,
    )


def _networks(artifact: Artifact, file: Path, weights: tuple[str, ...]) -> Networks:
    networks = load_networks(artifact.family, weights or weights_of(artifact, "a search needs"))
    record = networks.require(artifact.component).record
    if record.sha256 != artifact.weights.sha256:
        raise BadInput(
            f"--weights: SHA-256 {record.sha256[:12]}… ({record.name}), {file} was made from "
            f"{artifact.weights.sha256[:12]}… ({artifact.weights.name}); give the weights that it was made from"
        )
    return networks
