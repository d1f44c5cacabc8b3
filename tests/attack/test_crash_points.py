"""Killed at every change of the file system, also in whole commands: the older or the newer, and no mixture of them."""

import shutil

import pytest
from kill_points import moments
from replaced import SHAPES, contents, replace_all, whole, write

from mobileswap.contracts import publish as publish_step
from mobileswap.contracts.publish import settle

pytestmark = pytest.mark.attack


@pytest.fixture(params=["exchange", "fallback"])
def system(request, monkeypatch):
    if request.param == "fallback":
        monkeypatch.setattr(publish_step, "exchange", lambda *_: False)


@pytest.mark.usefixtures("system")
def test_killed_again_while_finishing(tmp_path):
    folder, names = tmp_path / "out", SHAPES["package"]

    def begin():
        shutil.rmtree(folder, ignore_errors=True)
        write(folder, names, "old")

    killed = moments(lambda: replace_all(folder, names), begin)
    states = [shutil.copytree(folder, tmp_path / str(number)) for number in killed]
    unfinished = [state for state in states if list(state.glob(".moving-*"))]
    assert unfinished
    for state in unfinished:

        def again(state=state):
            shutil.rmtree(folder)
            shutil.copytree(state, folder)

        for _ in moments(lambda: settle(folder), again):
            settle(folder)
            assert contents(folder) == whole(names, "new")
