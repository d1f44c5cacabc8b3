import errno
import os

import pytest

from mobileswap.contracts.os_errors import advice
from mobileswap.contracts.shown import shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("out/a b é 漢.onnx", "out/a b é 漢.onnx"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        (os.fsdecode(b"\xff\xfe.txt"), "\\xff\\xfe.txt"),
        ("\x9b31m", "\\x9b31m"),  # the same as ESC [ to some terminals
        ("a\u202eb", "a\\u202eb"),  # turns the direction of what follows
        ("\ud800", "\\ud800"),
    ],
)
def test_only_what_can_be_printed_is_shown(text, expected):
    assert shown(text) == expected
    assert shown(text).encode().decode() == expected


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EACCES, "permissions"),
        (errno.EROFS, "nothing can be written there"),
        (errno.ENAMETOOLONG, "a shorter name"),
        (errno.EISDIR, "expected a file"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENOENT, "check the name"),
        (9999, "try again"),
    ],
)
def test_the_advice_is_about_that_error(number, words):
    said = advice(OSError(number, "x"))
    assert words in said
    assert ("make room" in said) == (number == errno.ENOSPC)
