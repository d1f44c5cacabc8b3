"""What `parity growth` says: how far fp16 arithmetic has moved every tensor of a file, in the order of execution."""

import math
from dataclasses import dataclass

from mobileswap.contracts.verdict import PSNR_CEILING_DB

SCHEMA = 1


@dataclass(frozen=True)
class TensorGrowth:
    """One tensor in fp16 arithmetic against the same file in float32; of each figure the worst sample's.

    Attributes:
        tensor: its name in the file; ``operation`` and ``type`` are those of what makes it.
        place: of the network (contracts/place.py).
        relative_rmse: root mean square of the error over that of the tensor; None where fp16 is not finite.
        snr_db: the same in decibels.
        inputs_relative_rmse: of the worst of what the operation takes, in the same sample; None as above.
        alone_db: PSNR of the outputs if this operation's result alone were rounded, estimated on the sample whose
            outputs are worst; None where it overflows. Many steps of a large relative error do little in the end.
    """

    tensor: str
    operation: str
    type: str
    place: str
    sample: str
    relative_rmse: float | None
    snr_db: float | None
    inputs_relative_rmse: float | None
    alone_db: float | None

    @property
    def overflows(self) -> bool:
        """Not finite, and what it takes still is."""
        return self.relative_rmse is None and self.inputs_relative_rmse is not None

    @property
    def growth(self) -> float | None:
        """Times the error of the inputs; None where there is none to compare, or no figure."""
        if not self.inputs_relative_rmse or self.relative_rmse is None:
            return None
        return self.relative_rmse / self.inputs_relative_rmse


@dataclass(frozen=True)
class GrowthReport:
    """All tensors of a file."""

    schema: int
    artifact: str
    artifact_sha256: str
    samples: tuple[str, ...]
    tensors: tuple[TensorGrowth, ...]

    def worst(self, count: int) -> tuple[TensorGrowth, ...]:
        """The operations whose own rounding does most to the outputs, the worst first."""
        known = (one for one in self.tensors if one.alone_db is None or one.alone_db < PSNR_CEILING_DB)
        return tuple(sorted(known, key=lambda one: -math.inf if one.alone_db is None else one.alone_db)[:count])
