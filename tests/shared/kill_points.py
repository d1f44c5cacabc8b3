"""Kills a forked child at each of the moments at which it is about to change the file system.

Those are every rename, exchange, removal, new folder, change of mode, fsync and opening for writing that Python sees.
What a library writes by itself goes to a file that Python made or moves later, so that no state on the disk is left out
but halves of such a file.
"""

import os
import signal
import sys
import traceback
from itertools import count

from mobileswap.contracts import durable

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.link", "os.symlink", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def killed_at(work, number):
    """Whether ``work()`` had so many moments; it was killed at that one, counted from 0. Else it ended by itself."""
    child = os.fork()
    if child == 0:
        _work(work, number)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed; see its standard error"
    return False


def moments(work, before):
    """Each number at which ``work()`` was killed, after ``before()`` has made the place as it was."""
    for number in count():
        before()
        if not killed_at(work, number):
            return
        yield number


def how_many(work):
    """The number of such moments."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, -1, lambda passed: os.write(writing, str(passed).encode()))
    os.close(writing)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the child failed; see its standard error"
    with os.fdopen(reading) as counted:
        return int(counted.read())


def _work(work, number, tell=lambda _: None):
    passed = 0

    def moment():
        nonlocal passed
        if passed == number:
            os.kill(os.getpid(), signal.SIGKILL)
        passed += 1

    def hook(event, arguments):
        if event in CHANGES or (event == "open" and (arguments[2] or 0) & WRITING):
            moment()

    def before(call):
        def counted(*arguments):
            moment()
            return call(*arguments)

        return counted

    try:
        os.fsync = before(lambda _: None)  # what is written outlives a process without it; only a power cut needs it
        swap = durable._rename_call()
        durable._rename_call = lambda: before(swap) if swap else None
        sys.addaudithook(hook)
        work()
        tell(passed)
        os._exit(0)
    except BaseException:  # noqa: BLE001  the child must not go on as a second pytest
        traceback.print_exc()
        os._exit(1)
