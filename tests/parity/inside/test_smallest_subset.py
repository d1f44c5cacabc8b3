"""The search for a smallest set: what it gives passes, and nothing of it can be left out."""

from hypothesis import given
from hypothesis import strategies as st

from mobileswap.parity.inside.smallest_subset import smallest

LETTERS = "abcdefghij"


def test_nothing_where_nothing_is_needed():
    assert smallest(LETTERS, lambda _: True) == ()


def test_none_where_all_is_not_enough():
    assert smallest(LETTERS, lambda _: False) is None


def test_exactly_what_is_needed_however_it_is_ranked():
    assert smallest(LETTERS, lambda kept: {"c", "h"} <= kept) == ("c", "h")


def test_no_set_is_tried_twice():
    tried = []

    def passes(kept):
        tried.append(kept)
        return len(kept) >= 7

    assert smallest(LETTERS, passes) == tuple("abcdefg")
    assert len(tried) == len(set(tried))


@given(st.lists(st.sets(st.sampled_from(LETTERS), min_size=1), min_size=1, max_size=4))
def test_one_minimal_for_any_monotonic_test(sufficient):
    def passes(kept):
        return any(one <= kept for one in sufficient)

    found = smallest(LETTERS, passes)
    assert passes(set(found))
    assert not any(passes(set(found) - {element}) for element in found)


@given(st.sets(st.frozensets(st.sampled_from(LETTERS))))
def test_one_minimal_even_where_more_is_not_always_better(passing):
    passing = {*passing, frozenset(LETTERS)}
    found = smallest(LETTERS, passing.__contains__)
    assert frozenset(found) in passing
    assert not any(frozenset(found) - {element} in passing for element in found)
