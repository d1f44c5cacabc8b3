"""The tiny network as an .mlpackage."""

import coremltools as ct
from coremltools.converters.mil import Builder as mb  # noqa: N813
from mil_twin import assert_read_alike
from tiny import TARGET, VECTOR


def make(folder, precision):
    path = folder / f"tiny-{precision}.mlpackage"
    specs = [mb.TensorSpec(shape=TARGET.shape), mb.TensorSpec(shape=VECTOR.shape)]

    @mb.program(input_specs=specs, opset_version=ct.target.iOS16)
    def program(target, embedding):
        mean = mb.reduce_mean(x=embedding, axes=[0, 1], keep_dims=False)
        return mb.tanh(x=mb.add(x=mb.mul(x=target, y=0.5), y=mean), name="swapped")

    mixed = ct.transform.FP16ComputePrecision(op_selector=lambda operation: operation.op_type != "tanh")
    compute = {"fp32": ct.precision.FLOAT32, "fp16": ct.precision.FLOAT16, "mixed": mixed}[precision]
    model = ct.convert(
        program, convert_to="mlprogram", compute_precision=compute, minimum_deployment_target=ct.target.iOS16
    )
    model.save(str(path))
    assert_read_alike(path)
    return path
