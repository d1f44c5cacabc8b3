"""Opening: what is refused, by which name, and that a damaged package is one sentence and no traceback."""

import json
import shutil

import coremltools as ct
import numpy as np
import pytest
import torch
from tiny_mil import F32, IOS16, mb, open_runner, save

from mobileswap.contracts.errors import BadInput, Unavailable, UnknownOperation
from mobileswap.runtimes.reference.mil import MilRunner
from mobileswap.runtimes.runner import RunnerOptions

MODEL = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"


def network(x):
    rng = np.random.default_rng(0)
    first = mb.conv(x=x, weight=rng.normal(size=(16, 3, 3, 3)).astype(np.float32), pad_type="same")
    return mb.conv(x=first, weight=rng.normal(size=(3, 16, 3, 3)).astype(np.float32), pad_type="same", name="y")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return save(tmp_path_factory.mktemp("sound") / "net.mlpackage", network, ((1, 3, 8, 8), F32))


@pytest.fixture
def package(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "net.mlpackage")


def test_unknown_operations_are_named_when_the_file_is_opened(tmp_path):
    def build(x):
        y = mb.erf(x=mb.relu(x=x), name="bell")
        return mb.cumsum(x=mb.erf(x=y), axis=0, name="running")

    path = save(tmp_path / "odd.mlpackage", build, ((2, 2), F32))
    with pytest.raises(UnknownOperation, match=r"erf 'bell', cumsum 'running'; known are abs, add, .*conv"):
        open_runner(path)


def test_compressed_weights_are_named(package, tmp_path):
    config = ct.optimize.coreml.OptimizationConfig(
        ct.optimize.coreml.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=16)
    )
    model = ct.optimize.coreml.linear_quantize_weights(ct.models.MLModel(str(package), skip_model_load=True), config)
    model.save(str(tmp_path / "int8.mlpackage"))
    with pytest.raises(UnknownOperation, match="constexpr_affine_dequantize"):
        open_runner(tmp_path / "int8.mlpackage")


def test_a_parameter_from_run_time_is_named(tmp_path):
    def build(x):
        cells = mb.cast(x=mb.reduce_max(x=x, axes=[0, 1, 2, 3]), dtype="int32")
        return mb.pad(x=x, pad=mb.mul(x=cells, y=np.int32([0, 0, 0, 0, 1, 1, 1, 1])), name="rim")

    with pytest.raises(UnknownOperation, match="flexible"):
        open_runner(save(tmp_path / "late.mlpackage", build, ((1, 1, 2, 2), F32)))


def test_flexible_shapes_are_named(tmp_path):
    program = mb.program(
        input_specs=[mb.TensorSpec(shape=(1, ct.converters.mil.mil.get_new_symbol()))], opset_version=IOS16
    )(lambda x: mb.relu(x=x))
    inputs = [ct.TensorType("x", (1, ct.RangeDim(1, 9)))]
    model = ct.convert(program, inputs=inputs, minimum_deployment_target=IOS16, skip_model_load=True)
    model.save(str(tmp_path / "flexible.mlpackage"))
    with pytest.raises(UnknownOperation, match="'x' has a flexible shape"):
        open_runner(tmp_path / "flexible.mlpackage")


def no_manifest(package):
    (package / "Manifest.json").unlink()


def manifest_that_is_no_json(package):
    (package / "Manifest.json").write_text('{"itemInfoEntries": ')


def manifest_of_something_else(package):
    (package / "Manifest.json").write_text("[1, 2]")


def manifest_that_names_no_model(package):
    manifest = json.loads((package / "Manifest.json").read_text())
    (package / "Manifest.json").write_text(json.dumps({**manifest, "rootModelIdentifier": "gone"}))


def manifest_that_leads_out(package):
    manifest = json.loads((package / "Manifest.json").read_text())
    manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"] = "../../net.mlmodel"
    (package / "Manifest.json").write_text(json.dumps(manifest))


def no_model(package):
    (package / MODEL).unlink()


def truncated_model(package):
    (package / MODEL).write_bytes((package / MODEL).read_bytes()[:-100])


def empty_model(package):
    (package / MODEL).write_bytes(b"")


def model_of_noise(package):
    (package / MODEL).write_bytes(np.random.default_rng(0).bytes(500))


def no_weights(package):
    (package / WEIGHTS).unlink()


def empty_weights(package):
    (package / WEIGHTS).write_bytes(b"")


def weights_without_their_end(package):
    (package / WEIGHTS).write_bytes((package / WEIGHTS).read_bytes()[:-64])


def weights_of_zeros(package):
    (package / WEIGHTS).write_bytes(bytes((package / WEIGHTS).stat().st_size))


def weights_of_another_size(package):
    content = bytearray((package / WEIGHTS).read_bytes())
    content[64 + 8 : 64 + 16] = (4).to_bytes(8, "little")  # size in bytes of the first blob
    (package / WEIGHTS).write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (no_manifest, "expected Manifest.json"),
        (manifest_that_is_no_json, "expected a JSON file"),
        (manifest_of_something_else, "names no model"),
        (manifest_that_names_no_model, "names no model"),
        (manifest_that_leads_out, "leads out of the package"),
        (no_model, "cannot be read"),
        (truncated_model, "damaged"),
        (empty_model, "expected an ML Program"),
        (model_of_noise, "damaged"),
        (no_weights, "weight.bin cannot be read"),
        (empty_weights, "is no weight file"),
        (weights_without_their_end, "and an entry after"),
        (weights_of_zeros, "is no weight file"),
        (weights_of_another_size, "and the program's shape needs"),
    ],
)
def test_a_damaged_package_is_bad_input(package, damage, message):
    open_runner(package).close()
    damage(package)
    with pytest.raises(BadInput, match=message) as caught:
        open_runner(package)
    assert "\n" not in str(caught.value)
    assert str(package) in str(caught.value)


def test_what_is_no_package(tmp_path):
    (tmp_path / "file.mlpackage").write_text("hello")
    for path in (tmp_path / "file.mlpackage", tmp_path / "absent.mlpackage"):
        with pytest.raises(BadInput, match=r"expected an \.mlpackage folder"):
            open_runner(path)


def test_inputs_must_be_the_program_s(sound):
    runner = open_runner(sound)
    x = np.zeros((1, 3, 8, 8), np.float32)
    with pytest.raises(BadInput, match="takes x, not nothing"):
        runner.run({})
    with pytest.raises(BadInput, match="takes x, not x, z"):
        runner.run({"x": x, "z": x})
    with pytest.raises(BadInput, match=r"'x' has shape \(1, 3, 8, 8\), not \(1, 8, 8, 3\)"):
        runner.run({"x": x.transpose(0, 2, 3, 1)})
    runner.close()


def test_a_run_leaves_its_inputs_and_its_earlier_outputs_alone(sound):
    runner = open_runner(sound)
    x = np.random.default_rng(0).normal(size=(1, 3, 8, 8)).astype(np.float32)
    x.flags.writeable = False
    before = x.copy()
    first = runner.run({"x": x})["y"]
    kept = first.copy()
    assert first.tolist() == runner.run({"x": x})["y"].tolist()
    runner.run({"x": 2 * x})
    assert x.tolist() == before.tolist()
    assert first.tolist() == kept.tolist()
    runner.close()


def test_outputs_share_no_memory(tmp_path):
    def build(x):
        return mb.identity(x=x, name="a"), mb.reshape(x=x, shape=[3], name="b")

    runner = open_runner(save(tmp_path / "twice.mlpackage", build, ((1, 3), F32)))
    outputs = runner.run({"x": np.float32([[1, 2, 3]])})
    outputs["a"][:] = 0
    assert outputs["b"].tolist() == [1, 2, 3]
    runner.close()


def test_threads_are_asked_for_and_put_back(sound):
    before = torch.get_num_threads()
    runner = MilRunner(sound, RunnerOptions(threads=before + 1, device="cpu"), "fp16")
    assert torch.get_num_threads() == before + 1
    assert runner.version.startswith("mil-fp16 (torch ")
    runner.close()
    assert torch.get_num_threads() == before


def test_there_is_no_other_device(sound):
    with pytest.raises(Unavailable, match="'gpu'"):
        MilRunner(sound, RunnerOptions(device="gpu"), "fp32")
