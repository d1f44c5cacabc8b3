"""Networks as coremltools converts them from PyTorch, against PyTorch."""

import coremltools as ct
import numpy as np
import pytest
import torch
from mil_twin import assert_read_alike
from tiny_mil import open_runner
from torch import nn
from torch.nn import functional as F

from mobileswap.contracts.errors import UnknownOperation

# Tracing is still the only way from PyTorch 2.13 into coremltools 9.0 without its untested torch.export path
pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit.trace:DeprecationWarning"),
    pytest.mark.filterwarnings(
        "ignore:Converting a tensor to a Python boolean:torch.jit.TracerWarning"
    ),  # InstanceNorm2d
]

PRECISIONS = {"fp32": ct.precision.FLOAT32, "fp16": ct.precision.FLOAT16}


class Everything(nn.Module):
    """A bit of each kind: what the families of this repository are made of."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 4, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 3, padding="same", groups=8)
        self.slope = nn.PReLU(8)
        self.instance = nn.InstanceNorm2d(8, affine=True)
        self.up = nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1)
        self.style = nn.Linear(6, 4)
        self.last = nn.Conv2d(4, 3, 3)

    def forward(self, picture, style):
        x = self.norm(F.leaky_relu(self.down(picture), 0.01))
        x = x + self.slope(self.depthwise(x))
        x = F.relu6(self.instance(x))
        x = self.up(x)[:, :, 1:-1, 1:-1]
        style = self.style(style / style.norm(dim=1, keepdim=True))
        x = x * style.unsqueeze(-1).unsqueeze(-1)
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        x = F.interpolate(x, size=(17, 19), mode="bilinear", align_corners=True)
        x = torch.cat([x, F.avg_pool2d(x, 3, 1, 1)], 1)[:, ::2]
        return torch.tanh(self.last(F.pad(x, (1, 1, 1, 1), mode="reflect")))


@pytest.fixture(scope="module")
def traced():
    torch.manual_seed(0)
    network = Everything().eval()
    with torch.no_grad():
        network.norm.running_mean.uniform_(-1, 1)
        network.norm.running_var.uniform_(0.5, 2)
    inputs = {"picture": torch.rand(1, 3, 16, 16) * 2 - 1, "style": torch.rand(1, 6)}
    with torch.inference_mode():
        expected = network(*inputs.values()).numpy()
        trace = torch.jit.trace(network, tuple(inputs.values()), check_trace=False)
    return trace, {name: value.numpy() for name, value in inputs.items()}, expected


def convert(trace, path, precision, target, *, picture=None, out=None):
    model = ct.convert(
        trace,
        inputs=[picture or ct.TensorType("picture", (1, 3, 16, 16)), ct.TensorType("style", (1, 6))],
        outputs=[out or ct.TensorType("result")],
        compute_precision=PRECISIONS[precision],
        minimum_deployment_target=target,
        skip_model_load=True,
    )
    model.save(str(path))
    assert_read_alike(path)
    return path


def psnr(reference, candidate):
    mse = np.mean((candidate.astype(np.float64) - reference) ** 2)
    return 10 * np.log10(4 / max(mse, 1e-20))  # the same kernels may well give the same bits


@pytest.mark.parametrize("target", [ct.target.iOS15, ct.target.iOS18])
def test_converted_networks_compute_what_pytorch_computes(traced, tmp_path, target):
    trace, inputs, expected = traced
    outputs = {}
    for precision, arithmetic in (("fp32", "fp32"), ("fp16", "fp32"), ("fp16", "fp16")):
        path = tmp_path / f"{precision}.mlpackage"
        runner = open_runner(path if path.exists() else convert(trace, path, precision, target), arithmetic)
        outputs[precision, arithmetic] = runner.run(inputs)["result"]
        runner.close()
    assert psnr(expected, outputs["fp32", "fp32"]) > 120
    assert psnr(expected, outputs["fp16", "fp32"]) > 60
    assert psnr(expected, outputs["fp16", "fp16"]) > 50
    assert psnr(expected, outputs["fp16", "fp32"]) > psnr(expected, outputs["fp16", "fp16"])


def test_pictures_go_in_as_rgb_and_are_scaled_by_the_program(traced, tmp_path):
    trace, inputs, _ = traced
    layout = ct.colorlayout.RGB
    path = convert(
        trace,
        tmp_path / "image.mlpackage",
        "fp16",
        ct.target.iOS16,
        picture=ct.ImageType("picture", (1, 3, 16, 16), scale=1 / 127.5, bias=[-1, -1, -1], color_layout=layout),
        out=ct.ImageType("result", color_layout=layout),
    )
    picture = np.random.default_rng(0).integers(0, 256, (1, 3, 16, 16), dtype=np.uint8)
    floats = torch.from_numpy(picture / np.float32(127.5) - 1)
    expected = trace(floats, torch.from_numpy(inputs["style"])).detach().numpy()
    runner = open_runner(path)
    planar = runner.run({**inputs, "picture": picture})["result"]
    interleaved = runner.run({**inputs, "picture": picture.transpose(0, 2, 3, 1)})["result"]
    runner.close()
    assert planar.dtype == np.float32
    assert psnr(expected, planar) > 60
    assert planar.tolist() == interleaved.tolist()


def test_pictures_in_another_order_are_refused_by_name(traced, tmp_path):
    picture = ct.ImageType("picture", (1, 3, 16, 16), color_layout=ct.colorlayout.BGR)
    path = convert(traced[0], tmp_path / "bgr.mlpackage", "fp32", ct.target.iOS16, picture=picture)
    with pytest.raises(UnknownOperation, match="'picture' has colour space BGR; known is RGB"):
        open_runner(path)


def test_every_operation_can_be_observed(traced, tmp_path):
    trace, inputs, expected = traced
    path = convert(trace, tmp_path / "tapped.mlpackage", "fp32", ct.target.iOS16)
    seen = []
    runner = open_runner(
        path, observe=lambda name, type_, output, value: seen.append((name, type_, output, tuple(value.shape)))
    )
    runner.run(inputs)
    runner.close()
    assert seen[0][1:] == ("conv", seen[0][2], (1, 8, 8, 8))
    assert seen[-1][1:] == ("tanh", "result", expected.shape)
    assert len({output for _, _, output, _ in seen}) == len(seen)


@pytest.mark.real
@pytest.mark.parametrize("name", ["generator", "embedder"])
def test_full_size(name, tmp_path):
    from mobileswap.model.mobilefsgan import components
    from mobileswap.weights.seeded import GAINS, seeded_state

    component = getattr(components, name)()
    state = {k: torch.from_numpy(np.asarray(v)) for k, v in seeded_state(component.shapes(), GAINS[name]).items()}
    network = component.wrap(component.load(state)).eval()
    rows, columns = np.mgrid[0:256, 0:256] / 256
    inputs = {}
    for spec in component.signature(256).inputs:
        smooth = np.stack([np.sin(7 * columns + 3 * rows), np.cos(9 * rows), np.sin(30 * columns * rows)])[None]
        vector = np.random.default_rng(0).normal(size=spec.shape)
        inputs[spec.name] = np.float32(smooth if spec.is_picture else vector / np.linalg.norm(vector))
    tensors = tuple(torch.from_numpy(value) for value in inputs.values())
    with torch.inference_mode():
        expected = network(*tensors).numpy()
        trace = torch.jit.trace(network, tensors, check_trace=False)
    (out,) = component.signature(256).outputs
    for precision, limit in (("fp32", 110), ("fp16", 50)):
        model = ct.convert(
            trace,
            inputs=[ct.TensorType(spec.name, spec.shape) for spec in component.signature(256).inputs],
            outputs=[ct.TensorType(out.name)],
            compute_precision=PRECISIONS[precision],
            minimum_deployment_target=ct.target.iOS16,
            skip_model_load=True,
        )
        model.save(str(tmp_path / f"{precision}.mlpackage"))
        runner = open_runner(tmp_path / f"{precision}.mlpackage", precision)
        result = runner.run(inputs)[out.name]
        runner.close()
        assert psnr(expected, result) + 20 * np.log10(out.data_range / 2) > limit
