"""Who says whether a swap looks like its source: our embedder, and a program whose network was not trained here.

Such a program is called as ``PROGRAM PICTURES.npy VECTORS.npy``: it reads (N, S, S, 3) uint8 and writes (N, K) floats,
a row of zeros where it finds no face. It runs in an environment of its own, because recognisers bring their own pins.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mobileswap.contracts.errors import Unavailable
from mobileswap.training.embedder_task import embed
from mobileswap.training.evaluate import Pictures, Recognise


def recognisers_of(embedder: nn.Module, program: Path | None) -> dict[str, Recognise]:
    """By the name that tables print."""
    found: dict[str, Recognise] = {"our embedder": lambda pictures: embed(embedder, np.asarray(pictures))}
    if program:
        found[program.stem] = lambda pictures: by_program(program, pictures)
    return found


def by_program(program: Path, pictures: Pictures) -> Tensor:
    """Vectors of length 1.

    Raises:
        Unavailable: the program is not there or failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "pictures.npy", Path(folder) / "vectors.npy"
        np.save(asked, pictures)
        try:
            subprocess.run([program.absolute(), asked, answered], check=True, capture_output=True, text=True)
            vectors = np.load(answered)
        except (OSError, subprocess.CalledProcessError, ValueError) as error:
            raise Unavailable(f"--recogniser {program}: it gave no vectors, {error}; run it by hand") from error
    return F.normalize(torch.from_numpy(vectors).float(), dim=1)
