"""Of several searches of one file the gravest decides."""

import pytest

from mobileswap.contracts.bisection import Distance, LocatedOperation, Search, SearchOutcome, decisive
from mobileswap.contracts.verdict import Outcome
from mobileswap.parity.inside.distance import TOLERANCES
from mobileswap.reports.bisect_sentence import sentence

NONE = Distance(0.0, 0.0, 0.0, 0.0, finite=True, at=())


def operation(place, *, blamed):
    return LocatedOperation(place, "t", "n", "Op", ("input",), (), (1,), NONE, None, blamed)


def search(finding, runtime="onnxruntime"):
    outcome = Outcome.CRASH if finding is SearchOutcome.NOT_SEARCHED else Outcome.PASS
    wrong = finding in (SearchOutcome.FOUND, SearchOutcome.UNDONE)
    operations = (operation("a:conv", blamed=wrong), operation("b:conv", blamed=wrong))
    return Search(runtime, outcome, "why", TOLERANCES["fp32"], operations, 0, finding is SearchOutcome.UNDONE)


@pytest.mark.parametrize("finding", SearchOutcome)
def test_a_search_knows_what_it_found(finding):
    assert search(finding).finding is finding
    assert finding.passed == (finding in (SearchOutcome.HEALTHY, SearchOutcome.UNDONE))


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((SearchOutcome.HEALTHY, SearchOutcome.HEALTHY), 1),
        ((SearchOutcome.UNDONE, SearchOutcome.HEALTHY), 0),
        ((SearchOutcome.UNDONE, SearchOutcome.FOUND), 1),
        ((SearchOutcome.HEALTHY, SearchOutcome.NOT_SEARCHED), 1),
    ],
)
def test_the_gravest_decides(findings, expected):
    searches = [search(finding) for finding in findings]
    assert decisive(searches) is searches[expected]


def test_in_words():
    healthy = search(SearchOutcome.HEALTHY)
    assert sentence([healthy], None) == "each of 2 operations computes what the network's does, in onnxruntime (fp32)"
    undone = sentence([search(SearchOutcome.UNDONE), healthy], None)
    assert undone == "2 operations from a:conv on differ and undo one another: the outputs agree"
    assert sentence([search(SearchOutcome.NOT_SEARCHED)], None) == "onnxruntime could not run it: CRASH: why"
