"""PyTorch on the CPU, from a .pt2 file of torch.export; needs no class of the network."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bench.runner import Array, RunnerOptions
from contracts.pt2 import OUTPUT_NAMES


class PyTorchRunner:
    """Runs an exported program eagerly.

    The thread count is PyTorch's process-wide one and is put back by ``close``.
    """

    def __init__(self, path: Path, options: RunnerOptions) -> None:
        """Load the program.

        Raises:
            ValueError: the file does not say how its outputs are called.
        """
        import torch

        self._torch = torch
        self._threads_before = torch.get_num_threads()
        torch.set_num_threads(options.threads)
        extra = {OUTPUT_NAMES: ""}
        program = torch.export.load(path, extra_files=extra)
        if not extra[OUTPUT_NAMES]:
            raise ValueError(f"{path}: expected {OUTPUT_NAMES} inside, with the names of the outputs; export it again")
        self._outputs: list[str] = json.loads(extra[OUTPUT_NAMES])
        self._inputs = [str(name) for name in program.graph_signature.user_inputs]
        self._module = program.module()
        self.version = f"pytorch {torch.__version__}"

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        torch = self._torch
        missing, extra = set(self._inputs) - inputs.keys(), inputs.keys() - set(self._inputs)
        if missing or extra:
            raise ValueError(f"the program takes {self._inputs}, not given {sorted(missing)}, unknown {sorted(extra)}")
        # from_numpy shares memory; it only copies what PyTorch could not wrap (read-only or strided arrays)
        arguments = [torch.from_numpy(np.require(inputs[name], requirements=["C", "W"])) for name in self._inputs]
        with torch.inference_mode():
            result = self._module(*arguments)
        tensors = (result,) if isinstance(result, torch.Tensor) else tuple(result)
        # A surplus output keeps a name of its own, for the parity check to reject
        names = self._outputs + [f"output {i}" for i in range(len(self._outputs), len(tensors))]
        return {name: tensor.numpy() for name, tensor in zip(names, tensors, strict=False)}

    def close(self) -> None:
        self._torch.set_num_threads(self._threads_before)
