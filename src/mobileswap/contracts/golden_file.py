"""The golden file: inputs with the outputs of the untouched model, in one safetensors file.

Tensors are named ``<sample>/<tensor>``; the metadata entry ``mobileswap`` holds the header below as JSON. Safetensors
has no code in it, is read by offset, and has readers for C++, Swift and Kotlin, so that a phone can be fed with it. All
an app needs is in the file: what the axes and the values of every tensor mean, and which samples there are. Tensors lie
in the component's own layout and range. Pictures that go in lie on the 8-bit grid, so that an interface of pixels can
be fed with the very same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.spec import TensorSpec

Array = npt.NDArray[np.float32]
_HEADER = "mobileswap"


@dataclass(frozen=True)
class SampleNote:
    """A sample's name and where it comes from, for the reader of a report."""

    name: str
    description: str


@dataclass(frozen=True)
class GoldenHeader:
    """What the golden file was made from.

    Attributes:
        samples: in the order in which they are to be run.
        inputs: names of the tensors that are passed in, in order.
        outputs: names of the tensors that come out, in order.
        tensors: shape, layout and range of both, as they lie in this file; an artifact may take or give them otherwise.
            A file of timing inputs alone has no outputs.
        sha256: over the tensors, see ``content_hash``; "" where nobody asked.
    """

    family: str
    component: str
    weights_sha256: str
    torch_version: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    samples: tuple[SampleNote, ...]
    tensors: tuple[TensorSpec, ...] = ()
    sha256: str = ""


@dataclass(frozen=True)
class Sample:
    """One sample: float32 arrays in the component's own layout and range.

    Attributes:
        specs: how each array lies, by its name; see ``GoldenHeader.tensors``.
    """

    name: str
    inputs: dict[str, Array]
    outputs: dict[str, Array]
    specs: Mapping[str, TensorSpec] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Golden:
    header: GoldenHeader
    samples: tuple[Sample, ...]


def content_hash(tensors: Mapping[str, Array]) -> str:
    """SHA-256 over lines of ``<name> <SHA-256 of the tensor's bytes>``, sorted: a phone can check what it was given."""
    lines = (f"{name} {sha256_of(np.ascontiguousarray(array).tobytes())}\n" for name, array in sorted(tensors.items()))
    return sha256_of("".join(lines).encode())


def write_golden(golden: Golden, path: Path) -> None:
    """Write a golden file with the hash of its tensors."""
    tensors = {
        f"{sample.name}/{name}": np.ascontiguousarray(array)
        for sample in golden.samples
        for name, array in {**sample.inputs, **sample.outputs}.items()
    }
    header = replace(golden.header, sha256=content_hash(tensors))
    save_file(tensors, path, metadata={_HEADER: msgspec.json.encode(header).decode()})
    path.chmod(0o644)  # safetensors makes it private to the user


def read_golden(path: Path) -> Golden:
    """Read a golden file.

    Raises:
        BadInput: it is not there, damaged, or no golden file.
    """
    try:
        with safe_open(path, framework="np") as file:
            header = msgspec.json.decode((file.metadata() or {})[_HEADER], type=GoldenHeader)
            specs = {spec.name: spec for spec in header.tensors}
            samples = tuple(
                Sample(
                    note.name,
                    {name: file.get_tensor(f"{note.name}/{name}") for name in header.inputs},
                    {name: file.get_tensor(f"{note.name}/{name}") for name in header.outputs},
                    specs,
                )
                for note in header.samples
            )
    except (OSError, KeyError, SafetensorError, msgspec.DecodeError) as error:
        raise BadInput(f"{path}: not a golden file ({error}); delete it, it is made again when needed") from error
    if {*header.inputs, *header.outputs} - specs.keys():
        raise BadInput(f"{path}: it does not say what its tensors are; delete it, it is made again when needed")
    if header.sha256:
        tensors = {
            f"{one.name}/{name}": array for one in samples for name, array in {**one.inputs, **one.outputs}.items()
        }
        if content_hash(tensors) != header.sha256:
            raise BadInput(
                f"{path}: its tensors were changed after it was made; delete it, it is made again when needed"
            )
    return Golden(header, samples)
