"""Executes an .mlpackage from disk on the CPU, operation by operation, where Core ML does not exist.

package.py     folder on disk to its two parts, specification and weights
load.py        both to a Program, or a refusal
messages.py    the protobuf classes of a specification, all that is taken from coremltools
reading.py     operations, values by their names
values.py      types and values
blob.py        the weight files
defaults.py    parameters that a file may leave out
program.py     Program, Operation, Variable
table.py       the one list of operations that are known; each is written in the file of its kind
execute.py     a program bound to PyTorch's kernels, in fp32 or with fp16 rounding
runner.py      MilRunner, the Runner around it

What an operation means is taken from coremltools' documentation of MIL (docstrings, shape and value inference below
``coremltools/converters/mil/mil/ops/defs``); where that is silent or contradicts itself, the file says what was chosen.
"""

from mobileswap.runtimes.reference.mil.mil_runner import Arithmetic, MilRunner

__all__ = ["Arithmetic", "MilRunner"]
