"""A table of release folders that say what is not so: forged, or a signer's own mistake.

Every entry changes a folder by way of ``Forged``, which lists and signs it anew; none may verify, signed or not.
"""

import json
import os
import shutil
from pathlib import Path

from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.release_manifest import MANIFEST, PUBLIC_KEY, SIGNATURE, UNLISTED
from mobileswap.pipeline.signing import sign_manifest

PARITY = "parity.json"
README = "README.md"
FAR = {"psnr_db": 20.0, "max_abs": 1.5, "rmse": 0.5, "snr_db": 3.0}


class Forged:
    """A release's folder with its manifest as a dict; ``artifacts`` are the paths of its records."""

    def __init__(self, folder):
        self.folder = folder
        self.manifest = json.loads((folder / MANIFEST).read_text())
        self.text = None  # in the place of the manifest
        self.relist = True

    @property
    def records(self):
        return [entry["record"] for entry in self.manifest["artifacts"]]

    def record(self, index=0):
        return self.folder / self.records[index]

    def edit(self, path, change):
        """Change a JSON file of the folder."""
        content = json.loads((self.folder / path).read_text())
        change(content)
        (self.folder / path).write_text(json.dumps(content, indent=1))

    def write(self, key=None):
        """The list of files is true again, where the case is not about it; and it is signed."""
        if self.relist:
            self.manifest["files"] = [
                {"name": name, "sha256": sha256_of(path), "size_bytes": path.stat().st_size}
                for name, path in sorted(self.files().items())
                if name not in UNLISTED
            ]
        text = json.dumps(self.manifest, indent=1) if self.text is None else self.text(self.manifest)
        (self.folder / MANIFEST).write_bytes(text if isinstance(text, bytes) else text.encode())
        if key:
            sign_manifest(self.folder, key)

    def files(self):
        found = (path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())
        return {path.relative_to(self.folder).as_posix(): path for path in found}

    def told(self, index=0):
        """The list's entry of an artifact follows its record."""
        record = json.loads(self.record(index).read_text())
        entry = self.manifest["artifacts"][index]
        entry["verdicts"] = {report["runtime"]: report["outcome"] for report in record["parity"]}
        entry["accepted"] = bool(record["parity"]) and all(
            one["outcome"] in ("PASS", "PASS WITH WARNING") and one["samples"] for one in record["parity"]
        )


def manifest(**values):
    return lambda forged: forged.manifest.update(values)


def entry(index=0, **values):
    return lambda forged: forged.manifest["artifacts"][index].update(values)


def listed(change):
    """A change of the list of files, which then stays."""

    def forge(forged):
        forged.relist = False
        change(forged.manifest["files"])

    return forge


def of(name, **values):
    return listed(lambda files: next(file for file in files if file["name"] == name).update(values))


def record(change, *, told=False):
    def forge(forged):
        forged.edit(forged.records[0], change)
        if told:
            forged.told()

    return forge


def every_report(change, *, told=False):
    def all_of(content):
        for report in content["parity"]:
            change(report)

    return record(all_of, told=told)


def text(change):
    def forge(forged):
        forged.text = lambda content: change(json.dumps(content, indent=1))

    return forge


def record_text(change):
    return lambda forged: forged.record().write_text(change(forged.record().read_text()))


def too_far(report):
    report["outcome"] = "TOO_FAR"
    report["samples"][0]["outcome"] = "TOO_FAR"


def figures(report):
    report["samples"][0]["metrics"].update(FAR)


def as_rejected(forged):
    """Where it would lie, and nothing else changed."""
    home = forged.folder / "artifacts" / "rejected"
    home.mkdir()
    old = forged.record()
    for path in (old, old.with_suffix("")):
        shutil.move(path, home / path.name)
    forged.manifest["artifacts"][0]["record"] = f"artifacts/rejected/{old.name}"


def rejected_as_passed(forged):
    too_far_everywhere(forged)
    forged.manifest["artifacts"][0].update(accepted=True, verdicts={"onnxruntime": "PASS"})


def too_far_everywhere(forged):
    """The record says it, and so do the list and parity.json; the release is said to have passed all the same."""
    every_report(too_far, told=True)(forged)
    name = json.loads(forged.record().read_text())["name"]

    def change(content):
        for artifact in content["artifacts"]:
            if artifact["name"] == name:
                artifact.update(verified=False, accepted=False)
                for report in artifact["reports"]:
                    too_far(report)

    forged.edit(PARITY, change)


def another_artifact(forged):
    for path in (forged.record(), forged.record().with_suffix("")):
        shutil.copy(path, path.with_name(f"more-{path.name}"))
    forged.edit(
        f"artifacts/more-{forged.record().name}",
        lambda content: content["files"][0].update(name=f"more-{content['files'][0]['name']}"),
    )


def elsewhere(forged):
    (forged.folder / "more").mkdir()
    for path in (forged.record(), forged.record().with_suffix("")):
        shutil.copy(path, forged.folder / "more" / path.name)


def swapped(forged):
    one, two = forged.manifest["artifacts"][:2]
    one["record"], two["record"] = two["record"], one["record"]


def swapped_weights(forged):
    weights = forged.manifest["weights"]
    one, two = list(weights)[:2]
    weights[one], weights[two] = weights[two], weights[one]


def weights_files(forged):
    one, two = sorted((forged.folder / "weights").iterdir())[:2]
    one.write_bytes(two.read_bytes())


def remove(pattern):
    def forge(forged):
        for path in sorted(forged.folder.glob(pattern)):
            path.unlink()

    return forge


def put(name, make):
    return lambda forged: make(forged.folder / name)


def link(path):
    target = path.with_name(f"{path.name}.real")
    path.rename(target)
    path.symlink_to(target.name)


def package(change):
    """A change within the CoreML package."""

    def forge(forged):
        change(min((forged.folder / "artifacts").glob("*.mlpackage")))

    return forge


def bench(change):
    def all_of(content):
        for run in content["runs"]:
            change(run)

    return lambda forged: forged.edit("bench.json", all_of)


def rewrite(name, old, new):
    def forge(forged):
        path = forged.folder / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    return forge


def one_report_less(forged):
    index = next(i for i, name in enumerate(forged.records) if ".mlpackage" in name)
    forged.edit(forged.records[index], lambda content: content["parity"].pop())
    forged.told(index)


def twice(key):
    return lambda written: written.replace(f'"{key}":', f'"{key}": "x", "{key}":', 1)


def append(files, **values):
    files.append({**files[0], **values})


FORGED = {
    # the list of artifacts
    "an artifact left out": lambda f: f.manifest["artifacts"].pop(),
    "the first artifact left out": lambda f: f.manifest["artifacts"].pop(0),
    "all artifacts left out": manifest(artifacts=[]),
    "an artifact twice": lambda f: f.manifest["artifacts"].append(f.manifest["artifacts"][0]),
    "an artifact twice, once otherwise": lambda f: f.manifest["artifacts"].append(
        {**f.manifest["artifacts"][0], "accepted": False}
    ),
    "a verdict in other words": entry(verdicts={"onnxruntime": "PASS WITH WARNING"}),
    "a verdict more": entry(verdicts={"onnxruntime": "PASS", "coreml": "PASS"}),
    "no verdict": entry(verdicts={}),
    "accepted made false": entry(accepted=False),
    "an artifact's other hash": entry(sha256="0" * 64),
    "two artifacts' records swapped": swapped,
    "a record above the folder": entry(record="../../x.json"),
    "a record by its absolute path": entry(record="/etc/passwd"),
    "a record that is not there": entry(record="artifacts/none.onnx.json"),
    "a record that is none": entry(record=PARITY),
    "a record by another spelling": lambda f: entry(record=f"./{f.records[0]}")(f),
    "a record with a backslash": entry(record="artifacts\\x.json"),
    "a record without a name": entry(record=""),
    "a rejected one as passed": rejected_as_passed,
    "a rejected one's place, accepted": as_rejected,
    "another artifact beside them": another_artifact,
    "an artifact in another folder": elsewhere,
    "a model without a record": put("artifacts/more.onnx", lambda p: p.write_bytes(b"a model")),
    "a record taken away": lambda f: (f.record().unlink(), f.manifest["artifacts"].pop(0)),
    # weights
    "other weights": lambda f: f.manifest["weights"].update(generator="0" * 64),
    "weights of a component left out": lambda f: f.manifest["weights"].pop("generator"),
    "weights of a component more": lambda f: f.manifest["weights"].update(refiner="0" * 64),
    "two components' weights swapped": swapped_weights,
    "a weights file of another component": weights_files,
    "no weights file": remove("weights/*generator*"),
    "a weights file that is none": put("weights/tiny-generator.safetensors", lambda p: p.write_bytes(b"no")),
    "the trained flag turned": lambda f: f.manifest.update(trained=not f.manifest["trained"]),
    "a record's trained flag turned": record(lambda c: c["weights"].update(trained=not c["weights"]["trained"])),
    "a record's other weights": record(lambda c: c["weights"].update(sha256="0" * 64)),
    # what made it, when and how
    "another version": lambda f: f.manifest["versions"].update(torch="9.9"),
    "a version left out": lambda f: f.manifest["versions"].pop("torch"),
    "a version more": lambda f: f.manifest["versions"].update(tvm="1.0"),
    "another edition": manifest(edition="9.9+000000000000"),
    "a commit that is none": manifest(commit="the newest"),
    "made in the future": manifest(created="2099-01-01T00:00:00+00:00"),
    "made on no day": manifest(created="yesterday"),
    "made on another day": manifest(created="2020-01-01T00:00:00+00:00"),
    "another command": manifest(command="mobileswap release --weights trained.pth"),
    # the verdict on the whole
    "not passed": manifest(passed=False),
    "TOO_FAR under passed": too_far_everywhere,
    "TOO_FAR in a record alone": every_report(too_far),
    "never checked under passed": record(lambda c: c.update(parity=[]), told=True),
    "a run that crashed under passed": bench(lambda run: run.update(outcome="CRASH", samples_ms=[], summary=None)),
    "times of another file": bench(lambda run: run.update(artifact_sha256="0" * 64)),
    "README says FAIL": rewrite(README, "**Verdict: PASS", "**Verdict: FAIL"),
    "no README": remove(README),
    "parity.json says otherwise": lambda f: f.edit(PARITY, lambda c: c["artifacts"][0].update(accepted=False)),
    "parity.json of another artifact": lambda f: f.edit(PARITY, lambda c: c["artifacts"][0].update(name="x")),
    # the list of files
    "a file twice": listed(lambda files: files.append(files[0])),
    "a file twice with two hashes": listed(lambda files: append(files, sha256="0" * 64)),
    "a file twice, the false hash first": listed(lambda files: files.insert(0, {**files[0], "sha256": "0" * 64})),
    "another size": of(README, size_bytes=1),
    "a size below nothing": of(README, size_bytes=-1),
    "another hash": of(README, sha256="0" * 64),
    "no hash": of(README, sha256=""),
    "a hash in capitals": listed(lambda files: files[0].update(sha256=files[0]["sha256"].upper())),
    "a file that is not there": listed(lambda files: append(files, name="more.txt")),
    "a file left out": listed(lambda files: files.pop()),
    "a file above the folder": listed(lambda files: append(files, name="../x")),
    "a file by its absolute path": listed(lambda files: append(files, name="/etc/passwd")),
    "a file by another spelling": listed(lambda files: append(files, name=f"./{files[0]['name']}")),
    "a file with two slashes": listed(lambda files: append(files, name=files[0]["name"].replace("/", "//", 1) + "/")),
    "a file without a name": listed(lambda files: append(files, name="")),
    "the manifest in its own list": listed(lambda files: append(files, name=MANIFEST)),
    "the signature in the list": listed(lambda files: append(files, name=SIGNATURE)),
    "the key in the list": listed(lambda files: append(files, name=PUBLIC_KEY)),
    "a file for a folder": listed(lambda files: append(files, name="artifacts")),
    "a link to a file": put("sizes.md", link),
    "a link to a folder": put("weights", link),
    "a pipe": put("pipe", os.mkfifo),
    # JSON
    "a key twice": text(lambda t: t.replace('"passed": true', '"passed": false, "passed": true')),
    "a key twice, further in": text(twice("sha256")),
    "an unknown key": manifest(approved_by="the boss"),
    "an unknown key of an artifact": entry(note="fine"),
    "an unknown key of a file": of(README, mode="0644"),
    "something after it": text(lambda t: t + "{}"),
    "a byte order mark": text(lambda t: t.encode("utf-8-sig")),
    "UTF-16": text(lambda t: t.encode("utf-16")),
    "nested without end": text(lambda t: t.replace("{", '{"x": ' + "[" * 100_000 + "]" * 100_000 + ", ", 1)),
    "another schema": manifest(schema=2),
    "no schema": lambda f: f.manifest.pop("schema"),
    "null for a list": manifest(artifacts=None),
    "a number that is none": text(lambda t: t.replace('"schema": 1', '"schema": NaN')),
    "a record's key twice": record_text(twice("name")),
    "a record's unknown key": record(lambda c: c.update(approved=True)),
    "a record of another schema": record(lambda c: c.update(schema=99)),
    # records
    "a record's file above the folder": record(lambda c: c["files"][0].update(name="../../x.onnx")),
    "a record's other file": record(lambda c: c["files"][0].update(name="more.onnx")),
    "a record's other size": record(lambda c: c["files"][0].update(size_bytes=1)),
    "figures that are too far": every_report(figures),
    "a figure that is missing": every_report(lambda r: r["samples"][0].update(metrics=None)),
    "a sample left out": every_report(lambda r: r["samples"].pop()),
    "no samples": every_report(lambda r: r.update(samples=[], worst=None), told=True),
    "another golden file": every_report(lambda r: r.update(golden_sha256="0" * 64)),
    "no golden file": remove("artifacts/golden/*generator*"),
    "a runtime that is none": every_report(lambda r: r.update(runtime="trust-me"), told=True),
    "limits that are no defaults": every_report(
        lambda r: r["default_limits"].update(psnr_db={"hard": 1, "expected": 2})
    ),
    "a runtime left out": one_report_less,
    # packages
    "a changed file of a package": package(lambda p: (p / "Manifest.json").write_text("{}")),
    "a file more in a package": package(lambda p: (p / "more").write_text("more")),
    "a link in a package": package(lambda p: link(p / "Manifest.json")),
    "no package": package(shutil.rmtree),
}

# What is done after the signature was made: the manifest itself is as it was.
AFTERWARDS = {
    "another manifest": lambda folder: _change(folder / MANIFEST, b'"passed": true', b'"passed":  true'),
    "a short signature": lambda folder: (folder / SIGNATURE).write_bytes(b"x" * 63),
    "an empty signature": lambda folder: (folder / SIGNATURE).write_bytes(b""),
    "a long signature": lambda folder: (folder / SIGNATURE).write_bytes((folder / SIGNATURE).read_bytes() + b"\n"),
    "no signature, the key is there": lambda folder: (folder / SIGNATURE).unlink(),
    "a link for a signature": lambda folder: link(folder / SIGNATURE),
    "a pipe for a key": lambda folder: _pipe(folder / PUBLIC_KEY),
    "no key": lambda folder: (folder / PUBLIC_KEY).unlink(),
    "a key that is none": lambda folder: (folder / PUBLIC_KEY).write_text("key"),
    "a file more": lambda folder: (folder / "more.txt").touch(),
    "a file more, not in UTF-8": lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).touch(),
    "a file more, with escape bytes": lambda folder: (folder / "\x1b[2Jx.txt").touch(),
}


def _change(path, old, new):
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))


def _pipe(path):
    path.unlink()
    os.mkfifo(path)
