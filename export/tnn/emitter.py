"""Where the operator functions write: layers in order, under legal names."""

from collections.abc import Sequence

from mobileswap.export.tnn.blob_names import Names
from mobileswap.export.tnn.graph import Graph
from mobileswap.export.tnn.network import Layer, Resource


class Emitter:
    """Collects layers. Operator functions speak of blobs by their ONNX names and never see the legal ones."""

    def __init__(self, graph: Graph) -> None:
        self.layers: list[Layer] = []
        self.names = Names()
        self._steps = 0
        for name in (*graph.inputs, *graph.outputs):
            self.names.of(name)  # these are seen from outside and have the first claim to their names

    def emit(
        self,
        type_: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        params: Sequence[int | float] = (),
        resource: Sequence[Resource] = (),
    ) -> None:
        """Write one layer, called after its first output."""
        ins = tuple(self.names.of(name) for name in inputs)
        outs = tuple(self.names.of(name) for name in outputs)
        self.layers.append(Layer(type_, outs[0], ins, outs, tuple(params), tuple(resource)))

    def step(self, of: str) -> str:
        """A blob for an intermediate step that the ONNX graph does not have, on the way to the blob ``of``."""
        self._steps += 1
        return f"{of}\0step{self._steps}"  # no ONNX name has a NUL, so that it can be nobody else's
