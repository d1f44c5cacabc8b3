"""``1 / x`` stays a division: coremltools 9 makes 1 / (x + 1e-4) of it, which is 70 dB and worse where x is small."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mobileswap.export.coreml import export
from mobileswap.model.graph.deploy import DeployGraph
from mobileswap.runtimes.reference.mil import MilRunner
from mobileswap.runtimes.runner import RunnerOptions

FORMS = {
    "1 / x": lambda x: 1 / x,
    "reciprocal": torch.reciprocal,
    "2 / x": lambda x: 2.0 / x,
    "x to the power of -1": lambda x: x**-1,
}


class Divides(torch.nn.Module):
    def __init__(self, form):
        super().__init__()
        self.form = form

    def forward(self, x):
        return torch.tanh(self.form(x.abs() + 1e-3) * 1e-3)


@pytest.mark.parametrize("form", FORMS)
def test_a_division_is_one(form, small_graph, request_for, tmp_path):
    module = Divides(FORMS[form]).eval()
    graph: DeployGraph = replace(small_graph, module=module)
    path = tmp_path / "it.mlpackage"
    export(graph, path, request_for("fp32"))
    runner = MilRunner(path, RunnerOptions(threads=1), "fp32")
    x = np.random.default_rng(0).uniform(-0.01, 0.01, (1, 3, 16, 16)).astype(np.float32)
    (found,) = runner.run({"target": x}).values()
    runner.close()
    assert np.abs(found - module(torch.from_numpy(x)).numpy()).max() < 1e-6
