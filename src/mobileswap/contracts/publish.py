"""Finished files get their final names: all of them or none, whatever ends the process.

One name is changed by one rename. Several are not, so what is to be done is written down first:

1. Everything lies in a staging folder, and on the disk, beside ``moves.json``, which names each source, its final name
   and its SHA-256.
2. The staging folder is renamed to ``.moving-…``. From here on the change counts as made.
3. Each source is exchanged with what has its final name, and the folder, which holds the older files now, is removed.

Who finds ``.moving-…`` of a dead process does step 3 again; a move that was made already is known by its hash. Every
command that writes to a folder does so, and whoever reads an artifact.json. Whoever looks at the files in other ways
between two renames of step 3 sees the folder in between.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mobileswap.contracts.durable import exchange, sync, sync_below
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import read_json, sha256_of, stays_inside
from mobileswap.contracts.leftovers import MOVING, Held, locked, named, remove

_JOURNAL = "moves.json"
_OLDER = "older-"  # what had a final name, where the system cannot exchange two
_WAIT_S = 60.0  # for another process's renames, and its removal of older files
_PATTERN = re.compile(re.escape(MOVING) + "[a-z0-9_]{8}")


@dataclass(frozen=True)
class _Move:
    """One file or folder: ``source`` relative to the journal's folder, ``final`` to the one that this lies in."""

    source: str
    final: str
    sha256: str


@dataclass(frozen=True)
class _Moves:
    moves: tuple[_Move, ...]


def publish(stage: Path, moves: Mapping[Path, Path]) -> None:
    """Give finished files and folders their final names as one step, in the place of what has them.

    Args:
        stage: of ``staging``; several moves, or one of a folder, use it up.
        moves: source → final name. A source lies in ``stage``, or is ``workplace``'s of that final name; a final name
            lies below the folder of ``stage``.

    Raises:
        OSError: a name could not be changed; the older files are there as they were.
    """
    for source in moves:
        sync_below(source)
    ((source, final), *others) = moves.items()
    if not (others or source.is_dir() or final.is_dir()):
        _make_parent(final)
        source.replace(final)
        sync(final.parent)
        return
    folder = stage.parent
    listed = tuple(
        _Move(os.path.relpath(source, stage), final.relative_to(folder).as_posix(), sha256_of(source))
        for source, final in moves.items()
    )
    journal = stage / _JOURNAL
    journal.write_bytes(msgspec.json.encode(_Moves(listed)))
    sync(journal)
    sync(stage)
    with _alone(folder):
        _finish_all(folder)
        _make(stage, folder / (MOVING + stage.name[-8:]), listed)


def settle(folder: Path) -> None:
    """Finish what a process that died had begun to publish in ``folder``; waits for one that is alive.

    Raises:
        BadInput: it cannot be finished: a folder that may not be written to, or a damaged journal.
    """
    if not named(folder, _PATTERN):
        return
    try:
        with _alone(folder):
            _finish_all(folder)
    except OSError as error:
        raise BadInput(
            f"{folder}: a command was cut short while it replaced files there, and that cannot be finished "
            f"({error.strerror}); run a command there as somebody who may write to it"
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        with locked(folder, _WAIT_S):
            yield
    except Held:
        raise BadInput(
            f"{folder}: another mobileswap has been replacing files there for {_WAIT_S:g} s; end it, and try again"
        ) from None


def _make(stage: Path, moving: Path, moves: Sequence[_Move]) -> None:
    """Steps 2 and 3. Where the system refuses a move, all are taken back; a signal waits until they are made."""
    take_back: list[Callable[[], object]] = []
    try:
        stage.rename(moving)
        take_back.append(lambda: moving.rename(stage))
        sync(moving.parent)
        for index, move in enumerate(moves):
            take_back.append(_put(moving / move.source, moving.parent / move.final, moving / f"{_OLDER}{index}"))
    except OSError:
        for step in reversed(take_back):
            step()
        raise
    except BaseException:
        if moving.exists():
            _finish(moving, moves)
        raise
    _clear(moving, moves)


def _put(source: Path, final: Path, older: Path) -> Callable[[], object]:
    """Give a source its final name; gives what takes that back. What had the name is then ``source`` or ``older``."""
    _make_parent(final)
    there = os.path.lexists(final)
    exchanged = there and exchange(source, final)
    steps = [] if exchanged else [(final, older), (source, final)] if there else [(source, final)]

    def take_back(made: int) -> None:
        if exchanged:
            exchange(source, final)
        for one, other in reversed(steps[:made]):
            other.rename(one)

    for made, (one, other) in enumerate(steps):
        try:
            one.rename(other)
        except OSError:
            take_back(made)
            raise
    return lambda: take_back(len(steps))


def _make_parent(final: Path) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)


def _finish_all(folder: Path) -> None:
    for moving in named(folder, _PATTERN):
        _finish(moving, _read(moving))


def _finish(moving: Path, moves: Sequence[_Move]) -> None:
    """Step 3 once more; a source that is not what was written down is one of the older files."""
    for index, move in enumerate(moves):
        source, final = moving / move.source, moving.parent / move.final
        if _is(source, move.sha256) and not _is(final, move.sha256):
            _put(source, final, moving / f"{_OLDER}{index}")
    _clear(moving, moves)


def _is(path: Path, sha256: str) -> bool:
    return os.path.lexists(path) and not path.is_symlink() and sha256_of(path) == sha256


def _clear(moving: Path, moves: Sequence[_Move]) -> None:
    for move in moves:
        sync((moving.parent / move.final).parent)
    for move in moves:
        if _is_workplace(move):
            remove(moving / move.source)
    remove(moving)
    sync(moving.parent)


def _is_workplace(move: _Move) -> bool:
    return move.source == f"../.{move.final}.part"


def _read(moving: Path) -> tuple[_Move, ...]:
    """What was to be done; nothing where all was done but the clearing away."""
    path = moving / _JOURNAL
    if moving.is_symlink() or not path.exists():
        return ()
    try:
        moves = read_json(path, _Moves).moves
    except msgspec.ValidationError as error:
        raise BadInput(f"{path}: not what mobileswap writes ({error}); remove {moving}") from error
    for move in moves:
        kept = stays_inside(move.final) and (_is_workplace(move) or stays_inside(move.source))
        if not kept or _leads_away(moving.parent, move.final) or _leads_away(moving, move.source):
            raise BadInput(f"{path}: moves something out of its folder; remove {moving}")
    return moves


def _leads_away(folder: Path, name: str) -> bool:
    """A link on the way would lead out of the folder."""
    return any((folder / part).is_symlink() for part in list(Path(name).parents)[:-1])
