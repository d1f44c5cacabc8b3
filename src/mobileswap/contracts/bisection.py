"""What a search for the guilty operation found."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mobileswap.contracts.place import OUTSIDE, Place, parse_place
from mobileswap.contracts.verdict import Outcome

SCHEMA = 1
FAR = 1e9  # JSON has no infinity; a distance from or to what is not finite is given this
_OUTPUT = "output"


def end_place(number: int) -> str:
    """Place of an output as a caller gets it, behind the last operation; outputs are numbered from 1."""
    return str(Place(OUTSIDE, _OUTPUT, number))


def is_end(place: str) -> bool:
    found = parse_place(place)
    return (found.path, found.operation) == (OUTSIDE, _OUTPUT)


class SearchOutcome(StrEnum):
    """How a search ended; the graver, the further down."""

    HEALTHY = "HEALTHY"  # every operation computes what the network's does
    UNDONE = "UNDONE"  # some do not, together they do: the outputs agree
    NOT_SEARCHED = "NOT_SEARCHED"  # the file could not be run
    FOUND = "FOUND"  # one does not compute what the network's does, and it is named

    @property
    def passed(self) -> bool:
        return self in (SearchOutcome.HEALTHY, SearchOutcome.UNDONE)


@dataclass(frozen=True)
class Distance:
    """How far one tensor is from another, relative to that other one.

    Attributes:
        rms: root mean square of the difference over that of the reference.
        peak: largest absolute difference over the reference's largest absolute value.
        beyond_rms: like ``rms``, of what rounding each value to the precision at hand does not explain.
        beyond_peak: like ``peak``, likewise.
        finite: whether all values are that should be.
        at: index of the largest difference.
    """

    rms: float
    peak: float
    beyond_rms: float
    beyond_peak: float
    finite: bool
    at: tuple[int, ...]


@dataclass(frozen=True)
class LocatedOperation:
    """One operation of the network and the tensor of the file that it became.

    Attributes:
        place: where it stands; see contracts/place.py.
        tensor: name in the file.
        name: of the file's operation that makes the tensor, and its ``type`` in the words of the format.
        inputs: places that its arguments come from; ``input`` is what was passed in.
        through: operations of the network between those and this one that have no tensor in the file.
        shape: of the tensor.
        own: the error that it makes itself: against what the network's operation gives for the file's own inputs.
        total: the error since the inputs: against the untouched model. None where a rewrite moved the tensor.
        blamed: ``own`` is more than the precision explains.
    """

    place: str
    tensor: str
    name: str
    type: str
    inputs: tuple[str, ...]
    through: tuple[str, ...]
    shape: tuple[int, ...]
    own: Distance
    total: Distance | None
    blamed: bool


@dataclass(frozen=True)
class Tolerance:
    """What a precision explains of one operation's own error.

    Attributes:
        name: of the precision.
        rounding: relative, of every single value; that much is not counted.
        rms: of what remains, relative to the tensor's root mean square.
        peak: of what remains, relative to the tensor's largest value.
        output: relative error (rms) at the end up to which errors inside that undo one another are nobody's fault.
    """

    name: str
    rounding: float
    rms: float
    peak: float
    output: float


@dataclass(frozen=True)
class Search:
    """One runtime looked into.

    Attributes:
        outcome: PASS where it ran; else ``detail`` says what happened.
        operations: in the order of execution.
        peak_memory_bytes: of the runtime's process.
        undone: several are blamed and the outputs are what they should be.
    """

    runtime: str
    outcome: Outcome
    detail: str
    tolerance: Tolerance
    operations: tuple[LocatedOperation, ...]
    peak_memory_bytes: int
    undone: bool = False

    @property
    def blamed(self) -> tuple[LocatedOperation, ...]:
        return tuple(one for one in self.operations if one.blamed)

    @property
    def finding(self) -> SearchOutcome:
        if self.outcome is not Outcome.PASS:
            return SearchOutcome.NOT_SEARCHED
        if not self.blamed:
            return SearchOutcome.HEALTHY
        return SearchOutcome.UNDONE if self.undone else SearchOutcome.FOUND


def decisive(searches: Sequence[Search]) -> Search:
    """The one with the gravest finding; of equal ones the last."""
    grave = list(SearchOutcome)
    return max(reversed(searches), key=lambda search: grave.index(search.finding))


@dataclass(frozen=True)
class RewriteCheck:
    """The deploy graph against the untouched network, place by place, in float64 on a small picture.

    Attributes:
        compared: places that both have.
        moved: of those, where a rewrite changed the meaning of the tensor; they have no ``total``.
        output: relative error of the output.
    """

    compared: int
    moved: tuple[str, ...]
    output: float


@dataclass(frozen=True)
class Culprit:
    """The first operation that is wrong.

    Attributes:
        path: of its module in the network.
        operation: ATen's name of it.
        found: its numbers.
        input_totals: error against the untouched model of every input, by place; None where there is none to give.
        picture: path of the picture of the difference, "" where the tensor is none.
    """

    path: str
    operation: str
    runtime: str
    found: LocatedOperation
    input_totals: dict[str, Distance | None]
    picture: str


@dataclass(frozen=True)
class Bisection:
    """The whole answer.

    Attributes:
        sentence: the answer in words.
        sample: of the golden file, that everything ran on.
        searches: in the order in which they ran; see ``decisive``.
    """

    schema: int
    artifact: str
    artifact_sha256: str
    format: str
    precision: str
    sample: str
    finding: SearchOutcome
    sentence: str
    culprit: Culprit | None
    rewrites: RewriteCheck
    searches: tuple[Search, ...]
    seconds: float
