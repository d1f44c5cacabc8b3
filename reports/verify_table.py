"""What `verify` found of a release folder, in words."""

from collections.abc import Sequence

from mobileswap.contracts.release_manifest import ReleaseManifest
from mobileswap.reports.caveats import UNTRAINED
from mobileswap.reports.table import Column, Table

_COLUMNS = (Column("Problem"), Column("Where"), Column("What"))


def findings_table(folder: str, rows: Sequence[tuple[str, str, str]]) -> Table:
    """One row per problem, its name, its place and what it is."""
    return Table(f"{folder} is not as it was made", _COLUMNS, tuple(rows))


def sentence(manifest: ReleaseManifest, *, passed: bool, signer: str, trusted: bool) -> str:
    """The verdict in one line, with whose signature it rests on."""
    verdict = "VERIFIED" if passed else "NOT VERIFIED"
    files = f"{len(manifest.files)} files, {len(manifest.artifacts)} artifacts, made {manifest.created}"
    weights = "" if manifest.trained else f"; {UNTRAINED}"
    return f"{verdict}: {files} by mobileswap {manifest.edition}; {_signature(signer, trusted=trusted)}{weights}"


def _signature(signer: str, *, trusted: bool) -> str:
    if not signer:
        return "no good signature, so anybody may have made it anew"
    if trusted:
        return f"signed by the key given, {signer}"
    return f"signed by the key beside it, {signer}: compare that with the signer's, or give --public-key"
