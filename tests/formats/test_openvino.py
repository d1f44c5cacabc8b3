"""What OpenVINO's two files say of themselves, and what they cannot say."""

import pytest
import tiny
import tiny_openvino

from mobileswap.contracts.declaration import Declaration
from mobileswap.contracts.errors import BadInput, Misdeclared
from mobileswap.formats.interface import require_declared
from mobileswap.formats.openvino import declared

pytest.importorskip("openvino", reason="the extra openvino is not installed")
ASKED = Declaration(tiny.INPUTS, tiny.OUTPUTS)


@pytest.fixture
def path(tmp_path):
    return tiny_openvino.save(tmp_path / "it.xml")


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_borders_and_precision(path, tmp_path):
    found = declared(path)
    require_declared(found, ASKED)
    assert [str(one) for one in found.inputs] == ["float32 (1, 3, 8, 8)", "float32 (1, 4)"]
    assert (found.precision, found.facts) == ("fp32", None)
    assert declared(tiny_openvino.convolution(tmp_path / "wide.xml")).precision == "fp32"
    assert declared(tiny_openvino.convolution(tmp_path / "half.xml", compressed=True)).precision == "fp16"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name="embedding" type="Parameter"', 'name="identity" type="Parameter"', "declared inputs target, identity"),
        ('shape="1,3,8,8" element_type="f32"', 'shape="1,3,8,9" element_type="f32"', "declared float32 .1, 3, 8, 9."),
        ('shape="1,4" element_type="f32"', 'shape="1,4" element_type="f16"', "declared float16"),
        ("swapped/sink_port_0", "face/sink_port_0", "declared outputs face, expected swapped"),
    ],
)
def test_another_border_is_told(path, old, new, said):
    change(path, old, new)
    with pytest.raises(Misdeclared, match=said):
        require_declared(declared(path), ASKED)


def test_weights_that_do_not_end_where_the_xml_says(path):
    with path.with_suffix(".bin").open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(Misdeclared, match=r"it\.bin has .* bytes, expected .* as it\.xml says"):
        declared(path)
    path.with_suffix(".bin").unlink()
    with pytest.raises(BadInput, match=r"expected the weights beside it\.xml"):
        declared(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<net>",
        "<net/>",
        '<!DOCTYPE net [<!ENTITY a "b">]><net>&a;</net>',
        '<net><layer type="Const"><data/></layer></net>',
    ],
)
def test_what_is_no_model_is_refused(path, text):
    path.write_text(text)
    with pytest.raises(BadInput, match=r"no \.xml of OpenVINO"):
        declared(path)
