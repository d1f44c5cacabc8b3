"""What is in an .mlpackage of ours (export/coreml.py)."""

from collections import Counter

import coremltools as ct
import numpy as np
import pytest
from coremltools.models.utils import load_spec
from coremltools.proto import FeatureTypes_pb2, MIL_pb2

from mobileswap.contracts.format_facts import CoreMlOptions
from mobileswap.contracts.format_options import own_options_of
from mobileswap.export.coreml import export
from mobileswap.model.graph.deploy import as_image
from mobileswap.model.mobilefsgan.family import FAMILY

FLOAT32 = FeatureTypes_pb2.ArrayFeatureType.FLOAT32
RGB = FeatureTypes_pb2.ImageFeatureType.RGB
OPSETS = {"iOS15": "CoreML5", "iOS16": "CoreML6", "iOS17": "CoreML7", "iOS18": "CoreML8"}

SYSTEMS = own_options_of(CoreMlOptions)["ios"][1].choices


def tensors(features):
    return {
        f.name: (f.type.multiArrayType.dataType, tuple(f.type.multiArrayType.shape))
        for f in features
        if f.type.WhichOneof("Type") == "multiArrayType"
    }


def images(features):
    return {
        f.name: (f.type.imageType.colorSpace, f.type.imageType.height, f.type.imageType.width)
        for f in features
        if f.type.WhichOneof("Type") == "imageType"
    }


def block(spec):
    function = spec.mlProgram.functions["main"]
    return function.opset, function.block_specializations[function.opset]


def test_generator_has_its_names_shapes_and_types(exported):
    spec = load_spec(str(exported("coreml", "generator", "fp16")[0]))
    assert tensors(spec.description.input) == {"target": (FLOAT32, (1, 3, 64, 64)), "embedding": (FLOAT32, (1, 8))}
    assert tensors(spec.description.output) == {"swapped": (FLOAT32, (1, 3, 64, 64))}


@pytest.mark.real
def test_embedder_has_its_names_shapes_and_types(exported):
    spec = load_spec(str(exported("coreml", "embedder")[0]))
    assert tensors(spec.description.input) == {"source": (FLOAT32, (1, 3, 256, 256))}
    assert tensors(spec.description.output) == {"embedding": (FLOAT32, (1, 8))}


def test_pictures_are_rgb_images(small_graph, request_for, tmp_path):
    export(as_image(small_graph, "NCHW"), tmp_path / "x.mlpackage", request_for("fp16", "image"))
    spec = load_spec(str(tmp_path / "x.mlpackage"))
    assert images(spec.description.input) == {"target": (RGB, 16, 16)}
    assert images(spec.description.output) == {"swapped": (RGB, 16, 16)}
    assert not tensors(spec.description.input)


def test_metadata_is_there_for_the_person_who_ships_it(exported):
    spec = load_spec(str(exported("coreml", "generator", "fp16")[0]))
    metadata = spec.description.metadata
    assert metadata.author == "A paper; its code"
    assert metadata.license == "MIT"
    assert FAMILY.notice in metadata.shortDescription
    assert "mobilefsgan generator" in metadata.shortDescription
    facts = dict(metadata.userDefined)
    assert facts["weights"] == "w.pth"
    assert facts["weights_sha256"] == "0123456789abcdef" * 4
    assert facts["weights_licence"] == "user's own"
    described = {f.name: f.shortDescription for f in (*spec.description.input, *spec.description.output)}
    assert described["target"] == "RGB target face, aligned; float32 NCHW 1×3×64×64 in [-1, 1]"
    assert "L2 norm 1" in described["embedding"]
    assert "[-1, 1]" in described["swapped"]


def test_untrained_weights_say_so_in_the_file(small_graph, request_for, tmp_path):
    export(small_graph, tmp_path / "x.mlpackage", request_for("fp32", trained=False))
    spec = load_spec(str(tmp_path / "x.mlpackage"))
    assert spec.description.metadata.userDefined["weights"] == "w.pth (UNTRAINED)"


@pytest.mark.parametrize(("precision", "dtype"), [("fp16", MIL_pb2.FLOAT16), ("fp32", MIL_pb2.FLOAT32)])
def test_operations_compute_in_the_precision_asked_for(small_graph, request_for, tmp_path, precision, dtype):
    export(small_graph, tmp_path / "x.mlpackage", request_for(precision))
    _, program = block(load_spec(str(tmp_path / "x.mlpackage")))
    types = {op.type: op.outputs[0].type.tensorType.dataType for op in program.operations}
    assert types["conv"] == types["tanh"] == dtype
    casts = [op for op in program.operations if op.type == "cast"]
    assert len(casts) == (2 if precision == "fp16" else 0)  # at the input and at the output


def test_rewrites_show_in_the_operations(exported):
    _, program = block(load_spec(str(exported("coreml", "generator", "fp16")[0])))
    found = Counter(op.type for op in program.operations)
    assert found["conv"] == 88  # 90 less the two side heads
    assert found["batch_norm"] == 7
    assert found["upsample_bilinear"] == found["pad"] == 5
    assert found["tanh"] == 1
    assert found["cast"] == 3  # two inputs, one output


def test_the_default_is_ios_16(exported):
    opset, _ = block(load_spec(str(exported("coreml", "generator", "fp16")[0])))
    assert opset == OPSETS["iOS16"]


@pytest.mark.parametrize("ios", SYSTEMS)
def test_every_target(small_graph, request_for, tmp_path, ios):
    path = tmp_path / "x.mlpackage"
    export(small_graph, path, request_for("fp16", options=CoreMlOptions(ios)))
    spec = load_spec(str(path))
    assert block(spec)[0] == OPSETS[ios]
    assert spec.specificationVersion == getattr(ct.target, ios).value


@pytest.mark.real
def test_a_baked_identity_is_no_input(graph_of, request_for, tmp_path):
    import torch

    embedding = torch.nn.functional.normalize(torch.ones(1, 8), dim=1)
    export(graph_of("coreml", "generator", embedding=embedding), tmp_path / "x.mlpackage", request_for("fp32"))
    spec = load_spec(str(tmp_path / "x.mlpackage"))
    assert [f.name for f in spec.description.input] == ["target"]
    assert "linear" not in {op.type for op in block(spec)[1].operations}


@pytest.mark.real
@pytest.mark.parametrize(("precision", "megabytes"), [("fp16", 5.03), ("fp32", 10.06)])
def test_the_released_size(released_request, tmp_path, precision, megabytes):
    from mobileswap.contracts.files import size_of

    graph, request = released_request
    from dataclasses import replace

    export(graph, tmp_path / "x.mlpackage", replace(request, precision=precision))
    assert np.isclose(size_of(tmp_path / "x.mlpackage") / 1e6, megabytes, atol=0.2)
