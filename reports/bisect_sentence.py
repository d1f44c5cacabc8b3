"""The answer of a search in one sentence."""

from collections.abc import Sequence

from mobileswap.contracts.bisection import FAR, Culprit, Search, SearchOutcome, decisive, is_end


def sentence(searches: Sequence[Search], culprit: Culprit | None) -> str:
    """What was found, for someone who reads nothing else.

    Args:
        searches: at least one.
        culprit: given where an operation was found.
    """
    search = decisive(searches)
    match search.finding:
        case SearchOutcome.HEALTHY:
            names = " and ".join(f"{one.runtime} ({one.tolerance.name})" for one in searches)
            return f"each of {len(search.operations)} operations computes what the network's does, in {names}"
        case SearchOutcome.UNDONE:
            first = search.blamed[0].place
            return f"{len(search.blamed)} operations from {first} on differ and undo one another: the outputs agree"
        case SearchOutcome.NOT_SEARCHED:
            return f"{search.runtime} could not run it: {search.outcome}: {search.detail}"
        case SearchOutcome.FOUND:
            assert culprit
            return _accusation(culprit, search)


def _accusation(culprit: Culprit, search: Search) -> str:
    found, own = culprit.found, culprit.found.own
    if is_end(found.place):
        return f"the outputs are not what the last operation gives; came {found.tensor or 'none'} {found.shape}"
    made = f"{found.type} {found.name!r}, tensor {found.tensor!r}"
    if not own.finite:
        wrong = "gives NaN or infinity where the network gives numbers"
    elif own.rms >= FAR:
        wrong = f"gives a tensor of another shape, {found.shape}"
    else:
        wrong = f"is off by {own.rms:.2g} (rms) and {own.peak:.2g} (largest), given the file's own inputs"
    others = len(search.blamed) - 1
    also = f"; {others} more after it" if others else ""
    return f"{culprit.path or 'the network'}: {culprit.operation} ({made}) {wrong}{also}"
