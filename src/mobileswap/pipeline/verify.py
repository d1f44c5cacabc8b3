"""``mobileswap verify``: a release folder against its manifest and its signature, offline."""

from pathlib import Path
from stat import S_ISREG

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.publish import settle
from mobileswap.contracts.release_findings import Found, Problem, Verification, found
from mobileswap.contracts.release_manifest import MANIFEST, PUBLIC_KEY, SIGNATURE, read_manifest
from mobileswap.contracts.shown import shown
from mobileswap.contracts.strict_json import require_strict
from mobileswap.pipeline.release_files import check_files
from mobileswap.pipeline.release_statements import check_statements
from mobileswap.pipeline.signing import fingerprint, is_signed_by, read_public_key


def verify(folder: Path, public_key: Path | None = None) -> Verification:
    """Check every file, every statement of the manifest and the signature. Reads nothing outside of ``folder``.

    Args:
        folder: of a release.
        public_key: of whoever is to have signed; without one a signature is only held against the key beside it.

    Raises:
        BadInput: it is no release folder, its manifest cannot be read in one way only, or ``public_key`` is no key.
    """
    if not _is_file(folder / MANIFEST):
        settle(folder.parent)
    manifest = read_manifest(folder)
    require_strict(folder / MANIFEST, manifest)
    files = tuple(check_files(folder, manifest))
    statements = check_statements(folder, manifest, {one.name for one in files})
    signature, signer = _signature(folder, public_key)
    everything = tuple(dict.fromkeys((*files, *statements, *signature)))
    return Verification(
        shown(str(folder)), manifest, everything, signer, trusted=bool(signer) and public_key is not None
    )


def _signature(folder: Path, public_key: Path | None) -> tuple[tuple[Found, ...], str]:
    """What is wrong with the signature, and the fingerprint of the key that it is good for."""
    if not _is_file(folder / SIGNATURE):
        if public_key is not None:
            return (found(Problem.SIGNATURE, SIGNATURE, "the release is not signed"),), ""
        if (folder / PUBLIC_KEY).exists():
            return (found(Problem.SIGNATURE, SIGNATURE, "a signer's key lies there, and no signature"),), ""
        return (), ""
    try:
        if public_key is None and not _is_file(folder / PUBLIC_KEY):
            raise BadInput("none")
        key = read_public_key(public_key or folder / PUBLIC_KEY)
    except BadInput:
        if public_key is not None:
            raise
        return (found(Problem.SIGNATURE, PUBLIC_KEY, "no key to check the signature with; give --public-key"),), ""
    if is_signed_by(folder, key):
        return (), fingerprint(key)
    whose = "the key that was given" if public_key else "the key beside it"
    return (found(Problem.SIGNATURE, SIGNATURE, f"not of this manifest by {whose}, {fingerprint(key)}"),), ""


def _is_file(path: Path) -> bool:
    """A link is none, nor is what a process could wait at for ever."""
    try:
        return S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
