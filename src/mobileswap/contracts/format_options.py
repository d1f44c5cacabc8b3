"""Options that one format alone has: a frozen dataclass per format, of which the command line makes its options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from mobileswap.contracts.errors import BadInput

_KEY = "option"


@dataclass(frozen=True)
class FormatOptions:
    """Of a format that has none of its own. A format that has some subclasses this, with ``own_option`` per field."""


NO_OPTIONS = FormatOptions()


@dataclass(frozen=True)
class OwnOption:
    """What the command line says of a field.

    Attributes:
        help: a plain sentence.
        choices: all that it can be.
        reason: why just these, for the message that refuses another.
        recorded: its name in artifact.json; "" is the field's own.
    """

    help: str
    choices: Sequence[Any]
    reason: str = ""
    recorded: str = ""

    @property
    def known(self) -> str:
        if isinstance(self.choices, range):
            return f"expected {self.choices[0]} to {self.choices[-1]}"
        return f"known are {', '.join(str(choice) for choice in self.choices)}"


def own_option(default: Any, help: str, choices: Sequence[Any], **more: str) -> Any:  # noqa: A002, ANN401
    """A field of a FormatOptions; arguments as OwnOption."""
    return field(default=default, metadata={_KEY: OwnOption(help, choices, **more)})


def own_options_of(kind: type[FormatOptions]) -> dict[str, tuple[Any, OwnOption]]:
    """By name of the field, its default and what the command line says of it."""
    return {one.name: (one.default, one.metadata[_KEY]) for one in fields(kind)}


def choose_options(kind: type[FormatOptions], given: Mapping[str, object]) -> FormatOptions:
    """The options of one format out of all that were given.

    Raises:
        BadInput: a value that the format cannot be told.
    """
    known = own_options_of(kind)
    mine = {name: value for name, value in given.items() if name in known}
    for name, value in mine.items():
        option = known[name][1]
        if value not in option.choices:
            reason = f"; {option.reason}" if option.reason else ""
            raise BadInput(f"--{name} {value}: {option.known}{reason}")
    return kind(**mine)


def recorded(options: FormatOptions) -> dict[str, str]:
    """As artifact.json holds them."""
    known = own_options_of(type(options))
    return {option.recorded or name: str(getattr(options, name)) for name, (_, option) in known.items()}
