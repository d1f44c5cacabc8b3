"""Packages that Core ML would refuse or misuse: the declared half of a file, one damage at a time."""

import json
import os
import shutil

import coremltools as ct
import pytest
from coremltools.proto import FeatureTypes_pb2, MIL_pb2, Model_pb2
from judged import judge

from mobileswap.contracts.declaration import Declaration
from mobileswap.contracts.errors import BadInput, Misdeclared
from mobileswap.formats.interface import require_declared
from mobileswap.formats.mil.interface import declared

ARRAY, IMAGE = FeatureTypes_pb2.ArrayFeatureType, FeatureTypes_pb2.ImageFeatureType
INSIDE = "Data/com.apple.CoreML"
PRECISIONS = ("fp32", "fp16")


def rename(features, at):
    features[at].name += "_"


def leave_out(features, at):
    del features[at]


def repeat(features, at):
    features.add().CopyFrom(features[at])


def add(features, at):
    features.add().CopyFrom(features[at])
    features[-1].name = "another"


def swap(features, at):
    features[at].name = {"target": "embedding", "embedding": "target"}.get(features[at].name, "target")


def shape(*sizes):
    def change(features, at):
        features[at].type.multiArrayType.shape[:] = sizes

    return change


def data_type(number):
    def change(features, at):
        features[at].type.multiArrayType.dataType = number

    return change


def as_image(space, width=8, height=8):
    def change(features, at):
        features[at].type.imageType.width, features[at].type.imageType.height = width, height
        features[at].type.imageType.colorSpace = space

    return change


def of_kind(name):
    def change(features, at):
        getattr(features[at].type, name).SetInParent()

    return change


def optional(features, at):
    features[at].type.isOptional = True


def by_default(features, at):
    features[at].type.multiArrayType.floatDefaultValue = 0.5


def enumerated(features, at):
    features[at].type.multiArrayType.enumeratedShapes.shapes.add().shape.extend([1, 3, 8, 8])


def ranged(features, at):
    features[at].type.multiArrayType.shapeRange.sizeRanges.add().lowerBound = 1


def no_type(features, at):
    features[at].ClearField("type")


FEATURES = {
    "renamed": rename,
    "left out": leave_out,
    "twice": repeat,
    "one more": add,
    "under another's name": swap,
    "taller": shape(1, 3, 16, 8),
    "without a batch": shape(3, 8, 8),
    "of no shape": shape(),
    "of size 0": shape(0, 3, 8, 8),
    "negative": shape(1, 3, -8, -8),
    "int32": data_type(ARRAY.INT32),
    "double": data_type(ARRAY.DOUBLE),
    "float16": data_type(ARRAY.FLOAT16),
    "int8": data_type(ARRAY.INT8),
    "no data type": data_type(ARRAY.INVALID_ARRAY_DATA_TYPE),
    "unknown data type": data_type(12345),
    "an RGB image": as_image(IMAGE.RGB),
    "a BGR image": as_image(IMAGE.BGR),
    "a grey image": as_image(IMAGE.GRAYSCALE),
    "an image of another size": as_image(IMAGE.RGB, 16, 16),
    "a number": of_kind("doubleType"),
    "an integer": of_kind("int64Type"),
    "a text": of_kind("stringType"),
    "a dictionary": of_kind("dictionaryType"),
    "a sequence": of_kind("sequenceType"),
    "optional": optional,
    "with a default": by_default,
    "enumerated shapes": enumerated,
    "a range of shapes": ranged,
    "no type": no_type,
}
WHERE = {"first input": ("input", 0), "second input": ("input", 1), "output": ("output", 0)}


def program(spec):
    return spec.mlProgram


def function(spec):
    return spec.mlProgram.functions["main"]


def block(spec):
    return function(spec).block_specializations[function(spec).opset]


def set_version(number):
    return lambda spec: setattr(spec, "specificationVersion", number)


def set_opset(name, version=None):
    def change(spec):
        inside = MIL_pb2.Block()
        inside.CopyFrom(block(spec))
        del function(spec).block_specializations[function(spec).opset]
        function(spec).opset = name
        function(spec).block_specializations[name].CopyFrom(inside)
        spec.specificationVersion = version or spec.specificationVersion

    return change


def later_operation(kind, opset, version):
    def change(spec):
        set_opset(opset, version)(spec)
        block(spec).operations[-1].type = kind

    return change


def later_parameter(spec):
    operation = next(one for one in block(spec).operations if one.type in ("mul", "add"))
    operation.type = "upsample_bilinear"
    value = operation.attributes["half_pixel_centers"]
    value.type.tensorType.dataType = MIL_pb2.BOOL
    value.immediateValue.tensor.bools.values[:] = [True]
    set_opset("CoreML5", 6)(spec)


def two_functions(spec):
    spec.mlProgram.functions["other"].CopyFrom(function(spec))


def two_opsets(spec):
    function(spec).block_specializations["CoreML7"].CopyFrom(block(spec))


def classifier(spec):
    spec.description.predictedFeatureName = "swapped"


def probabilities(spec):
    spec.description.predictedProbabilitiesName = "swapped"


def state(spec):
    spec.description.state.add().name = "memory"


def trained(spec):
    spec.description.trainingInput.add().CopyFrom(spec.description.input[0])


def updatable(spec):
    spec.isUpdatable = True


def default_function(spec):
    spec.description.defaultFunctionName = "other"


def listed_functions(spec):
    spec.description.functions.add().name = "main"


def swapped_fully(spec):
    for feature in (*spec.description.input, *function(spec).inputs):
        feature.name = {"target": "face", "embedding": "embedding"}[feature.name]
    for operation in block(spec).operations:
        for argument in operation.inputs.values():
            for one in argument.arguments:
                if one.name == "target":
                    one.name = "face"


def neural_network(spec):
    spec.neuralNetwork.SetInParent()


def pipeline(spec):
    inner = Model_pb2.Model()
    inner.CopyFrom(spec)
    spec.pipeline.models.add().CopyFrom(inner)


def deep(spec):
    type_ = MIL_pb2.ValueType()
    held = type_
    for _ in range(120):
        held = held.listType.type
    held.tensorType.dataType = MIL_pb2.FLOAT32
    block(spec).operations[0].outputs[0].type.CopyFrom(type_)


SPECIFICATION = {
    **{f"version {number}": set_version(number) for number in (0, 1, 4, 5, 6, 8, 9, 10, 99, -7)},
    "opset CoreML3": set_opset("CoreML3"),
    "opset CoreML99": set_opset("CoreML99"),
    "no opset": set_opset(""),
    "opset of iOS 17": set_opset("CoreML7"),
    "opset of iOS 15 under version 7": set_opset("CoreML5"),
    "an operation of iOS 16 in iOS 15": later_operation("pixel_unshuffle", "CoreML5", 6),
    "an operation of iOS 17 in iOS 16": later_operation("resize", "CoreML6", 7),
    "an operation of iOS 18 in iOS 16": later_operation("slice_update", "CoreML6", 7),
    "a parameter of iOS 16 in iOS 15": later_parameter,
    "two functions": two_functions,
    "two opsets": two_opsets,
    "a classifier": classifier,
    "a classifier's probabilities": probabilities,
    "a state": state,
    "an input for training": trained,
    "updatable": updatable,
    "a default function": default_function,
    "listed functions": listed_functions,
    "an input renamed in both halves": swapped_fully,
    "a neural network": neural_network,
    "a pipeline": pipeline,
    "nested deep": deep,
}


def manifest(change):
    def apply(package):
        path = package / "Manifest.json"
        content = json.loads(path.read_text())
        content = change(content) or content
        path.write_text(content if isinstance(content, str) else json.dumps(content))

    return apply


def item(content, name):
    return next(one for one in content["itemInfoEntries"].values() if one["name"] == name)


def edit(name, key, value):
    return manifest(lambda content: item(content, name).__setitem__(key, value))


def without(name):
    def change(content):
        entries = content["itemInfoEntries"]
        content["itemInfoEntries"] = {key: one for key, one in entries.items() if one["name"] != name}

    return manifest(change)


def link(inside):
    def apply(package):
        path = package / inside
        kept = package.parent / "kept"
        shutil.move(path, kept)
        path.symlink_to(kept)

    return apply


def sparse(package):
    os.truncate(package / INSIDE / "weights" / "weight.bin", 8 << 30)


def longer(package):
    with (package / INSIDE / "weights" / "weight.bin").open("ab") as stream:
        stream.write(b"\0" * 4096)


def entries(number):
    def apply(package):
        path = package / INSIDE / "weights" / "weight.bin"
        content = bytearray(path.read_bytes())
        content[:4] = number.to_bytes(4, "little")
        path.write_bytes(content)

    return apply


def beside(name):
    return lambda package: (package / name).write_bytes(b"more")


def fifo(package):
    os.mkfifo(package / INSIDE / "pipe")


FOLDER = {
    "no weights item": without("weights"),
    "no model item": without("model.mlmodel"),
    "no items": manifest(lambda content: {**content, "itemInfoEntries": {}}),
    "weights elsewhere": edit("weights", "path", "com.apple.CoreML/elsewhere"),
    "weights above": edit("weights", "path", "com.apple.CoreML/../com.apple.CoreML/weights"),
    "model above": edit("model.mlmodel", "path", "../Data/com.apple.CoreML/model.mlmodel"),
    "an absolute path": edit("weights", "path", "/com.apple.CoreML/weights"),
    "a path with a dot": edit("weights", "path", "./com.apple.CoreML/weights"),
    "a path with two slashes": edit("weights", "path", "com.apple.CoreML//weights"),
    "an empty path": edit("weights", "path", ""),
    "the weights are the model": edit("weights", "path", "com.apple.CoreML/model.mlmodel"),
    "another author of the weights": edit("weights", "author", "com.example"),
    "another author of the model": edit("model.mlmodel", "author", "com.example"),
    "another name of the weights": edit("weights", "name", "numbers"),
    "a path that is a number": edit("weights", "path", 7),
    "format version 2": manifest(lambda content: {**content, "fileFormatVersion": "2.0.0"}),
    "no format version": manifest(lambda content: {**content, "fileFormatVersion": ""}),
    "another root": manifest(lambda content: {**content, "rootModelIdentifier": "7"}),
    "the weights as root": manifest(
        lambda content: {
            **content,
            "rootModelIdentifier": next(k for k, v in content["itemInfoEntries"].items() if v["name"] == "weights"),
        }
    ),
    "an unknown field": manifest(lambda content: {**content, "more": 1}),
    "a nested field": manifest(lambda content: json.dumps(content)[:-1] + ', "more": ' + "[" * 900 + "]" * 900 + "}"),
    "a deeply nested field": manifest(lambda content: json.dumps(content)[:-1] + ',"m":' + "[" * 99999 + "}"),
    "a key twice": manifest(lambda content: json.dumps(content)[:-1] + ', "fileFormatVersion": "1.0.0"}'),
    "no manifest": lambda package: (package / "Manifest.json").unlink(),
    "half a manifest": manifest(lambda content: json.dumps(content)[:100]),
    "a link for the weights file": link(f"{INSIDE}/weights/weight.bin"),
    "a link for the weights": link(f"{INSIDE}/weights"),
    "a link for the model": link(f"{INSIDE}/model.mlmodel"),
    "a link for the data": link("Data"),
    "a link for the manifest": link("Manifest.json"),
    "a pipe": fifo,
    "8 GB of nothing": sparse,
    "weights that go on": longer,
    "no entries": entries(0),
    "an entry more": entries(99),
    "a file beside the manifest": beside("more"),
    "a file beside the model": beside(f"{INSIDE}/more"),
    "no weights folder": lambda package: shutil.rmtree(package / INSIDE / "weights"),
}


def refused(package, precision):
    found = judge(package, "coreml", precision)
    assert not found.passed, found.words
    assert not found.words.startswith("CRASH"), found.words
    return found.words


def change_spec(package, change):
    path = package / INSIDE / "model.mlmodel"
    spec = Model_pb2.Model()
    spec.ParseFromString(path.read_bytes())
    change(spec)
    path.write_bytes(spec.SerializeToString())


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_sound_package_passes(copy, precision):
    assert judge(copy("coreml", precision), "coreml", precision).passed


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("name", FEATURES)
def test_a_description_that_lies(copy, name, where, precision):
    package = copy("coreml", precision)
    kind, at = WHERE[where]
    change_spec(package, lambda spec: FEATURES[name](getattr(spec.description, kind), at))
    assert "expected" in refused(package, precision)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", SPECIFICATION)
def test_a_specification_that_lies(copy, name, precision):
    package = copy("coreml", precision)
    change_spec(package, SPECIFICATION[name])
    refused(package, precision)


@pytest.fixture(scope="module")
def weighty(tmp_path_factory):
    """A package with a weights file: the constant is too large to stand in the specification."""
    import numpy as np
    from coremltools.converters.mil import Builder as mb  # noqa: N813
    from tiny_mil import F32, save

    def build(target, embedding):
        mean = mb.reduce_mean(x=embedding, axes=[0, 1], keep_dims=False)
        half = mb.mul(x=target, y=np.full((1, 3, 8, 8), 0.5, np.float32))
        return mb.tanh(x=mb.add(x=half, y=mean), name="swapped")

    folder = tmp_path_factory.mktemp("weighty")
    return save(folder / "it.mlpackage", build, ((1, 3, 8, 8), F32), ((1, 4), F32))


@pytest.mark.parametrize("name", FOLDER)
def test_a_folder_that_lies(weighty, tmp_path, name):
    package = shutil.copytree(weighty, tmp_path / "it.mlpackage")
    assert judge(package, "coreml").passed
    FOLDER[name](package)
    refused(package, "fp32")


@pytest.mark.parametrize(("written", "said"), [("fp32", "fp16"), ("fp32", "mixed"), ("fp16", "fp32")])
def test_a_precision_that_only_the_json_has(copy, written, said):
    found = judge(copy("coreml", written), "coreml", said)
    assert not found.passed
    assert found.words == f"the file computes in {written}, expected {said} as artifact.json says"


def test_operations_that_no_json_names_as_kept_in_float32(tmp_path):
    """A file of two precisions is what artifact.json's list says, and limits of half precision are not for the rest."""
    import numpy as np
    from coremltools.converters.mil import Builder as mb  # noqa: N813
    from tiny_mil import F32, save

    def build(x):
        kernel = np.ones((3, 3, 1, 1), np.float32)
        first = mb.conv(x=x, weight=kernel, name="wide")
        second = mb.conv(x=mb.cast(x=first, dtype="fp16"), weight=kernel.astype(np.float16))
        return mb.cast(x=second, dtype="fp32", name="y")

    package = save(tmp_path / "it.mlpackage", build, ((1, 3, 8, 8), F32), opset=ct.target.iOS16)
    found = declared(package)
    assert (found.precision, found.wide) == ("mixed", ("wide",))
    inputs = (spec(found.inputs[0]),)
    require_declared(found, Declaration(inputs, (spec(found.outputs[0]),), precision="mixed", kept=("wide",)))
    with pytest.raises(Misdeclared, match="wide computes in fp32"):
        require_declared(found, Declaration(inputs, (spec(found.outputs[0]),), precision="fp16"))


def spec(feature):
    from mobileswap.contracts.spec import TensorSpec

    return TensorSpec(feature.name, feature.shape, "float32", "NCHW", (-1.0, 1.0), 2.0, "")


@pytest.mark.parametrize("facts", [{"weights_sha256": "0" * 64}, {"family": "tiny"}])
def test_metadata_that_is_not_artifact_jsons(copy, facts):
    (name,) = facts
    found = judge(copy("coreml"), "coreml", facts=facts)
    assert found.words == f"metadata {name}: declared 'nothing', expected {facts[name]!r}"


def test_another_system_than_artifact_json_says(copy):
    found = judge(copy("coreml"), "coreml", options={"minimum_deployment_target": "iOS17"})
    assert found.words == "option minimum_deployment_target: declared 'iOS16', expected 'iOS17'"


def test_the_lint_is_told_of_a_manifest_that_is_nested_too_deep(copy):
    from mobileswap.lint.ane import lint

    package = copy("coreml")
    FOLDER["a deeply nested field"](package)
    with pytest.raises(BadInput, match=r"Manifest\.json: expected a JSON file"):
        lint(package)
