"""What `verify` found of a release folder, in words."""

from collections import Counter
from collections.abc import Sequence

from mobileswap.contracts.release_manifest import ReleaseManifest
from mobileswap.contracts.shown import shown
from mobileswap.reports.caveats import UNTRAINED
from mobileswap.reports.table import Column, Table

SHOWN = 20  # a person reads no more; JSON has all
_COLUMNS = (Column("Problem"), Column("Where"), Column("What"))


def findings_table(folder: str, rows: Sequence[tuple[str, str, str]]) -> Table:
    """One row per problem, its name, its place and what it is; of many the first, and how many there are of each."""
    notes: tuple[str, ...] = ()
    if len(rows) > SHOWN:
        counts = ", ".join(f"{number} {problem}" for problem, number in Counter(row[0] for row in rows).items())
        notes = (f"The first {SHOWN} of {len(rows)} ({counts}); --json writes all of them.",)
    return Table(f"{folder} is not as it was made", _COLUMNS, tuple(rows[:SHOWN]), notes)


def sentence(manifest: ReleaseManifest, *, passed: bool, signer: str, trusted: bool) -> str:
    """The verdict in one line, with whose signature it rests on."""
    verdict = "VERIFIED" if passed else "NOT VERIFIED"
    files = f"{len(manifest.files)} files, {len(manifest.artifacts)} artifacts, made {manifest.created}"
    weights = "" if manifest.trained else f"; {UNTRAINED}"
    words = f"{verdict}: {files} by mobileswap {manifest.edition}; {_signature(signer, trusted=trusted)}{weights}"
    return shown(words)


def _signature(signer: str, *, trusted: bool) -> str:
    if not signer:
        return "no good signature, so anybody may have made it anew"
    if trusted:
        return f"signed by the key given, {signer}"
    return f"signed by the key beside it, {signer}: compare that with the signer's, or give --public-key"
