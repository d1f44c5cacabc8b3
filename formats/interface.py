"""What a file of any format declares of itself, and whether that is what its artifact.json says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mobileswap.contracts.declaration import Declaration
from mobileswap.contracts.errors import Misdeclared
from mobileswap.contracts.spec import TensorSpec

PICTURE = "RGB picture"
_MIXED = "mixed"


@dataclass(frozen=True)
class Feature:
    """One declared input or output.

    Attributes:
        kind: ``float32`` and the like, PICTURE, or whatever else the file says, in words.
        shape: None where the format declares none.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None

    def __str__(self) -> str:
        size = "" if self.shape is None else f" ({', '.join(str(n) for n in self.shape)})"
        return f"{self.kind}{size}"


@dataclass(frozen=True)
class Interface:
    """A file's own words.

    Attributes:
        precision: what it computes in, found in its operations and weights: ``fp32``, ``fp16``, ``mixed``, or another
            word that no artifact.json uses.
        facts: its metadata; None where the format carries none.
        has_pictures: the format declares pictures as such.
        wide: of a ``mixed`` file, what computes in float32.
    """

    inputs: tuple[Feature, ...]
    outputs: tuple[Feature, ...]
    precision: str
    facts: Mapping[str, str] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    has_pictures: bool = False
    wide: tuple[str, ...] = ()


def require_declared(found: Interface, wanted: Declaration) -> None:
    """Hold a file's own words against artifact.json's.

    Raises:
        Misdeclared: the first difference, with what was declared and what was expected.
    """
    for what, features, specs in (
        ("input", found.inputs, wanted.inputs),
        ("output", found.outputs, wanted.outputs),
    ):
        _require_features(what, features, [_expected(spec, found, wanted) for spec in specs])
    if wanted.precision:
        _require_precision(found, wanted)
    _require_words("metadata", found.facts, wanted.facts)
    shown = {name: value for name, value in wanted.options.items() if name in found.options}
    _require_words("option", found.options, shown)


def _expected(spec: TensorSpec, found: Interface, wanted: Declaration) -> Feature:
    picture = found.has_pictures and wanted.is_picture(spec)
    return Feature(spec.name, PICTURE if picture else spec.dtype, spec.shape)


def _require_precision(found: Interface, wanted: Declaration) -> None:
    """Limits go by the precision, so that what is half only in artifact.json must not be held to a half file's."""
    if found.precision == _MIXED:
        if other := [name for name in found.wide if name not in wanted.kept]:
            said = ", ".join(wanted.kept) or "none"
            raise Misdeclared(f"{', '.join(other[:3])} computes in fp32, expected of artifact.json's precision {said}")
    elif found.precision != wanted.precision and not (wanted.precision == _MIXED and found.precision == "fp16"):
        raise Misdeclared(f"the file computes in {found.precision}, expected {wanted.precision} as artifact.json says")


def _require_features(what: str, found: Sequence[Feature], wanted: Sequence[Feature]) -> None:
    names, expected = [feature.name for feature in found], [feature.name for feature in wanted]
    if sorted(names) != sorted(expected):
        raise Misdeclared(f"declared {what}s {_list(names)}, expected {_list(expected)}")
    by_name = {feature.name: feature for feature in wanted}
    for feature in found:
        other = by_name[feature.name]
        if feature.kind != other.kind or feature.shape not in (None, other.shape):
            raise Misdeclared(f"{what} {feature.name}: declared {feature}, expected {other}")


def _require_words(what: str, found: Mapping[str, str] | None, wanted: Mapping[str, str]) -> None:
    if found is None:
        return
    for name, value in wanted.items():
        if found.get(name) != value:
            raise Misdeclared(f"{what} {name}: declared {found.get(name, 'nothing')!r}, expected {value!r}")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
