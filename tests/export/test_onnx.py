"""What is in an .onnx file of ours."""

from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from mobileswap.contracts.errors import BadInput, MobileswapError
from mobileswap.contracts.format_facts import OnnxOptions
from mobileswap.export.onnx import export, simplified, traced
from mobileswap.model.graph.deploy import as_half, as_image
from mobileswap.model.mobilefsgan.family import FAMILY


def read(path):
    model = onnx.load(path)
    return model, {prop.key: prop.value for prop in model.metadata_props}


def border(values):
    return {
        v.name: (v.type.tensor_type.elem_type, tuple(d.dim_value for d in v.type.tensor_type.shape.dim)) for v in values
    }


def test_generator_has_its_names_shapes_and_types(exported):
    model, _ = read(exported("onnx")[0])
    assert border(model.graph.input) == {
        "target": (TensorProto.FLOAT, (1, 3, 64, 64)),
        "embedding": (TensorProto.FLOAT, (1, 8)),
    }
    assert border(model.graph.output) == {"swapped": (TensorProto.FLOAT, (1, 3, 64, 64))}


def test_embedder_has_its_names_shapes_and_types(exported):
    model, _ = read(exported("onnx", "embedder")[0])
    assert border(model.graph.input) == {"source": (TensorProto.FLOAT, (1, 3, 256, 256))}
    assert border(model.graph.output) == {"embedding": (TensorProto.FLOAT, (1, 8))}


@pytest.mark.parametrize("part", ["generator", "embedder"])
def test_it_is_one_file_that_the_checker_accepts(exported, part):
    path, _, _ = exported("onnx", part)
    onnx.checker.check_model(path, full_check=True)
    model, _ = read(path)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    assert {(entry.domain, entry.version) for entry in model.opset_import} == {("", 18)}
    assert not model.functions
    assert model.producer_name == "mobileswap"


def test_metadata_is_there_for_the_person_who_ships_it(exported):
    _, facts = read(exported("onnx")[0])
    assert facts["author"] == "A paper; its code"
    assert facts["licence"] == "MIT"
    assert facts["weights"] == "w.pth"
    assert facts["weights_sha256"] == "0123456789abcdef" * 4
    assert facts["weights_licence"] == "user's own"
    assert facts["notice"] == FAMILY.notice
    assert "synthetic media" in facts["notice"]
    assert facts["tensor_target"] == "RGB target face, aligned; float32 NCHW 1×3×64×64 in [-1, 1]"
    assert facts["tensor_embedding"] == "source face, L2 norm 1; float32 NC 1×8 in [-1, 1]"
    assert "[-1, 1]" in facts["tensor_swapped"]


def test_untrained_weights_say_so_in_the_file(small_graph, request_for, tmp_path):
    export(small_graph, tmp_path / "x.onnx", request_for(trained=False))
    assert read(tmp_path / "x.onnx")[1]["weights"] == "w.pth (UNTRAINED)"


def test_rewrites_show_in_the_operations(exported):
    model, _ = read(exported("onnx")[0])
    found = Counter(node.op_type for node in model.graph.node)
    assert found["BatchNormalization"] == 7
    assert found["Conv"] == 88  # 90 less the two side heads
    assert found["Resize"] == found["Pad"] == 5
    assert found["Tanh"] == 1
    assert not {"Shape", "ConstantOfShape", "Slice", "If", "Loop"} & set(found)
    embedder = Counter(node.op_type for node in read(exported("onnx", "embedder")[0])[0].graph.node)
    assert embedder["BatchNormalization"] == 0


def test_resize_aligns_corners(exported):
    model, _ = read(exported("onnx")[0])
    modes = {
        (attribute.name, attribute.s)
        for node in model.graph.node
        if node.op_type == "Resize"
        for attribute in node.attribute
        if attribute.name in ("mode", "coordinate_transformation_mode")
    }
    assert modes == {("mode", b"linear"), ("coordinate_transformation_mode", b"align_corners")}


def test_half_precision_is_inside_only(small_graph, request_for, tmp_path):
    export(small_graph, tmp_path / "whole.onnx", request_for())
    export(as_half(small_graph), tmp_path / "half.onnx", request_for("fp16"))
    onnx.checker.check_model(tmp_path / "half.onnx", full_check=True)
    whole, half = read(tmp_path / "whole.onnx")[0], read(tmp_path / "half.onnx")[0]
    assert {t.data_type for t in half.graph.initializer if len(t.dims) == 4} == {TensorProto.FLOAT16}
    assert border(half.graph.input) == border(whole.graph.input)
    assert border(half.graph.output) == border(whole.graph.output)
    assert sum(len(t.raw_data) for t in half.graph.initializer) < 0.6 * sum(
        len(t.raw_data) for t in whole.graph.initializer
    )


def test_pictures_are_bitmaps(small_graph, request_for, tmp_path):
    export(as_image(small_graph, "NHWC"), tmp_path / "x.onnx", request_for(io="image"))
    model, facts = read(tmp_path / "x.onnx")
    assert border(model.graph.input) == {"target": (TensorProto.UINT8, (1, 16, 16, 3))}
    assert border(model.graph.output) == {"swapped": (TensorProto.UINT8, (1, 16, 16, 3))}
    assert "uint8 NHWC 1×16×16×3 in [0, 255]" in facts["tensor_target"]


@pytest.mark.real
def test_a_baked_identity_is_no_input(graph_of, request_for, tmp_path):
    import torch

    embedding = torch.nn.functional.normalize(torch.ones(1, 8), dim=1)
    export(graph_of("onnx", "generator", embedding=embedding), tmp_path / "x.onnx", request_for())
    model, facts = read(tmp_path / "x.onnx")
    assert list(border(model.graph.input)) == ["target"]
    assert "tensor_embedding" not in facts
    assert "Gemm" not in {node.op_type for node in model.graph.node}


def test_another_opset_is_written_or_refused(small_graph, request_for, tmp_path):
    path = tmp_path / "x.onnx"
    export(small_graph, path, request_for(options=OnnxOptions(20)))
    assert [(entry.domain, entry.version) for entry in read(path)[0].opset_import] == [("", 20)]
    path.unlink()
    with pytest.raises(BadInput, match=r"--opset 99: torch's exporter wrote 18 instead; ask for 18"):
        export(small_graph, path, request_for(options=OnnxOptions(99)))
    assert not path.exists()


def test_an_identical_export_has_identical_bytes(small_graph, request_for, tmp_path):
    for name in ("x.onnx", "y.onnx"):
        export(small_graph, tmp_path / name, request_for())
    assert (tmp_path / "x.onnx").read_bytes() == (tmp_path / "y.onnx").read_bytes()


def test_a_graph_that_onnxsim_or_the_checker_refuses(small_graph, request_for, tmp_path, monkeypatch):
    import onnxsim

    model = traced(small_graph, 18)
    monkeypatch.setattr(onnxsim, "simplify", lambda given: (given, False))
    with pytest.raises(MobileswapError, match="onnxsim says"):
        simplified(model)

    def refuse(*_, **__):
        raise onnx.checker.ValidationError("node 3 is odd")

    monkeypatch.setattr(onnxsim, "simplify", lambda given: (given, True))
    monkeypatch.setattr(onnx.checker, "check_model", refuse)
    with pytest.raises(MobileswapError, match=r"onnx\.checker refuses x\.onnx: node 3 is odd"):
        export(small_graph, tmp_path / "x.onnx", request_for())
    assert not (tmp_path / "x.onnx").exists()


@pytest.mark.real
def test_the_released_size(released_request, tmp_path):
    path = tmp_path / "x.onnx"
    graph, request = released_request
    export(graph, path, request)
    model, _ = read(path)
    parameters = sum(np.prod(t.dims, dtype=int) for t in model.graph.initializer)
    assert border(model.graph.input)["target"] == (TensorProto.FLOAT, (1, 3, 256, 256))
    assert 2_510_000 < parameters < 2_520_000
    assert 10.0e6 < path.stat().st_size < 10.2e6
