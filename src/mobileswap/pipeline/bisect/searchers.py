"""In what an artifact is looked at."""

from dataclasses import dataclass

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.errors import BadInput
from mobileswap.runtimes.runtime_entries import find_runtime, proving, unavailable_reason

_HALF = "fp16-arithmetic"


@dataclass(frozen=True)
class Look:
    """One way to run a file and see inside.

    Attributes:
        limits: name in TOLERANCES of parity/inside/distance.py.
        widen: see ``bench.job.Watch``.
    """

    runtime: str
    limits: str
    widen: bool = False


def looks_of(artifact: Artifact) -> list[Look]:
    """What the artifact's proof runs in, as far as that can be looked into; float32 first.

    Raises:
        BadInput: none of it can.
    """
    looks = []
    for proof in proving(artifact.format, artifact.precision):
        runtime = find_runtime(proof.runtime)
        if runtime.watch and unavailable_reason(proof.runtime) is None:
            looks.append(Look(proof.runtime, proof.limits))
            if runtime.widens and proof.limits == _HALF:
                looks.append(Look(proof.runtime, "fp16-weights", widen=True))
    if not looks:
        raise BadInput(
            f"{artifact.name}: no runtime here shows what it computes inside {artifact.format} {artifact.precision}; "
            "search another format of it"
        )
    return sorted(looks, key=lambda look: look.limits == _HALF)
