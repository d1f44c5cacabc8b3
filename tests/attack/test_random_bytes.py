"""Thousands of files with a few bytes changed, over all formats: none passes and shows, none ends or holds up anyone.

A worker may die of such a file, and is then a CRASH that has a name; how often it did is printed with the rest.
"""

import collections
import json
import os
import random
import shutil
import subprocess
import sys
from select import select

import pytest
from folders import ROOT, SHARED

SEED = 20261124
SHARES = {"onnx": 0.40, "coreml": 0.33, "tnn": 0.25, "pytorch": 0.02}  # of all; a .pt2 takes the longest to open
LIMIT_S = 60.0  # for one file
START_S = 600.0  # for the first of each format
TELLING = b'0123456789 -.,"\n\x00\x01\x7f\xff'

pytestmark = pytest.mark.attack


def damage(content, rng):
    """A few bytes flipped, replaced, cut out, put in, doubled or zeroed, or the end torn off."""
    found = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        at, length = rng.randrange(max(len(found), 1)), rng.choice([1, 1, 2, 4, 16])
        match rng.randrange(8):
            case 0 | 1:
                if found:
                    found[at] ^= 1 << rng.randrange(8)
            case 2:
                found[at : at + length] = rng.randbytes(length)
            case 3:
                found[at : at + length] = bytes(rng.choice(TELLING) for _ in range(length))
            case 4:
                del found[at : at + length]
            case 5:
                found[at:at] = rng.randbytes(length)
            case 6:
                found[at:at] = found[at : at + rng.choice([4, 64, 512])]
            case 7 if rng.random() < 0.2:
                del found[at:]
    return bytes(found)


class Judge:
    """The process that judges, started again whenever it ended."""

    def __init__(self):
        self._process = None

    def ask(self, path, format_, limit_s=LIMIT_S):
        if self._process is None or self._process.poll() is not None:
            search = os.pathsep.join([str(ROOT / "src"), str(SHARED)])
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(SHARED / "judging.py")],
                env={**os.environ, "PYTHONPATH": search, "OMP_NUM_THREADS": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        self._process.stdin.write(json.dumps([str(path), format_]).encode() + b"\n")
        self._process.stdin.flush()
        heard, _, _ = select([self._process.stdout], [], [], limit_s)
        if not heard:
            self.close()
            return {"hang": True}
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"died": self._process.wait()}

    def close(self):
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture(scope="module")
def asked(sound):
    """The toolchains are imported before any file is timed: on a busy machine that alone takes a minute."""
    judge = Judge()
    for format_ in SHARES:
        judge.ask(sound(format_), format_, START_S)
    yield judge.ask
    judge.close()


@pytest.mark.timeout(0)
@pytest.mark.parametrize("format_", SHARES)
def test_files_with_a_few_bytes_changed(format_, sound, asked, tmp_path, record_property):
    rng = random.Random(f"{SEED} {format_}")
    source = sound(format_)
    files = sorted(path for path in source.parent.rglob("*") if path.is_file())
    counts, bad = collections.Counter(), []
    for number in range(round(int(os.environ.get("MOBILESWAP_ATTACKS", "10000")) * SHARES[format_])):
        folder = tmp_path / "damaged"
        shutil.copytree(source.parent, folder)
        target = rng.choice(files)
        path = folder / target.relative_to(source.parent)
        path.write_bytes(damage(path.read_bytes(), rng))
        reply = asked(folder / source.name, format_)
        shutil.rmtree(folder)
        counts["files"] += 1
        counts["passed, without effect"] += bool(reply.get("passed") and not reply["visible"])
        counts["workers that died"] += "died" in reply
        for name, found in (
            ("wrong passes", bool(reply.get("passed") and reply["visible"])),
            ("hangs", "hang" in reply),
            ("crashes of the command", bool(reply.get("traceback"))),
        ):
            counts[name] += found
            if found:
                bad.append((number, str(target.name), name, reply))
    for name, count in counts.items():
        record_property(name, count)
    assert not bad, bad[:5]
