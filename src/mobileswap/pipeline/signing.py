"""Ed25519 signatures over manifest.json, with keys as openssl and ssh-keygen make them.

The signature is the bare 64 bytes, so that anybody can check it without mobileswap:
``openssl pkeyutl -verify -pubin -inkey manifest.pub.pem -rawin -in manifest.json -sigfile manifest.json.sig``
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.release_manifest import MANIFEST, PUBLIC_KEY, SIGNATURE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SIGNATURE_BYTES = 64
_LARGEST_KEY = 65_536  # bytes of its file
_MAKE_ONE = "make one with `openssl genpkey -algorithm ed25519 -out key.pem`"


def read_private_key(path: Path, passphrase: Callable[[], str]) -> Ed25519PrivateKey:
    """Read the key to sign with: PEM (PKCS #8) or OpenSSH's own form.

    Args:
        path: of the key.
        passphrase: asked for one where the key is encrypted.

    Raises:
        BadInput: it cannot be read, is no Ed25519 key, or the passphrase is wrong.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    content = _read(path, "--sign")
    load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in content else load_pem_private_key
    try:
        try:
            key = load(content, None)
        except TypeError:  # encrypted
            key = load(content, passphrase().encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput(f"--sign {path}: expected a private Ed25519 key ({_first(error)}); {_MAKE_ONE}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"--sign {path}: expected an Ed25519 key, this is of another kind; {_MAKE_ONE}")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read a key to check with: PEM, or the line of an OpenSSH .pub file.

    Raises:
        BadInput: it cannot be read, or is no Ed25519 key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_public_key

    content = _read(path, "--public-key")
    try:
        key = (load_ssh_public_key if content.startswith(b"ssh-") else load_pem_public_key)(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput(f"--public-key {path}: expected a public Ed25519 key ({_first(error)})") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(f"--public-key {path}: expected an Ed25519 key, this is of another kind")
    return key


def sign_manifest(folder: Path, key: Ed25519PrivateKey) -> None:
    """Write the signature of the folder's manifest, and the public key, beside it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    (folder / SIGNATURE).write_bytes(key.sign((folder / MANIFEST).read_bytes()))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / PUBLIC_KEY).write_bytes(pem)


def is_signed_by(folder: Path, key: Ed25519PublicKey) -> bool:
    """Whether the signature that lies in the folder is of its manifest as it is, by that key."""
    from cryptography.exceptions import InvalidSignature

    if (folder / SIGNATURE).stat().st_size != _SIGNATURE_BYTES:
        return False
    try:
        key.verify((folder / SIGNATURE).read_bytes(), (folder / MANIFEST).read_bytes())
    except InvalidSignature:
        return False
    return True


def fingerprint(key: Ed25519PublicKey) -> str:
    """As ``ssh-keygen -l`` prints it: SHA256 of the OpenSSH form (RFC 4253 6.6, RFC 8709), base64 without padding."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    wire = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", raw))
    return "SHA256:" + b64encode(hashlib.sha256(wire).digest()).decode().rstrip("=")


def _read(path: Path, option: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_KEY)
    except OSError as error:
        raise BadInput(f"{option} {path}: cannot be read ({error.strerror}); give the file of a key") from error


def _first(error: Exception) -> str:
    return str(error).splitlines()[0].split(". ")[0].rstrip(".") if str(error) else type(error).__name__
