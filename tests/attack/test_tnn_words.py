"""Every word of every layer line that the converter writes, changed: our executor never overlooks what TNN obeys.

What TNN's own runtime makes of each change was recorded once, see tnn_words_without_effect.txt. Where it computes
something else or refuses, our executor must too: a file whose words it ignored would pass here and fail on a phone.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from tnn_models import execute, rand, save

from mobileswap.contracts.errors import MobileswapError

RECORD = Path(__file__).with_name("tnn_words_without_effect.txt")
STEPS = (1, -1, -2, -3, -4)


def cases():
    """The single layers that the tests of the converter hold against ONNX Runtime."""
    path = Path(__file__).parents[1] / "export" / "tnn" / "test_operators.py"
    spec = importlib.util.spec_from_file_location("operators_of_the_converter", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: model for name, model in module.CASES.items() if len(model.graph.input) == 1}


CASES = cases()


@pytest.fixture(scope="module")
def without_effect():
    lines = [line for line in RECORD.read_text().splitlines() if not line.startswith("#")]
    return {tuple(part.strip() for part in line.split("|")) for line in lines}


def others(word):
    try:
        return [str(int(word) + step) for step in STEPS]
    except ValueError:
        return [repr(float(word) + 1), repr(float(word) * 1.5 + 0.1)]


def answer(proto, x):
    """What comes out, or None where it is refused or no number."""
    try:
        with np.errstate(all="ignore"):
            found = execute(proto, x)
    except (MobileswapError, ValueError):
        return None
    return found if all(np.isfinite(array).all() for array in found.values()) else None


def alike(found, before):
    return found is not None and all(
        array.shape == before[name].shape
        and np.abs(array - before[name]).max() <= 1e-4 * max(1, np.abs(before[name]).max())
        for name, array in found.items()
    )


@pytest.mark.parametrize("case", CASES)
def test_no_word_is_overlooked(case, without_effect, tmp_path, record_property):
    model = CASES[case]
    x = {"x": rand(*(dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim))}
    proto, _ = save(model, tmp_path)
    lines = proto.read_text().split("\n")
    before = answer(proto, x)
    overlooked, tried = [], 0
    for number in range(5, len(lines) - 1):
        words = lines[number].strip('",').split()
        first = 4 + int(words[2]) + int(words[3])
        for at in range(first, len(words)):
            for other in others(words[at]):
                changed = " ".join([*words[:at], other, *words[at + 1 :]])
                proto.write_text("\n".join([*lines[:number], f'"{changed} ,"', *lines[number + 1 :]]))
                tried += 1
                key = f"{words[0]} {' '.join(words[first:])}", f"{at - first} {other}"
                if alike(answer(proto, x), before) and not any((*key, name) in without_effect for name in CASES):
                    overlooked.append(key)
    record_property("tried", tried)
    assert not overlooked
