"""A process that judges damaged files, one a line: it may die or hang, and whoever asked starts another.

Use: ``python judging.py``; a line of JSON (path, format) comes in, one goes out.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import tiny
from judged import judge

from mobileswap.contracts.errors import MobileswapError
from mobileswap.runtimes.process.memory import limit_memory

FURTHER = tuple(tiny.sample(seed) for seed in range(1000, 1003))
MOST_BYTES = 3 << 30
FAR = 0.01  # of a data range of 2: a tenth of a level of an 8-bit picture is 0.0008


def answer(path, format_):
    found = judge(path, format_)
    visible = ""
    if found.passed:
        again = judge(path, format_, samples=FURTHER)
        far = [
            float(np.abs(got["swapped"] - sample.outputs["swapped"]).max())
            for sample, got in zip(FURTHER, again.outputs, strict=False)
        ]
        visible = "" if far and max(far) <= FAR else f"{again.words}, off by {far}"
        visible = visible or other_interface(path, format_)
    return {"passed": found.passed, "words": found.words[:300], "visible": visible, "traceback": linted(path, format_)}


def linted(path, format_):
    """What the lint, which reads a package in the command's own process, raises beside the errors that are told."""
    if format_ != "coreml":
        return ""
    from mobileswap.lint.ane import lint

    try:
        lint(path)
    except MobileswapError:
        return ""
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def other_interface(path, format_):
    """How a passed file differs in its declared half from a sound one, by the vendors' own readers."""
    if format_ == "onnx":
        import onnx

        graph = onnx.load(path).graph
        found = [
            (value.name, [dim.dim_value for dim in value.type.tensor_type.shape.dim])
            for value in (*graph.input, *graph.output)
        ]
    elif format_ == "coreml":
        import coremltools as ct

        spec = ct.utils.load_spec(str(path))
        if spec.specificationVersion != 7 or spec.mlProgram.functions["main"].opset != "CoreML6":
            return "another version"
        features = (*spec.description.input, *spec.description.output)
        found = [(one.name, list(one.type.multiArrayType.shape)) for one in features]
    else:
        return ""
    wanted = [(spec.name, list(spec.shape)) for spec in (*tiny.INPUTS, *tiny.OUTPUTS)]
    return "" if found == wanted else f"declares {found}"


def main():
    warnings.simplefilter("ignore")
    limit_memory(MOST_BYTES)
    replies = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        path, format_ = json.loads(line)
        print(json.dumps(answer(Path(path), format_)), file=replies, flush=True)


if __name__ == "__main__":
    main()
