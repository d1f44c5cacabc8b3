"""An .onnx file that can be damaged in named places, and the two TNN files that are made of its graph."""

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from mobileswap.export.tnn.convert import convert, write

OUTPUT = "swapped"


class OnnxFile:
    """A copy of an exported file in memory; see ``Damageable`` in mutations.py for what its methods mean."""

    def __init__(self, path: Path) -> None:
        self.model = onnx.load(path)
        self.graph = self.model.graph
        self._makers = {name: node for node in self.graph.node for name in node.output}

    def save(self, path: Path) -> Path:
        onnx.save(self.model, path)
        return path

    def save_tnn(self, path: Path, precision: str) -> Path:
        """What the converter makes of the damaged graph."""
        write(convert(self.model, precision), path, path.with_suffix(".tnnmodel"))
        return path

    def weight(self, layer: str, part: str) -> np.ndarray:
        return numpy_helper.to_array(self._initializer(layer, part)).astype(np.float64)

    def set_weight(self, layer: str, part: str, values: np.ndarray) -> None:
        kept = self._initializer(layer, part)
        kind = helper.tensor_dtype_to_np_dtype(kept.data_type)
        with np.errstate(over="ignore"):
            kept.CopyFrom(numpy_helper.from_array(np.asarray(values, kind), kept.name))

    def norm(self, layer: str) -> tuple[np.ndarray, ...]:
        """Scale, bias, mean, variance and epsilon of a BatchNormalization."""
        node = self._reader(layer, "weight")
        arrays = (numpy_helper.to_array(self._named(name)).astype(np.float64) for name in node.input[1:])
        return *arrays, np.float64(next(a.f for a in node.attribute if a.name == "epsilon"))

    def bypass_norm(self, layer: str, bias: np.ndarray, conv: str) -> None:
        """Take the normalisation out, and give the convolution after it this bias."""
        norm, convolution = self._reader(layer, "weight"), self._reader(conv, "weight")
        convolution.input[0] = norm.input[0]
        convolution.input.append(self._constant(bias))
        self.graph.node.remove(norm)

    def scale_slope(self, conv: str, factor: float) -> None:
        made = self._reader(conv, "weight").output[0]
        node = next(n for n in self.graph.node if n.op_type == "LeakyRelu" and made in n.input)
        (alpha,) = (a for a in node.attribute if a.name == "alpha")
        alpha.f *= factor

    def pad_with_zeros(self, conv: str) -> None:
        pad = self._makers[self._reader(conv, "weight").input[0]]
        assert pad.op_type == "Pad"
        _attribute(pad, "mode").s = b"constant"

    def corners_off(self, conv: str) -> None:
        pad = self._makers[self._reader(conv, "weight").input[0]]
        resize = self._makers[pad.input[0]]
        assert resize.op_type == "Resize"
        _attribute(resize, "coordinate_transformation_mode").s = b"half_pixel"

    def affine_output(self, scale: np.ndarray, shift: np.ndarray) -> None:
        inner = self._output_moved_to("before")
        self._append("Mul", [inner, self._constant(scale, np.float32)], "scaled")
        self._append("Add", ["scaled", self._constant(shift, np.float32)], OUTPUT)

    def output_as_nhwc(self, *, under_the_old_shape: bool) -> None:
        dims = self.graph.output[0].type.tensor_type.shape.dim
        n, c, h, w = (dim.dim_value for dim in dims)
        inner = self._output_moved_to("planar")
        self._append("Transpose", [inner], "bitmap" if under_the_old_shape else OUTPUT, perm=[0, 2, 3, 1])
        if under_the_old_shape:
            self._append("Reshape", ["bitmap", self._constant(np.array([n, c, h, w]), np.int64)], OUTPUT)
        else:
            for dim, size in zip(dims, (n, h, w, c), strict=True):
                dim.dim_value = size

    def extra_output(self, name: str) -> None:
        self._append("Mul", [OUTPUT, self._constant(np.float32(0.5), np.float32)], name)
        extra = self.graph.output.add()
        extra.CopyFrom(self.graph.output[0])
        extra.name = name

    def rename_output(self, name: str) -> None:
        inner = self._output_moved_to("before")
        self._append("Mul", [inner, self._constant(np.float32(1), np.float32)], name)
        self.graph.output[0].name = name

    def bake(self, name: str, values: np.ndarray) -> None:
        import onnxsim

        (given,) = (value for value in self.graph.input if value.name == name)
        self.graph.input.remove(given)
        self.graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))
        self.model, kept = onnxsim.simplify(self.model)
        assert kept
        self.graph = self.model.graph

    def _initializer(self, layer: str, part: str) -> onnx.TensorProto:
        (found,) = (i for i in self.graph.initializer if i.name.endswith(f"generator.{layer}.{part}"))
        return found

    def _named(self, name: str) -> onnx.TensorProto:
        return next(i for i in self.graph.initializer if i.name == name)

    def _reader(self, layer: str, part: str) -> onnx.NodeProto:
        name = self._initializer(layer, part).name
        (found,) = (node for node in self.graph.node if name in node.input)
        return found

    def _constant(self, values: np.ndarray, kind: type | None = None) -> str:
        name = f"damage_{len(self.graph.initializer)}"
        inside = helper.tensor_dtype_to_np_dtype(self.graph.initializer[0].data_type)
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(values, kind or inside), name))
        return name

    def _output_moved_to(self, name: str) -> str:
        """What was the output has another name now; whoever calls makes a new one of it."""
        maker = self._makers[OUTPUT]
        maker.output[list(maker.output).index(OUTPUT)] = name
        return name

    def _append(self, kind: str, inputs: list[str], output: str, **attributes: object) -> None:
        self.graph.node.append(helper.make_node(kind, inputs, [output], name=f"damage_{output}", **attributes))


def _attribute(node: onnx.NodeProto, name: str) -> onnx.AttributeProto:
    return next(a for a in node.attribute if a.name == name)
