"""What an artifact gave, kept in the form of a golden file, so that pictures of both can be drawn side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Golden, Sample, write_golden
from mobileswap.contracts.spec import TensorSpec
from mobileswap.parity.feeding import as_golden


@dataclass(frozen=True)
class Keep:
    """Which outputs of a check are to be written down.

    Attributes:
        path: of the file.
        samples: by name; the worst one is kept as well.
    """

    path: Path
    samples: tuple[str, ...] = ()

    def require_known(self, golden: Golden) -> None:
        """Refuse a sample that the golden file does not hold, before anything is run.

        Raises:
            BadInput: there is none of that name; the message lists those there are.
        """
        known = [sample.name for sample in golden.samples]
        for name in self.samples:
            if name not in known:
                raise BadInput(f"sample {name}: the golden file has {', '.join(known)}")


def keep_outputs(
    keep: Keep, golden: Golden, outputs: Sequence[Mapping[str, Array]], specs: Sequence[TensorSpec], *, worst: str
) -> None:
    """Write the outputs of the samples asked for; one whose outputs are not those of the golden file is left out."""
    named = {spec.name: spec for spec in specs}
    samples = tuple(
        Sample(sample.name, {}, {name: as_golden(got[name], named[name], sample) for name in golden.header.outputs})
        for sample, got in zip(golden.samples, outputs, strict=True)
        if sample.name in (*keep.samples, worst) and _as_expected(sample, got, named)
    )
    kept = [sample.name for sample in samples]
    notes = tuple(note for note in golden.header.samples if note.name in kept)
    write_golden(Golden(replace(golden.header, inputs=(), samples=notes), samples), keep.path)


def _as_expected(sample: Sample, got: Mapping[str, Array], specs: Mapping[str, TensorSpec]) -> bool:
    return all(
        name in got
        and name in specs
        and got[name].ndim == len(specs[name].layout)
        and as_golden(got[name], specs[name], sample).shape == array.shape
        for name, array in sample.outputs.items()
    )
