"""What a user can say about a training."""

from dataclasses import dataclass
from pathlib import Path

from mobileswap.contracts.errors import BadInput
from mobileswap.training.losses import LossWeights


@dataclass(frozen=True)
class RunOptions:
    """One part of a run.

    Attributes:
        run: folder of all parts.
        stage: ``embedder``, or the side of the generator's pictures.
        faces: rendered faces; data: a user's own. The generator takes one of the two, the embedder rendered faces.
        codes: the generator is told who somebody is by the person's numbers.
        steps, batch, rate: None keeps the recipe's.
        seconds: after which the run stops, to go on another time.
    """

    run: Path
    stage: str
    faces: Path | None
    data: Path | None
    losses: LossWeights
    codes: bool
    steps: int | None = None
    batch: int | None = None
    rate: float | None = None
    seconds: float = 1e9
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.faces is None) == (self.data is None):
            raise BadInput("give --faces FOLDER with rendered faces or --data FOLDER with your own, and not both")
        if self.stage == "embedder" and self.data:
            raise BadInput("the embedder learns from rendered people, whose numbers are known; give --faces")
        if self.codes and self.data:
            raise BadInput("--codes goes with --faces: only a rendered person has numbers")
        if self.codes and (any(self.losses.identity) or self.losses.perceptual):
            raise BadInput("--losses paper looks at the swap with the embedder; leave --codes out")
