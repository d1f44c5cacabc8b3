"""Where TNNTest runs: on this machine, or on an Android device behind adb. Both are a folder and a command in it."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from mobileswap.contracts.errors import Unavailable

_ON_DEVICE = "/data/local/tmp"
_ADB_TIMEOUT_S = 120.0


class Host(Protocol):
    """A scratch folder with TNNTest within reach.

    Attributes:
        where: for the version string, for instance ``adb 1A2B3C``.
    """

    where: str

    def put(self, source: Path, name: str) -> None:
        """Copy a file into the folder under this name."""

    def execute(self, arguments: Sequence[str], timeout_s: float) -> str:
        """Run TNNTest in the folder and return what it printed, whatever its exit status was.

        Raises:
            TimeoutError: it had not ended in time, and has been ended.
        """

    def get(self, name: str) -> str | None:
        """The text of a file of the folder, None where there is none."""

    def remove(self, name: str) -> None:
        """Remove a file of the folder, if it is there."""

    def close(self) -> None:
        """Remove the folder."""


class LocalHost:
    """This machine."""

    def __init__(self, binary: Path) -> None:
        """Make the folder.

        Raises:
            Unavailable: there is no such program.
        """
        require_program(binary)
        self.where = "local"
        self._binary = binary.resolve()
        self._scratch = TemporaryDirectory(prefix="mobileswap-tnn-")
        self._folder = Path(self._scratch.name)

    def put(self, source: Path, name: str) -> None:
        shutil.copyfile(source, self._folder / name)

    def execute(self, arguments: Sequence[str], timeout_s: float) -> str:
        libraries = [str(self._binary.parent), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        try:
            done = subprocess.run(
                [str(self._binary), *arguments],
                cwd=self._folder,
                env={**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(libraries)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"TNNTest did not end within {timeout_s:g} s") from error
        except OSError as error:
            raise Unavailable(f"{self._binary}: cannot be run here ({error.strerror})") from error
        end = f"\nended by signal {-done.returncode}" if done.returncode < 0 else ""
        return (done.stdout + done.stderr).decode(errors="replace") + end

    def get(self, name: str) -> str | None:
        path = self._folder / name
        return path.read_text() if path.exists() else None

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        self._scratch.cleanup()


class AdbHost:
    """An Android device. TNNTest and the shared libraries beside it are pushed, and removed again by ``close``."""

    def __init__(self, binary: Path, serial: str, adb: str = "adb") -> None:
        """Choose the device, make the folder, push.

        Args:
            binary: TNNTest built for the device.
            serial: of the device; "" where there is only one.
            adb: the program.

        Raises:
            Unavailable: no adb, no such device, more than one to choose from, one that is not authorised, or a push
                that failed.
        """
        require_program(binary)
        self._adb = adb
        self._serial = choose_device(self._call("devices", serial=""), serial)
        self.where = f"adb {self._serial}"
        self._folder = f"{_ON_DEVICE}/mobileswap-{uuid.uuid4().hex[:12]}"
        self._call("shell", f"mkdir {self._folder}")
        try:
            for path in (binary, *sorted(binary.parent.glob("*.so"))):
                self.put(path, path.name)
            self._program = binary.name
            self._call("shell", f"chmod 755 {self._folder}/{binary.name}")
        except BaseException:
            self.close()
            raise

    def put(self, source: Path, name: str) -> None:
        self._call("push", str(source), f"{self._folder}/{name}")

    def execute(self, arguments: Sequence[str], timeout_s: float) -> str:
        words = " ".join(arguments)  # names of ours and numbers; nothing of the user's is in it
        # The device's own timeout ends TNNTest; adb's only ends the connection and would leave it running
        limit = f"timeout -s KILL {int(timeout_s) + 1}"
        command = f"cd {self._folder} && LD_LIBRARY_PATH=. {limit} ./{self._program} {words} 2>&1; echo status=$?"
        log = self._call("shell", command, timeout_s=timeout_s + _ADB_TIMEOUT_S)
        text, _, status = log.rpartition("status=")
        if status.strip() in ("137", "124"):  # ended by timeout, or by the same signal from elsewhere
            raise TimeoutError(f"TNNTest did not end within {timeout_s:g} s on {self.where}; {text.strip()[-200:]}")
        return text

    def get(self, name: str) -> str | None:
        listed = self._call("shell", f"[ -f {self._folder}/{name} ] && echo there || echo missing")
        if listed.split() != ["there"]:
            return None
        with TemporaryDirectory(prefix="mobileswap-tnn-") as scratch:
            target = Path(scratch) / "pulled"
            self._call("pull", f"{self._folder}/{name}", str(target))
            return target.read_text()

    def remove(self, name: str) -> None:
        self._call("shell", f"rm -f {self._folder}/{name}")

    def close(self) -> None:
        self._call("shell", f"rm -rf {self._folder}")

    def _call(self, *words: str, serial: str | None = None, timeout_s: float = _ADB_TIMEOUT_S) -> str:
        chosen = self._serial if serial is None else serial
        command = [self._adb, *(["-s", chosen] if chosen else []), *words]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
            )
        except FileNotFoundError as error:
            raise Unavailable(f"{self._adb} is not installed; it comes with Android's platform tools") from error
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"adb {words[0]}: no answer within {timeout_s:g} s; is the device asleep?") from error
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            raise Unavailable(f"adb {words[0]} failed: {said[-1] if said else f'exit status {done.returncode}'}")
        return done.stdout.decode(errors="replace")


def require_program(binary: Path) -> None:
    """Refuse a TNNTest that is not there.

    Raises:
        Unavailable: it is no file.
    """
    if not binary.is_file():
        raise Unavailable(f"{binary}: no TNNTest there; build TNN with -DTNN_TEST_ENABLE=ON and give its path")


def choose_device(listing: str, serial: str) -> str:
    """The serial number to use, from the answer of ``adb devices``.

    Raises:
        Unavailable: there is none, not the one asked for, several, or it is not ready.
    """
    words = [line.split() for line in listing.splitlines()[1:]]
    states = {entry[0]: entry[1] for entry in words if len(entry) >= 2}
    if serial and serial not in states:
        raise Unavailable(f"adb: no device {serial}; attached are {', '.join(states) or 'none'}")
    if not states:
        raise Unavailable("adb: no device attached; plug one in and switch on USB debugging")
    if not serial and len(states) > 1:
        raise Unavailable(f"adb: {len(states)} devices, {', '.join(states)}; choose one by its serial number")
    chosen = serial or next(iter(states))
    if states[chosen] != "device":
        advice = "allow this computer on its screen" if states[chosen] == "unauthorized" else "reconnect it"
        raise Unavailable(f"adb: {chosen} is {states[chosen]}; {advice}")
    return chosen
