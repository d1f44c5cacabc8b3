"""Options that belong together are one frozen dataclass: a command takes that, and typer sees each of its fields."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command as typer takes it: a parameter that is a dataclass is replaced by its fields, in their order."""
    groups: dict[str, tuple[Any, list[str]]] = {}
    listed: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if is_dataclass(parameter.annotation):
            own = _parameters(parameter.annotation)
            groups[parameter.name] = parameter.annotation, [one.name for one in own]
            listed += own
        else:
            listed.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @wraps(command)
    def flat(**given: Any) -> None:  # noqa: ANN401  typer gives each its type
        made = {name: group(**{own: given.pop(own) for own in names}) for name, (group, names) in groups.items()}
        command(**given, **made)

    del flat.__wrapped__  # else typer reads the parameters of what is wrapped
    flat.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]
    flat.__annotations__ = {one.name: one.annotation for one in listed}
    return flat


def _parameters(group: Any) -> list[inspect.Parameter]:  # noqa: ANN401  a dataclass
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=_default(one), annotation=hints[one.name])
        for one in fields(group)
    ]


def _default(one: Field[Any]) -> Any:  # noqa: ANN401  of any type
    return inspect.Parameter.empty if one.default is MISSING else one.default
