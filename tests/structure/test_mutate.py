"""What tools/mutate.py makes of mutmut's answers."""

import mutate
import pytest


def test_the_judges_are_there_and_their_tests_too():
    assert all((mutate.ROOT / name).is_file() for name in mutate.JUDGES)
    assert all((mutate.ROOT / name).exists() for name in mutate.TESTS)


@pytest.mark.parametrize(("killed", "status"), [(9, 0), (8, 1)])
def test_nine_of_ten_are_enough_and_the_others_are_named(killed, status, capsys):
    outcomes = {f"m{i}": "killed" if i < killed else "survived" for i in range(10)}
    assert mutate.judge(outcomes) == status
    printed = capsys.readouterr().out
    assert printed.endswith(f"{killed} of 10 mutants killed, {killed}0.0% (at least 90%)\n")
    assert [line for line in printed.splitlines() if line.startswith("survived: ")] == [
        f"survived: m{i}" for i in range(killed, 10)
    ]


def test_what_no_test_runs_is_not_killed_and_what_was_not_tried_does_not_count(capsys):
    assert mutate.judge({"a": "no tests", "b": "timeout", "c": "not checked"}) == 1
    assert capsys.readouterr().out.endswith("1 of 2 mutants killed, 50.0% (at least 90%)\n")


def test_no_evidence_is_no_pass():
    assert mutate.judge({}) == 1
