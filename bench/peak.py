"""What this machine can do at best: a matrix product in the same precision, on as many threads, in its own process.

On a CPU in fp32 it is the better of PyTorch's and ONNX Runtime's: on an AMD EPYC the former's library stops at half of
what the latter reaches (204 and 449 GFLOP/s on two cores), and a pass would have been "180 % of the peak".

``python -m mobileswap.bench.peak DEVICE DTYPE THREADS`` prints the rate.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from mobileswap.contracts.bench_result import Peak
from mobileswap.runtimes.process.affinity import pin
from mobileswap.runtimes.process.isolation import worker_environment

DEVICES = ("cpu", "cuda", "mps")
_TIMEOUT_S = 120.0
_SIZES = (512, 1024, 2048, 4096, 8192)  # rows; a larger one is nearer to the peak, and takes eight times as long
_ENOUGH_S = 0.1  # of one product: a larger one is not tried
_PRODUCTS_S = 1.0


def measure_peak(device: str, dtype: str, threads: int) -> Peak | None:
    """The best of the products of about a second, or None where PyTorch has no such device or product.

    Args:
        device: of DEVICES.
        dtype: fp32, bf16 or fp16.
        threads: on a CPU.
    """
    with TemporaryDirectory(prefix="mobileswap-") as scratch:
        command = [sys.executable, "-P", "-m", "mobileswap.bench.peak", device, dtype, str(threads)]
        try:
            done = subprocess.run(
                command,
                env=worker_environment(Path(scratch), threads),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
    return Peak(device, dtype, threads, float(done.stdout)) if done.returncode == 0 else None


def _multiply(device: str, dtype: str, threads: int) -> float:
    """GFLOP/s."""
    best = _torch_product(device, dtype, threads)
    return max(best, _onnxruntime_product(threads)) if (device, dtype) == ("cpu", "fp32") else best


def _onnxruntime_product(threads: int) -> float:
    import numpy as np
    import onnxruntime as ort
    from onnx import TensorProto, helper

    size = 1536
    a, b, c = (helper.make_tensor_value_info(name, TensorProto.FLOAT, (size, size)) for name in "abc")
    graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "product", [a, b], [c])
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 18)])
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    inputs = dict.fromkeys("ab", np.ones((size, size), np.float32))

    def seconds() -> float:
        start = perf_counter()
        session.run(None, inputs)
        return perf_counter() - start

    return _rate(size, _best_of(seconds))


def _torch_product(device: str, dtype: str, threads: int) -> float:
    import torch

    torch.set_num_threads(threads)
    kind = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[dtype]

    def seconds(a: torch.Tensor, b: torch.Tensor) -> float:
        start = perf_counter()
        torch.mm(a, b)
        if device != "cpu":
            getattr(torch, device).synchronize()
        return perf_counter() - start

    size, best, a, b = 0, 0.0, torch.empty(0), torch.empty(0)
    for rows in _SIZES:
        if best > _ENOUGH_S:
            break
        size = rows
        a, b = (torch.ones(size, size, device=device, dtype=kind) for _ in range(2))
        seconds(a, b)  # the first one finds memory and kernels
        best = seconds(a, b)
    return _rate(size, _best_of(lambda: seconds(a, b)))


def _best_of(seconds: Callable[[], float]) -> float:
    """The shortest of the products of about a second."""
    end, best = perf_counter() + _PRODUCTS_S, seconds()
    while perf_counter() < end:
        best = min(best, seconds())
    return best


def _rate(size: int, seconds: float) -> float:
    return 2 * size**3 / seconds / 1e9


if __name__ == "__main__":
    pin(int(sys.argv[3]))
    sys.stdout.write(str(_multiply(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
