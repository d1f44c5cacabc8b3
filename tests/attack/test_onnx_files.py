"""ONNX files whose declared half lies, one damage at a time; the numbers themselves are right in all of them."""

import numpy as np
import onnx
import pytest
import tiny
from judged import judge
from onnx import TensorProto, helper, numpy_helper

FACTS = {
    "family": "tiny",
    "component": "generator",
    "weights": "seeded (UNTRAINED)",
    "weights_sha256": "0" * 64,
    "tensor_target": "RGB face; float32 NCHW 1×3×8×8 in [-1, 1]",
    "tensor_swapped": "RGB face; float32 NCHW 1×3×8×8 in [-1, 1]",
}
WHERE = {"first input": ("input", 0), "second input": ("input", 1), "output": ("output", 0)}
TYPES = {
    name: getattr(TensorProto, name)
    for name in ("DOUBLE", "FLOAT16", "BFLOAT16", "INT8", "UINT8", "INT32", "INT64", "BOOL", "STRING", "UNDEFINED")
}


def dims(*sizes):
    def change(value):
        shape = value.type.tensor_type.shape
        del shape.dim[:]
        for size in sizes:
            dim = shape.dim.add()
            if isinstance(size, str):
                dim.dim_param = size
            elif size is not None:
                dim.dim_value = size

    return change


def of_type(number):
    return lambda value: setattr(value.type.tensor_type, "elem_type", number)


def renamed(value):
    value.name += "_"


def without_shape(value):
    value.type.tensor_type.ClearField("shape")


def without_type(value):
    value.ClearField("type")


def sequence(value):
    inner = onnx.TypeProto()
    inner.CopyFrom(value.type)
    value.type.sequence_type.elem_type.CopyFrom(inner)


def optional(value):
    inner = onnx.TypeProto()
    inner.CopyFrom(value.type)
    value.type.optional_type.elem_type.CopyFrom(inner)


VALUES = {
    "renamed": renamed,
    "taller": dims(1, 3, 16, 8),
    "narrower": dims(1, 3, 8, 4),
    "of another rank": dims(3, 8, 8),
    "a scalar": dims(),
    "of size 0": dims(0, 3, 8, 8),
    "negative": dims(1, 3, -8, 8),
    "an open batch": dims("N", 3, 8, 8),
    "open rows": dims(1, 3, "H", "W"),
    "unknown sizes": dims(None, None, None, None),
    "NHWC": dims(1, 8, 8, 3),
    "without a shape": without_shape,
    "without a type": without_type,
    "a sequence": sequence,
    "optional": optional,
    **{f"of type {name}": of_type(number) for name, number in TYPES.items()},
}


def fact(name, value):
    def change(model):
        entry = next(one for one in model.metadata_props if one.key == name)
        entry.value = value

    return change


def no_fact(name):
    def change(model):
        kept = [one for one in model.metadata_props if one.key != name]
        del model.metadata_props[:]
        model.metadata_props.extend(kept)

    return change


def repeated_fact(model):
    model.metadata_props.add(key="weights_sha256", value="1" * 64)


def opset(number):
    return lambda model: setattr(model.opset_import[0], "version", number)


def two_opsets(model):
    model.opset_import.add(domain="ai.onnx", version=17)


def external(location, offset=None):
    def change(model):
        tensor = model.graph.initializer[0]
        if location == "scale.bin":
            raw = tensor.raw_data
            change.beside = raw
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)
        if offset is not None:
            tensor.external_data.add(key="offset", value=str(offset))

    return change


def external_in_a_constant(model):
    node = helper.make_node("Constant", [], ["far"], value=numpy_helper.from_array(np.float32(1), "far"))
    node.attribute[0].t.ClearField("raw_data")
    node.attribute[0].t.data_location = TensorProto.EXTERNAL
    node.attribute[0].t.external_data.add(key="location", value="scale.bin")
    model.graph.node.insert(0, node)


def one_more_input(model):
    model.graph.input.add().CopyFrom(model.graph.input[1])
    model.graph.input[-1].name = "another"


def an_input_with_a_default(model):
    model.graph.input.append(helper.make_tensor_value_info("scale", TensorProto.FLOAT, ()))


def one_more_output(model):
    model.graph.output.add().CopyFrom(model.graph.output[0])
    model.graph.output[-1].name = "sum"


def an_output_twice(model):
    model.graph.output.add().CopyFrom(model.graph.output[0])


def no_output(model):
    del model.graph.output[:]


def inputs_that_changed_places(model):
    model.graph.input[0].name, model.graph.input[1].name = "embedding", "target"


def an_unread_name(model):
    model.graph.node[0].input[0] = "nothing"


def a_cycle(model):
    model.graph.node[3].input[0] = "sum"


def a_name_twice(model):
    model.graph.node.add().CopyFrom(model.graph.node[2])


def a_lying_inner_shape(model):
    model.graph.value_info.append(helper.make_tensor_value_info("sum", TensorProto.FLOAT, (1, 3, 4, 4)))


def a_lying_inner_type(model):
    model.graph.value_info.append(helper.make_tensor_value_info("sum", TensorProto.INT32, (1, 3, 8, 8)))


def a_foreign_domain(model):
    model.graph.node[5].domain = "com.example"


def an_unknown_operator(model):
    model.graph.node[5].op_type = "Tanhh"


def an_ir_of_the_future(model):
    model.ir_version = 99


MODEL = {
    **{f"another {name}": fact(name, "another") for name in FACTS},
    **{f"no {name}": no_fact(name) for name in FACTS},
    "a hash twice": repeated_fact,
    **{f"opset {number}": opset(number) for number in (0, 1, 7, 17, 19, 99)},
    "two opsets": two_opsets,
    "external data beside it": external("scale.bin"),
    "external data above it": external("../scale.bin"),
    "external data anywhere": external("/dev/zero"),
    "external data at an offset": external("scale.bin", 1 << 40),
    "external data in a constant": external_in_a_constant,
    "one more input": one_more_input,
    "an input with a default": an_input_with_a_default,
    "one more output": one_more_output,
    "an output twice": an_output_twice,
    "no output": no_output,
    "inputs that changed places": inputs_that_changed_places,
    "a name that nothing makes": an_unread_name,
    "a cycle": a_cycle,
    "a name twice": a_name_twice,
    "an inner shape that lies": a_lying_inner_shape,
    "an inner type that lies": a_lying_inner_type,
    "a foreign domain": a_foreign_domain,
    "an unknown operator": an_unknown_operator,
    "an IR of the future": an_ir_of_the_future,
}


@pytest.fixture
def damaged(copy):
    """``damaged(change)`` is the file with it done to; all it says of itself was right before."""

    def make(change):
        path = copy("onnx")
        model = onnx.load(path)
        helper.set_model_props(model, FACTS)
        change(model)
        (path.parent / "scale.bin").write_bytes(np.float32(0.5).tobytes())
        path.write_bytes(model.SerializeToString())
        return path

    return make


def judged(path):
    return judge(path, "onnx", facts=FACTS, options={"opset": "18"})


def test_a_sound_file_passes(damaged):
    assert judged(damaged(lambda model: None)).passed


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_lies(damaged, name, where):
    kind, at = WHERE[where]
    found = judged(damaged(lambda model: VALUES[name](getattr(model.graph, kind)[at])))
    assert not found.passed
    assert not found.words.startswith("CRASH"), found.words


@pytest.mark.parametrize("name", MODEL)
def test_a_file_that_lies(damaged, name):
    found = judged(damaged(MODEL[name]))
    assert not found.passed
    assert not found.words.startswith("CRASH"), found.words


@pytest.mark.parametrize(("written", "said"), [("fp32", "fp16"), ("fp16", "fp32")])
def test_a_precision_that_only_the_json_has(copy, written, said):
    assert not judge(copy("onnx", written), "onnx", said).passed


def test_a_quantised_convolution_is_no_half_precision(tmp_path):
    """An fp32 file with one convolution of 8 bits passed at 57.8 dB, once its JSON said fp16."""
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "s"], ["w"]),
        helper.make_node("Conv", ["target", "w"], ["swapped"]),
    ]
    shape = tiny.TARGET.shape
    graph = helper.make_graph(
        nodes,
        "packed",
        [helper.make_tensor_value_info("target", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("swapped", TensorProto.FLOAT, shape)],
        [
            numpy_helper.from_array(np.ones((3, 3, 1, 1), np.int8), "q"),
            numpy_helper.from_array(np.float32(0.1), "s"),
        ],
    )
    path = tmp_path / "packed.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    for said in ("fp32", "fp16"):
        found = judge(path, "onnx", said, inputs=tiny.INPUTS[:1])
        assert "packed by DequantizeLinear, expected" in found.words
