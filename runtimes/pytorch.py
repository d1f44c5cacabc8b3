"""PyTorch, from a .pt2 file of torch.export; needs no class of the network."""

import io
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import Unavailable
from mobileswap.contracts.pt2_entries import OUTPUT_NAMES
from mobileswap.formats.pt2 import harmless
from mobileswap.runtimes.runner import RunnerOptions

if TYPE_CHECKING:
    import torch

_COMPILERS = ("g++", "clang++", "c++")


class PyTorchRunner:
    """Runs an exported program, eagerly unless it is to be compiled, which then happens in the first pass.

    A pass is what a caller meets: arrays go to the device, and ``run`` ends when the outputs are on the host, as floats
    whatever was computed in. fp32 is fp32: TF32, PyTorch's default for convolutions on CUDA, is switched off.

    The thread count is PyTorch's process-wide one and is put back by ``close``.

    Attributes:
        device_ms: of every pass, by CUDA's own events; empty elsewhere.
    """

    def __init__(self, path: Path, options: RunnerOptions) -> None:
        """Load the program.

        Raises:
            BadInput: it is no .pt2 file, or holds what could run code.
            ValueError: the file does not say how its outputs are called.
            Unavailable: no such device, or no compiler for what is to be compiled.
        """
        import torch

        device, settings = options.device or "cpu", options.settings
        if reason := missing_device(device) or (_missing_compiler() if settings.compiled else None):
            raise Unavailable(reason)
        self._torch = torch
        self._threads_before = torch.get_num_threads()
        torch.set_num_threads(options.threads)
        torch.backends.cudnn.allow_tf32 = False
        extra = {OUTPUT_NAMES: ""}
        program = torch.export.load(io.BytesIO(harmless(path)), extra_files=extra)
        if not extra[OUTPUT_NAMES]:
            raise ValueError(f"{path}: expected {OUTPUT_NAMES} inside, with the names of the outputs; export it again")
        self._outputs: list[str] = json.loads(extra[OUTPUT_NAMES])
        self._inputs = [str(name) for name in program.graph_signature.user_inputs]
        if device != "cpu":
            from torch.export.passes import move_to_device_pass  # also moves what the graph makes by itself

            program = move_to_device_pass(program, device)
        self._device = torch.device(device)
        self._dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[settings.dtype]
        self._format = torch.channels_last if settings.channels_last else torch.contiguous_format
        module: Any = program.module()
        if settings.dtype != "fp32":
            module = module.to(self._dtype)
        if settings.channels_last:
            module = module.to(memory_format=self._format)
        self._module = torch.compile(module) if settings.compiled else module
        self.version = f"pytorch {torch.__version__}"
        self.ran_on = torch.cuda.get_device_name() if device == "cuda" else device
        self.device_ms: list[float] = []

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        torch = self._torch
        missing, extra = set(self._inputs) - inputs.keys(), inputs.keys() - set(self._inputs)
        if missing or extra:
            raise ValueError(f"the program takes {self._inputs}, not given {sorted(missing)}, unknown {sorted(extra)}")
        with torch.inference_mode():
            arguments = [self._to_device(inputs[name]) for name in self._inputs]
            result = self._timed_on_device(arguments) if self._device.type == "cuda" else self._module(*arguments)
            tensors = (result,) if isinstance(result, torch.Tensor) else tuple(result)
            # A surplus output keeps a name of its own, for the parity check to reject
            names = self._outputs + [f"output {i}" for i in range(len(self._outputs), len(tensors))]
            return {name: self._to_host(tensor) for name, tensor in zip(names, tensors, strict=False)}

    def close(self) -> None:
        self._torch.set_num_threads(self._threads_before)

    def _to_device(self, array: Array) -> "torch.Tensor":
        # from_numpy shares memory; it only copies what PyTorch could not wrap (read-only or strided arrays)
        tensor = self._torch.from_numpy(np.require(array, requirements=["C", "W"]))
        is_picture = tensor.ndim == 4
        layout = self._format if is_picture else self._torch.preserve_format
        return tensor.to(self._device, self._dtype, memory_format=layout)

    def _to_host(self, tensor: "torch.Tensor") -> Array:
        array: Array = tensor.to("cpu", self._torch.float32).contiguous().numpy()  # waits for the device
        return array

    def _timed_on_device(self, arguments: list["torch.Tensor"]) -> Any:  # noqa: ANN401  a tensor or several
        event: Any = self._torch.cuda.Event
        start, end = (event(enable_timing=True) for _ in range(2))
        start.record()
        result = self._module(*arguments)
        end.record()
        end.synchronize()
        self.device_ms.append(start.elapsed_time(end))
        return result


def missing_device(device: str) -> str | None:
    """Why PyTorch cannot run on a device here, or None where it can."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        return f"pytorch {torch.__version__} finds no CUDA device here; take --device cpu, or a machine that has one"
    if device == "mps" and not torch.backends.mps.is_available():
        return f"pytorch {torch.__version__} finds no Metal device here; mps is there on Macs only"
    return None


def _missing_compiler() -> str | None:
    named = os.environ.get("CXX")
    if any(shutil.which(name) for name in ([named] if named else _COMPILERS)):
        return None
    return f"pytorch cannot compile: there is no {named or 'C++ compiler'}; install g++, or leave out --compile"
