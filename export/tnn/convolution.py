"""Conv and ConvTranspose."""

from mobileswap.export.tnn.emitter import Emitter
from mobileswap.export.tnn.fusion import ACTIVATION
from mobileswap.export.tnn.graph import Array, Graph, Node, Shape
from mobileswap.export.tnn.network import Resource
from mobileswap.export.tnn.padding import constant_pad, explicit_pads

_AS_GIVEN = -1  # pad_type: the pads of the line, and not TensorFlow's SAME or VALID


def convolution(node: Node, graph: Graph, out: Emitter) -> None:
    """Convolution. TNN has one pad for both ends of an axis, so that unequal ones become a Pad in front."""
    weight, bias = _weights(node, graph)
    source = node.inputs[0]
    top, left, bottom, right = explicit_pads(node, graph, weight.shape[2:])
    if (top, left) != (bottom, right):
        source = constant_pad(out, source, (top, bottom, left, right), 0.0, out.step(node.outputs[0]))
        top = left = 0
    group = node.integer("group", 1)
    channels_out, channels_in = weight.shape[:2]
    if group * channels_in != graph.shape(node.inputs[0], node)[1]:
        raise node.refuse(f"{group} groups of {channels_in} channels do not make the input's")
    _emit(out, "Convolution", node, source, node.outputs[0], weight, bias, channels_in, channels_out, (top, left))


def transposed_convolution(node: Node, graph: Graph, out: Emitter) -> None:
    """Deconvolution. Unequal pads and output_padding become a crop of the whole result."""
    weight, bias = _weights(node, graph)
    if node.text("auto_pad", "NOTSET") != "NOTSET" or "output_shape" in node.attributes:
        raise node.refuse("auto_pad and output_shape; give pads and output_padding")
    top, left, bottom, right = node.integers("pads", (0, 0, 0, 0))
    extra_h, extra_w = node.integers("output_padding", (0, 0))
    group = node.integer("group", 1)
    channels = weight.shape[0] // group, weight.shape[1] * group
    if (top, left) == (bottom, right) and extra_h == extra_w == 0:
        _emit(out, "Deconvolution", node, node.inputs[0], node.outputs[0], weight, bias, *channels, (top, left))
        return
    if extra_h > bottom or extra_w > right:
        raise node.refuse(f"output_padding {extra_h, extra_w} reaches beyond the end pads {bottom, right}")
    whole = out.step(node.outputs[0])
    _emit(out, "Deconvolution", node, node.inputs[0], whole, weight, bias, *channels, (0, 0))
    height, width = graph.shape(node.outputs[0], node)[2:]
    crop = (2, top, left, 2, top + height, left + width, 2, 2, 3, 2, 1, 1)
    out.emit("StridedSliceV2", [whole], node.outputs, crop)


def _weights(node: Node, graph: Graph) -> tuple[Array, Array | None]:
    if len(graph.shape(node.inputs[0], node)) != 4:
        raise node.refuse("only two-dimensional convolutions, on (N, C, H, W)")
    weight = graph.constant(node.inputs[1], node, "the weight")
    bias = graph.constant(node.input(2), node, "the bias") if node.input(2) else None
    return weight, bias


def _emit(
    out: Emitter,
    type_: str,
    node: Node,
    source: str,
    target: str,
    weight: Array,
    bias: Array | None,
    channels_in: int,
    channels_out: int,
    pads: tuple[int, int],
) -> None:
    """Write the layer. TNN's own converter counts the input channels of one group, and so do we."""
    kernel: Shape = weight.shape[2:]
    if node.integers("kernel_shape", kernel) != kernel:
        raise node.refuse(f"kernel_shape {node.integers('kernel_shape', ())} and a weight of {weight.shape}")
    dilations = node.integers("dilations", (1, 1))
    if dilations[0] != dilations[1]:
        raise node.refuse(f"dilations {dilations}; TNN's kernels have one for both axes")
    has_bias = int(bias is not None)
    params = (
        node.integer("group", 1),
        channels_in,
        channels_out,
        *kernel,
        *node.integers("strides", (1, 1)),
        *pads,
        has_bias,
        _AS_GIVEN,
        *dilations,
        node.integer(ACTIVATION, 0),
    )
    resource: tuple[Resource, ...] = ("", has_bias, weight)
    out.emit(type_, [source], [target], params, resource if bias is None else (*resource, bias))
