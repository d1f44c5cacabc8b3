"""What an export of ours costs beside the bare converter calls, in one process and by turns; both figures printed."""

import os
import shutil
import warnings
from statistics import median
from time import perf_counter

import onnx
import onnxsim
import pytest
import torch

from mobileswap.export.quiet import quiet
from mobileswap.pipeline.export import ExportOptions, export_one
from mobileswap.pipeline.networks import load_networks
from mobileswap.pipeline.progress import Silent

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

LIMIT = 1.2
ROUNDS = 3


@pytest.fixture(scope="module")
def source():
    loaded = load_networks("mobilefsgan", ("seeded",))
    loaded.network("generator")
    return loaded


@pytest.fixture(scope="module")
def bare(source):
    """The module that a person would hand to a converter, and its example inputs."""
    component = source.component("generator")
    module = component.wrap(source.network("generator")).eval()
    return module, (torch.zeros(1, 3, 256, 256), torch.zeros(1, 512))


def bare_onnx(module, examples, folder):
    program = torch.onnx.export(
        module, examples, input_names=["target", "embedding"], output_names=["swapped"], opset_version=18, dynamo=True
    )
    model, kept = onnxsim.simplify(program.model_proto)
    assert kept
    onnx.save(model, folder / "bare.onnx")


def bare_coreml(module, examples, folder):
    import coremltools as ct

    model = ct.convert(
        torch.jit.trace(module, examples),
        convert_to="mlprogram",
        inputs=[ct.TensorType(name="target", shape=(1, 3, 256, 256)), ct.TensorType(name="embedding", shape=(1, 512))],
        outputs=[ct.TensorType(name="swapped")],
        minimum_deployment_target=ct.target.iOS16,
        skip_model_load=True,
    )
    model.save(str(folder / "bare.mlpackage"))


def seconds(call):
    start = perf_counter()
    with warnings.catch_warnings(), quiet():
        warnings.simplefilter("ignore")
        call()
    return perf_counter() - start


@pytest.mark.parametrize(("format_name", "converter"), [("onnx", bare_onnx), ("coreml", bare_coreml)])
def test_an_export_costs_little_more_than_its_converter(
    benchmark, source, bare, tmp_path, capsys, format_name, converter
):
    options = ExportOptions(format_name, "generator", verify=False)
    folder = tmp_path / "bare"
    taken = ([], [])

    def our_turn():
        taken[0].append(seconds(lambda: export_one(source, options, tmp_path / "ours", Silent())))

    def their_turn():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        taken[1].append(seconds(lambda: converter(*bare, folder)))

    benchmark.pedantic(our_turn, setup=their_turn, rounds=ROUNDS, warmup_rounds=1)  # the first one imports
    ours, theirs = (median(times[1:]) for times in taken)
    benchmark.extra_info.update(ours_s=ours, bare_s=theirs, ratio=ours / theirs)
    with capsys.disabled():
        print(
            f"\n{format_name}: our export {ours:.2f} s, bare converter {theirs:.2f} s: ratio {ours / theirs:.3f} ",
            end="",
        )
        print(f"(at most {LIMIT}; medians of {ROUNDS} by turns, load {os.getloadavg()[0]:.1f})")
    assert ours / theirs <= LIMIT
