"""Folders that contradict themselves, forged or by mistake: none is accepted, signed or unsigned."""

import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from forgeries import AFTERWARDS, FORGED, Forged

from mobileswap.contracts.errors import BadInput
from mobileswap.pipeline import release as release_step
from mobileswap.pipeline.bench_options import BenchOptions
from mobileswap.pipeline.release import release
from mobileswap.pipeline.verify import verify

pytestmark = pytest.mark.attack


@pytest.fixture
def key():
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def public(key, tmp_path):
    path = tmp_path / "key.pub"
    path.write_bytes(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    return path


@pytest.fixture(scope="session")
def _released_once(tmp_path_factory):
    return tmp_path_factory.mktemp("released") / "release"


@pytest.fixture
def folder(_released_once, source, progress, monkeypatch, tmp_path):
    monkeypatch.setattr(release_step, "CONTENTS", (("onnx", "fp32"), ("coreml", "fp16")))
    if not _released_once.exists():
        assert release(source, _released_once, BenchOptions(runs=2, warmup=0), progress, "mobileswap release").passed
    return shutil.copytree(_released_once, tmp_path / "release")


def refused(folder, *given):
    """Found wanting, or not a manifest at all; never accepted, never another exception."""
    try:
        return not verify(folder, *given).passed
    except BadInput as error:
        return "\n" not in str(error)


def test_the_folder_itself_verifies(folder, key, public):
    Forged(folder).write(key)
    assert verify(folder, public).found == ()
    assert verify(folder).passed


@pytest.mark.parametrize("name", FORGED)
def test_it_is_not_accepted_signed_or_unsigned(folder, key, public, name):
    forged = Forged(folder)
    FORGED[name](forged)
    forged.write()
    assert refused(folder)
    forged.write(key)
    assert refused(folder, public)
    assert refused(folder)


@pytest.mark.parametrize("name", AFTERWARDS)
def test_what_is_changed_after_the_signature(folder, key, name):
    Forged(folder).write(key)
    AFTERWARDS[name](folder)
    assert refused(folder)


def test_another_signer(folder, public):
    Forged(folder).write(ed25519.Ed25519PrivateKey.generate())
    assert refused(folder, public)
