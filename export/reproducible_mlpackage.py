"""The same bytes for the same network: an .mlpackage without what a converter draws anew each time.

coremltools 9.0 names the entries of Manifest.json by random UUIDs, and protobuf writes maps in the order of a hash that
differs between processes. Both say nothing of the network, and two people could not compare hashes.
"""

import json
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from mobileswap.contracts.files import sha256_of

_DATA = "Data"
_MANIFEST = "Manifest.json"
_ENTRIES, _ROOT = "itemInfoEntries", "rootModelIdentifier"


def make_reproducible(package: Path) -> None:
    """Rewrite the model with its maps in order, and the manifest with identifiers that follow from the content."""
    import coremltools.proto.Model_pb2 as proto

    manifest = json.loads((package / _MANIFEST).read_text(encoding="utf-8"))
    root = manifest[_ENTRIES][manifest[_ROOT]]
    file = package / _DATA / root["path"]
    model = proto.Model()
    model.ParseFromString(file.read_bytes())
    file.write_bytes(model.SerializeToString(deterministic=True))
    # In this very form, because coremltools writes it anew in its own whenever it opens a package
    text = json.dumps(_named_by_content(manifest, package), indent=4, sort_keys=True) + "\n"
    (package / _MANIFEST).write_text(text, encoding="utf-8")


def _named_by_content(manifest: dict[str, object], package: Path) -> dict[str, object]:
    entries = manifest[_ENTRIES]
    assert isinstance(entries, dict)
    names = {
        old: str(uuid5(NAMESPACE_OID, f"{entry['path']} {sha256_of(package / _DATA / entry['path'])}"))
        for old, entry in entries.items()
    }
    return {
        **manifest,
        _ENTRIES: {names[old]: entry for old, entry in entries.items()},
        _ROOT: names[str(manifest[_ROOT])],
    }
