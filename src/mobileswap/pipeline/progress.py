"""What the user sees on stderr while something takes longer than a second."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol


class Progress(Protocol):
    """Told of each step; the steps themselves know nothing of terminals."""

    @contextmanager
    def step(self, text: str) -> Iterator[None]: ...

    @contextmanager
    def count(self, text: str, total: int) -> Iterator[Callable[[], None]]:
        """A step of many like parts; what it gives is to be called after each."""
        ...


class Silent:
    """For callers that are no command."""

    @contextmanager
    def step(self, _: str) -> Iterator[None]:
        yield

    @contextmanager
    def count(self, _: str, __: int) -> Iterator[Callable[[], None]]:
        yield lambda: None


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

    @contextmanager
    def count(self, text: str, total: int) -> Iterator[Callable[[], None]]:
        """A bar on a terminal; elsewhere, as under CI, the line at the end is all."""
        from rich.console import Console
        from rich.progress import Progress as Bar

        console = Console(stderr=True, highlight=False)
        start = perf_counter()
        with Bar(console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
            task = bar.add_task(text.replace("[", "\\["), total=total)
            yield lambda: bar.advance(task)
        parts = f"{total} picture{'' if total == 1 else 's'}"
        console.print(f"{perf_counter() - start:6.1f} s  {text}, {parts}", markup=False, soft_wrap=True)
