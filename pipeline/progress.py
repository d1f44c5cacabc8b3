"""What the user sees on stderr while something takes longer than a second."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol


class Progress(Protocol):
    """Told of each step; the steps themselves know nothing of terminals."""

    @contextmanager
    def step(self, text: str) -> Iterator[None]: ...


class Silent:
    """For callers that are no command."""

    @contextmanager
    def step(self, _: str) -> Iterator[None]:
        yield


class Spoken:
    """A line per finished step with its seconds; on a terminal the running one has a spinner."""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        from rich.console import Console

        console = Console(stderr=True, highlight=False)
        start = perf_counter()
        if sys.stderr.isatty():
            with console.status(text):
                yield
        else:
            yield
        console.print(f"{perf_counter() - start:6.1f} s  {text}", markup=False, soft_wrap=True)
