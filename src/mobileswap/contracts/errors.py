"""The errors a user can meet. Each message says what was expected, what came and what to do.

MobileswapError
├── BadInput      the user's file, option or folder          exit 2
│   └── Misdeclared   a file that is not what it says        exit 2
├── GateFailed    an artifact or a rewrite is not proven     exit 1
└── Unavailable   a runtime or device that is not there      exit 3
"""


class MobileswapError(Exception):
    """Something the user can act on; the command prints its message as one line, without a traceback."""

    exit_code = 1


class BadInput(MobileswapError):
    """A file, option or folder of the user's that cannot be used as it is."""

    exit_code = 2


class Misdeclared(BadInput):
    """A file contradicts itself, its format or its artifact.json: what was declared, and what was expected."""


class GateFailed(MobileswapError):
    """A step ran, and what it made does not compute what the untouched model computes."""

    exit_code = 1


class Unavailable(MobileswapError):
    """A runtime, unit or device that was asked for does not exist on this machine."""

    exit_code = 3


class UnknownOperation(MobileswapError):
    """A reference executor met an operation, or an attribute of one, that it does not know; the message names it."""
