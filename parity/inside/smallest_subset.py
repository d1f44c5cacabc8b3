"""The smallest set that passes a test: found by search, and small in a sense that can be checked."""

from collections.abc import Callable, Sequence

Passes = Callable[[frozenset[str]], bool]


def smallest(ranked: Sequence[str], passes: Passes) -> tuple[str, ...] | None:
    """A 1-minimal set that passes: without any one of its elements it does not.

    First the shortest beginning of ``ranked`` that passes, by bisection, then whatever of it can be left out, the last
    first, until nothing can: the second half of delta debugging (Zeller and Hildebrandt, 2002), with steps of one. A
    smaller set of other elements may exist; the better the ranking, the less there is to gain.

    Args:
        ranked: the elements, the most promising first.
        passes: the test. It is asked about a set once.

    Returns:
        The elements in the order of ``ranked``, or None where even all of them do not pass.
    """
    answers: dict[frozenset[str], bool] = {}

    def ask(elements: Sequence[str]) -> bool:
        key = frozenset(elements)
        if key not in answers:
            answers[key] = passes(key)
        return answers[key]

    if ask(()):
        return ()
    if not ask(ranked):
        return None
    fails, holds = 0, len(ranked)  # lengths of beginnings
    while holds - fails > 1:
        middle = (fails + holds) // 2
        if ask(ranked[:middle]):
            holds = middle
        else:
            fails = middle
    return _pruned(list(ranked[:holds]), ask)


def _pruned(found: list[str], passes: Callable[[Sequence[str]], bool]) -> tuple[str, ...]:
    needed = 0  # elements at the end that were asked about since the last one was left out
    queue = list(reversed(found))
    while needed < len(queue):
        element, *others = queue
        if passes(others):
            queue, needed = others, 0
        else:
            queue, needed = [*others, element], needed + 1
    kept = set(queue)
    return tuple(element for element in found if element in kept)
