"""MilRunner: an .mlpackage as a Runner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from mobileswap.contracts.arrays import Array
from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.formats.mil.package import read_package
from mobileswap.formats.mil.program import Variable
from mobileswap.runtimes.runner import RunnerOptions

if TYPE_CHECKING:
    from torch import Tensor

Arithmetic = Literal["fp32", "fp16"]


class MilRunner:
    """The reference executor for Core ML: runs the file's operations on the CPU with PyTorch's kernels.

    Inputs and outputs are named as in the model description. A picture goes in as RGB 0…255, uint8 or float, as
    NCHW (what the program computes on) or as NHWC (what a caller of Core ML holds). Outputs are float32 and NCHW, a
    picture's too: as the program computes it, neither rounded to 8 bits nor clipped.

    The thread count is PyTorch's process-wide one and is put back by ``close``.
    """

    def __init__(
        self,
        package: Path,
        options: RunnerOptions,
        arithmetic: Arithmetic,
        observe: Callable[[str, str, str, Tensor], None] | None = None,
    ) -> None:
        """Read the package, bind its operations and convert its weights.

        Args:
            package: an .mlpackage folder.
            options: threads; the device is the CPU.
            arithmetic: ``fp32``, or ``fp16`` to round every value that the file declares so.
            observe: called with each operation's name and type and each of its outputs' name and value.

        Raises:
            BadInput: it is no .mlpackage, or a damaged one.
            UnknownOperation: it holds an operation, or an attribute of one, that is not known.
            Unavailable: another device was asked for.
        """
        if options.device not in ("", "cpu"):
            raise Unavailable(f"the reference executor has no device {options.device!r}; expected cpu")
        content = read_package(package)  # before the toolchains, so that a wrong path is told at once

        import torch

        from mobileswap.formats.mil import load
        from mobileswap.runtimes.reference.mil import execute, operation_table

        self._program = load.load_program(content, operation_table.TABLE.keys())
        self._execution = execute.Execution(self._program, rounds=arithmetic == "fp16", observe=observe)
        self._threads_before = torch.get_num_threads()
        torch.set_num_threads(options.threads)
        self.version = f"mil-{arithmetic} (torch {torch.__version__})"
        self.ran_on = "cpu"

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """One pass.

        Raises:
            BadInput: an input is missing, unknown or of another shape.
        """
        expected = [variable.name for variable in self._program.inputs]
        if set(expected) != inputs.keys():
            raise BadInput(f"the program takes {', '.join(expected)}, not {', '.join(inputs) or 'nothing'}")
        values = {variable: self._tensor(variable, inputs[variable.name]) for variable in self._program.inputs}
        outputs = self._execution.run(values)
        names = [variable.name for variable in self._program.outputs]
        # A copy: an output may be a constant of the program or share memory with another one
        return {name: tensor.float().numpy().copy() for name, tensor in zip(names, outputs, strict=True)}

    def _tensor(self, variable: Variable, array: Array) -> Tensor:
        import torch

        if array.shape != variable.shape and variable.name in self._program.image_inputs and array.ndim == 4:
            array = array.transpose(0, 3, 1, 2)
        if array.shape != variable.shape:
            raise BadInput(f"input {variable.name!r} has shape {variable.shape}, not {array.shape}")
        # Always a copy: the caller's array stays as it was, even if it is an output or read-only
        kind = np.int32 if variable.dtype == "int32" else np.float32
        return torch.from_numpy(np.array(array, dtype=kind, order="C"))

    def close(self) -> None:
        """Put the thread count back and let the weights go."""
        import torch

        torch.set_num_threads(self._threads_before)
        del self._program, self._execution
