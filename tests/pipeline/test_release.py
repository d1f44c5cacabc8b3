"""A release of the tiny family: made once, then reused, interrupted, signed and tampered with."""

import os
import shutil
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from filelock import FileLock
from forgeries import AFTERWARDS, FORGED, Forged

from mobileswap.contracts.artifact import json_beside, read_artifact, write_artifact
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of, write_json
from mobileswap.contracts.release_findings import Problem
from mobileswap.contracts.release_manifest import MANIFEST, list_files, read_manifest, write_manifest
from mobileswap.contracts.verdict import Outcome
from mobileswap.export.written import Written
from mobileswap.pipeline import release as release_step
from mobileswap.pipeline.bench_options import BenchOptions
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.release import release
from mobileswap.pipeline.signing import fingerprint, read_private_key, read_public_key
from mobileswap.pipeline.verify import verify

OPTIONS = BenchOptions(runs=2, warmup=0)
ONNX = "artifacts/tiny-generator-fp32.onnx"
PEM = (Encoding.PEM, PrivateFormat.PKCS8)
OPENSSH = (Encoding.PEM, PrivateFormat.OpenSSH)


@pytest.fixture(autouse=True)
def _one_format(monkeypatch):
    monkeypatch.setattr(release_step, "CONTENTS", (("onnx", "fp32"),))


@pytest.fixture(scope="session")
def _released_once(tmp_path_factory):
    return tmp_path_factory.mktemp("released") / "release"


@pytest.fixture
def again(source, tmp_path, progress):
    """``again(source, **options)`` releases to ``tmp_path / "release"``."""

    def run(given=None, options=OPTIONS, **more):
        return release(given or source, tmp_path / "release", options, progress, "mobileswap release", **more)

    return run


@pytest.fixture
def folder(_released_once, again, tmp_path):
    """A release, fresh for each test."""
    if not _released_once.exists():
        assert again().passed
        shutil.move(tmp_path / "release", _released_once)
    return shutil.copytree(_released_once, tmp_path / "release")


@pytest.fixture
def key():
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def public(key, tmp_path):
    path = tmp_path / "key.pub"
    path.write_bytes(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    return path


@pytest.fixture
def no_work(monkeypatch, folder):
    """Once there is a release, exporting or timing anything fails the test."""

    def work(*_, **__):
        raise AssertionError("done again")

    monkeypatch.setattr(release_step, "export_one", work)
    monkeypatch.setattr(release_step, "measure", work)


def problems(folder, *given):
    return {(found.problem, found.name) for found in verify(folder, *given).found}


def test_the_manifest_lists_every_file(folder, tree):
    manifest = read_manifest(folder)
    assert [file.name for file in manifest.files] == [name for name in tree(folder) if name != MANIFEST]
    assert all(sha256_of(folder / file.name) == file.sha256 for file in manifest.files)
    assert [entry.verdicts for entry in manifest.artifacts] == [{"onnxruntime": Outcome.PASS.value}] * 2
    assert manifest.passed
    assert verify(folder).passed


def test_one_that_does_not_pass_has_another_name_and_an_earlier_one_stays(again, folder, monkeypatch, tmp_path, tree):
    before = {name: sha256_of(folder / name) for name in tree(folder)}

    def write_nonsense(_, path, __):
        path.write_bytes(b"not a graph")
        return Written((path,))

    monkeypatch.setattr("mobileswap.pipeline.export.exporter", lambda _: write_nonsense)
    done = again(fresh=True)
    assert not done.passed
    assert done.folder == tmp_path / "release-rejected"
    assert not read_manifest(done.folder).passed
    assert "<strong>release-rejected</strong>" in (done.folder / "report.html").read_text()
    assert not verify(done.folder).passed
    assert {name: sha256_of(folder / name) for name in tree(folder)} == before
    assert "<strong>release</strong>" in (folder / "report.html").read_text()


@pytest.mark.usefixtures("no_work")
def test_what_is_proven_and_timed_is_not_done_again(again, tmp_path):
    parts = ("artifacts", "outputs", "pictures")
    files = (path for part in parts for path in (tmp_path / "release" / part).rglob("*") if path.is_file())
    before = {path: path.read_bytes() for path in files}
    assert len(before) > 2 * 2 + 2 + 2  # files with their JSON, golden files, outputs; and pictures
    assert again().passed
    assert {path: path.read_bytes() for path in before} == before
    assert verify(tmp_path / "release").passed


@pytest.mark.parametrize(
    "other",
    [{"fresh": True}, {"given": 1}, {"options": replace(OPTIONS, runs=3)}, {"options": replace(OPTIONS, threads=2)}],
)
@pytest.mark.usefixtures("no_work")
def test_other_weights_or_options_are_done_again(again, weights, other):
    if "given" in other:
        other = {"given": load_networks("tiny", (str(weights(1)),))}
    with pytest.raises(AssertionError, match="done again"):
        again(**other)


def test_an_interrupted_one_goes_on_where_it_was(again, monkeypatch, tmp_path, tree):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(release_step, "measure", interrupt)
        with pytest.raises(KeyboardInterrupt):
            again()
    part = tmp_path / ".release.part"
    assert not (tmp_path / "release").exists()
    assert ONNX in tree(part)
    (part / "artifacts" / "old.onnx").write_text("of other weights")
    with monkeypatch.context() as patch:
        patch.setattr(release_step, "export_one", interrupt)
        assert again().passed
    assert "artifacts/old.onnx" not in tree(tmp_path / "release")
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_what_fails_at_once_leaves_nothing(again, monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise BadInput("no")

    monkeypatch.setattr(release_step, "export_one", refuse)
    with pytest.raises(BadInput):
        again()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("killed", [False, True])
def test_into_a_folder_that_is_there_and_empty(again, tmp_path, killed):
    """As CI makes it."""
    (tmp_path / "release").mkdir()
    if killed:
        (tmp_path / ".release.part").mkdir()
        (tmp_path / ".release.lock").touch()
    assert again().folder == tmp_path / "release"
    assert verify(tmp_path / "release").passed
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_another_user_can_read_all_of_it(folder):
    modes = {path: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    assert {path for path, mode in modes.items() if mode != (0o755 if path.is_dir() else 0o644)} == set()


def test_two_at_once(again, tmp_path):
    with FileLock(tmp_path / ".release.lock"), pytest.raises(BadInput, match="another mobileswap is at work"):
        again()


def test_a_damaged_artifact_is_made_again(again, folder, monkeypatch):
    made = []
    export = release_step.export_one

    def export_one(source, options, *more, **keep):
        made.append(options.component)
        return export(source, options, *more, **keep)

    monkeypatch.setattr(release_step, "export_one", export_one)
    (folder / ONNX).write_bytes(b"no model")
    assert again().passed
    assert made == ["generator"]
    assert verify(folder).passed


def test_a_signed_one_is_verified_with_the_key(again, folder, key, public):
    again(key=key)
    found = verify(folder, public)
    assert (found.passed, found.trusted, found.signer) == (True, True, fingerprint(key.public_key()))
    beside = verify(folder)
    assert (beside.passed, beside.trusted, beside.signer) == (True, False, found.signer)


def test_the_fingerprint_is_ssh_keygens(key):
    """Of the key whose 32 private bytes are 0…31, by OpenSSH 9.2."""
    assert fingerprint(key.public_key()) == "SHA256:lbmsoA0yIEcEiVDRnMWuzm+nV+3ZEEpVIURqFoeSspg"


def test_another_key_or_none_is_not_trusted(again, folder, public, key):
    assert problems(folder, public) == {(Problem.SIGNATURE, "manifest.json.sig")}
    again(key=ed25519.Ed25519PrivateKey.generate())
    assert problems(folder, public) == {(Problem.SIGNATURE, "manifest.json.sig")}


def test_a_manifest_written_anew_breaks_the_signature(again, folder, key):
    again(key=key)
    (folder / "README.md").write_text("PASS, honestly")
    write_manifest(replace(read_manifest(folder), files=list_files(folder)), folder)
    assert (Problem.SIGNATURE, "manifest.json.sig") in problems(folder)


def test_a_broken_signature_file_is_no_signature(again, folder, key):
    again(key=key)
    (folder / "manifest.json.sig").write_bytes(b"")
    assert problems(folder) == {(Problem.SIGNATURE, "manifest.json.sig")}
    (folder / "manifest.pub.pem").write_bytes(b"")
    assert problems(folder) == {(Problem.SIGNATURE, "manifest.pub.pem")}


def test_what_is_changed_missing_or_extra_is_named(folder, tmp_path):
    (folder / "README.md").write_text("PASS")
    (folder / "sizes.md").unlink()
    (folder / "more.txt").touch()
    (folder / "parity.md").unlink()
    (folder / "parity.md").symlink_to(tmp_path / "elsewhere")
    (folder / "all").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    assert problems(folder) == {
        (Problem.CHANGED, "README.md"),
        (Problem.MISSING, "sizes.md"),
        (Problem.EXTRA, "more.txt"),
        (Problem.LINK, "parity.md"),
        (Problem.LINK, "all"),
        (Problem.UNSAFE, "pipe"),
    }


@pytest.mark.parametrize("name", ["../README.md", "/etc/passwd", "a/../../b", "C:\\x", ""])
def test_a_path_that_leads_out_is_not_followed(folder, name):
    manifest = read_manifest(folder)
    write_manifest(replace(manifest, files=(replace(manifest.files[0], name=name), *manifest.files[1:])), folder)
    assert (Problem.UNSAFE, name) in problems(folder)


def test_a_verdict_that_was_made_better_is_seen(folder):
    path = folder / ONNX
    artifact = read_artifact(path)
    worse = replace(artifact.parity[0], outcome=Outcome.TOO_FAR)
    write_artifact(replace(artifact, parity=(worse,)), json_beside(path))
    write_manifest(replace(read_manifest(folder), files=list_files(folder)), folder)
    assert problems(folder) == {(Problem.VERDICT, name) for name in (f"{ONNX}.json", MANIFEST, "parity.json")}


def test_a_release_that_did_not_pass_is_not_verified(folder):
    write_manifest(replace(read_manifest(folder), passed=False), folder)
    assert problems(folder) == {(Problem.VERDICT, "README.md")}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 1}'])
def test_what_is_no_manifest_is_refused(folder, content):
    (folder / MANIFEST).write_text(content)
    with pytest.raises(BadInput, match=MANIFEST):
        verify(folder)


def test_a_manifest_of_another_schema_is_refused(folder):
    write_manifest(replace(read_manifest(folder), schema=2), folder)
    with pytest.raises(BadInput, match="schema 2, this mobileswap reads 1"):
        verify(folder)


FEW = (
    "an artifact left out",
    "a record above the folder",
    "a rejected one as passed",
    "another artifact beside them",
    "other weights",
    "a weights file of another component",
    "the trained flag turned",
    "another version",
    "TOO_FAR under passed",
    "a file twice with two hashes",
    "another size",
    "figures that are too far",
    "a record's file above the folder",
)  # tests/attack has them all


@pytest.mark.parametrize("name", FEW)
def test_a_manifest_that_says_what_is_not_so_is_not_accepted(folder, key, public, name):
    forged = Forged(folder)
    FORGED[name](forged)
    forged.write(key)
    assert problems(folder, public)


@pytest.mark.parametrize("name", ["a key twice", "an unknown key"])
def test_a_manifest_that_can_be_read_in_two_ways_is_refused(folder, key, name):
    forged = Forged(folder)
    FORGED[name](forged)
    forged.write(key)
    with pytest.raises(BadInput, match=MANIFEST):
        verify(folder)


@pytest.mark.parametrize("name", ["a file more, not in UTF-8", "a file more, with escape bytes", "a pipe for a key"])
def test_what_lies_there_cannot_hurt_who_verifies(folder, key, name, tmp_path):
    Forged(folder).write(key)
    AFTERWARDS[name](folder)
    found = verify(folder)
    assert not found.passed
    write_json(tmp_path / "found.json", found)
    assert all(one.name.isprintable() and one.detail.isprintable() for one in found.found)


@pytest.mark.parametrize("form", [PEM, OPENSSH])
@pytest.mark.parametrize("phrase", ["", "secret"])
def test_keys_of_openssl_and_openssh_are_read(key, tmp_path, form, phrase):
    path = tmp_path / "key"
    lock = BestAvailableEncryption(phrase.encode()) if phrase else NoEncryption()
    path.write_bytes(key.private_bytes(*form, lock))
    assert read_private_key(path, lambda: "secret").private_bytes_raw() == bytes(range(32))
    if phrase:
        with pytest.raises(BadInput, match="expected a private Ed25519 key"):
            read_private_key(path, lambda: "wrong")


def test_other_kinds_of_keys_are_refused(tmp_path, public):
    path = tmp_path / "rsa.pem"
    other = rsa.generate_private_key(65537, 1024)
    path.write_bytes(other.private_bytes(*PEM, NoEncryption()))
    with pytest.raises(BadInput, match=r"--sign .*expected an Ed25519 key, this is of another kind"):
        read_private_key(path, str)
    with pytest.raises(BadInput, match=r"--sign .*expected a private Ed25519 key"):
        read_private_key(public, str)
    with pytest.raises(BadInput, match=r"--public-key .*expected a public Ed25519 key"):
        read_public_key(path)
    path.write_bytes(other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(BadInput, match=r"--public-key .*expected an Ed25519 key"):
        read_public_key(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_public_key(tmp_path / "nothing")
