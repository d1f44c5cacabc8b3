"""TNN itself, through the TNNTest program that is built with it; on this machine or on an Android device."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.formats.tnn.proto_reader import read_proto
from mobileswap.runtimes.plan import Plan, Timing
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.tnntest.devices import TNN_DEVICES
from mobileswap.runtimes.tnntest.host import AdbHost, Host, LocalHost
from mobileswap.runtimes.tnntest.packing import packed_text, packing_of
from mobileswap.runtimes.tnntest.text_files import Times, complaint_of, input_text, parse_outputs, parse_times

PRECISIONS = ("HIGH", "NORMAL", "LOW", "AUTO")
_IN_ONE_GO = 3  # passes whose three times follow from their minimum, maximum and mean
_WARMUP_AGAIN = 2  # passes; every go is a process of its own
_NO_DEVICE = "device is nil or unsupported"


@dataclass(frozen=True)
class TnnTool:
    """Which TNNTest, and where it runs.

    Attributes:
        binary: the program, built for where it runs; its shared libraries lie beside it or where the loader looks.
        android: run it on an Android device.
        serial: of that device; "" where there is one only.
        adb: the program.
        precision: HIGH computes in float32, NORMAL may compute in float16; AUTO, TNN's default, chooses by hardware.
        timeout_s: for one call.
    """

    binary: Path
    android: bool = False
    serial: str = ""
    adb: str = "adb"
    precision: str = "HIGH"
    timeout_s: float = 300.0


class TnnTestRunner:
    """Files, then one call of TNNTest for each ``run``.

    Outputs come as text with six decimals, so that up to 5e-7 of a difference is the text's. A network with more than
    one input runs with one packed input, see tnn_packing.py. ``run`` starts a process and loads the network: its time
    is nobody's, ``time`` takes TNN's own.
    """

    def __init__(self, proto: Path, options: RunnerOptions, tool: TnnTool) -> None:
        """Put the network where TNNTest can find it.

        Raises:
            BadInput: no such device or precision, or the .tnnproto is damaged.
            Unavailable: no program, no adb, or no device that is ready.
        """
        self._device = options.device or TNN_DEVICES[0]
        # TNNTest takes a device it does not know for ARM, without a word
        if self._device not in TNN_DEVICES or tool.precision not in PRECISIONS:
            raise BadInput(
                f"TNN device {self._device!r}, precision {tool.precision!r}: expected one of {', '.join(TNN_DEVICES)}, "
                f"and one of {', '.join(PRECISIONS)}"
            )
        self._proto = read_proto(proto)
        self._packing = packing_of(self._proto) if len(self._proto.inputs) > 1 else None
        self._threads, self._tool = options.threads, tool
        self._host: Host
        self._host = AdbHost(tool.binary, tool.serial, tool.adb) if tool.android else LocalHost(tool.binary)
        try:
            self._put(proto)
        except BaseException:
            self._host.close()
            raise
        with tool.binary.open("rb") as program:
            digest = hashlib.file_digest(program, "sha256").hexdigest()[:12]
        self.version = f"tnn {self._device} (TNNTest {digest}, {self._host.where})"
        self.ran_on = self._device

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run once.

        Raises:
            ValueError: names, shapes or types of the inputs are not the network's; or TNNTest wrote nonsense.
            RuntimeError: TNNTest wrote nothing; the message has its last complaint.
            TimeoutError: it did not end.
            Unavailable: it was built without the device.
        """
        self._require_fitting(inputs)
        if self._packing is None:
            (only,) = inputs.values()
            self._call("network", only, passes=1, warmup=0)
        else:
            self._call("packed", self._packing.pack(dict(inputs)), passes=1, warmup=0)
        text = self._host.get("out.txt")
        if text is None:
            raise RuntimeError("TNNTest left no output file")
        return parse_outputs(text)

    def time(self, inputs: Mapping[str, Array], plan: Plan) -> Timing:
        """Times of TNN's own clock for the network as it ships; the first pass, the warm-up, then the timed ones.

        TNNTest only prints minimum, maximum and mean. Of three passes those are all three times, so that we let it
        run three at a time; which of a three came first is not known. Of several inputs, each but the largest is given
        numbers of the largest.

        Raises: as ``run``.
        """
        self._require_fitting(inputs)
        largest = max(inputs.values(), key=lambda array: array.size)
        first = self._call("network", largest, passes=1, warmup=0)
        samples: list[float] = []
        warmup = plan.warmup
        while len(samples) < plan.runs:
            passes = min(_IN_ONE_GO, plan.runs - len(samples))
            samples += spread(self._call("network", largest, passes=passes, warmup=warmup), passes)
            warmup = _WARMUP_AGAIN
        return Timing(first.mean_ms, plan.warmup, 0.0, tuple(samples))

    def close(self) -> None:
        self._host.close()

    def _put(self, proto: Path) -> None:
        model = proto.with_suffix(".tnnmodel")
        if not model.is_file():
            raise BadInput(f"{model}: not there; it belongs beside the .tnnproto")
        self._host.put(proto, "network.tnnproto")
        self._host.put(model, "network.tnnmodel")
        if self._packing is not None:
            with TemporaryDirectory(prefix="mobileswap-tnn-") as scratch:
                packed = Path(scratch) / "packed.tnnproto"
                packed.write_text(packed_text(proto.read_text(), self._packing))
                self._host.put(packed, packed.name)
            self._host.put(model, "packed.tnnmodel")  # TNNTest wants it under the same stem

    def _call(self, stem: str, numbers: Array, *, passes: int, warmup: int) -> Times:
        with TemporaryDirectory(prefix="mobileswap-tnn-") as scratch:
            path = Path(scratch) / "in.txt"
            path.write_text(input_text(numbers))
            self._host.put(path, path.name)
        self._host.remove("out.txt")  # what an earlier call left would be taken for the answer of this one
        flags = {
            "mt": "TNN",
            "mp": f"{stem}.tnnproto",
            "dt": self._device,
            "pr": self._tool.precision,
            "th": str(self._threads),
            "wc": str(warmup),
            "ic": str(passes),
            "it": "0",
            "ip": "in.txt",
            "op": "out.txt",
        }
        words = [word for flag, value in flags.items() for word in (f"-{flag}", value)]
        log = self._host.execute(words, self._tool.timeout_s)
        if _NO_DEVICE in log:
            raise Unavailable(f"{self._tool.binary}: built without the device {self._device}")
        try:
            return parse_times(log)
        except ValueError as error:
            raise RuntimeError(f"TNNTest did not run {stem}.tnnproto: {complaint_of(log)}") from error

    def _require_fitting(self, inputs: Mapping[str, Array]) -> None:
        wanted = self._proto.inputs
        if inputs.keys() != wanted.keys():
            raise ValueError(f"the network takes {sorted(wanted)}, not {sorted(inputs)}")
        for name, array in inputs.items():
            if array.shape != wanted[name] or array.dtype != np.float32:
                raise ValueError(f"{name}: expected float32 {wanted[name]}, got {array.dtype} {array.shape}")


def spread(times: Times, passes: int) -> list[float]:
    """The times of up to three passes, in milliseconds, from their minimum, maximum and mean.

    Raises:
        ValueError: of more than three there is no telling.
    """
    match passes:
        case 1:
            return [times.mean_ms]
        case 2:
            return [times.min_ms, times.max_ms]
        case 3:
            return [times.min_ms, round(3 * times.mean_ms - times.min_ms - times.max_ms, 3), times.max_ms]
    raise ValueError(f"the times of {passes} passes do not follow from minimum, maximum and mean")
