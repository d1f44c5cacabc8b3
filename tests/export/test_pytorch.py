"""The reference format: the untouched component, loadable without our code."""

import subprocess
import sys

import pytest
import torch

from mobileswap.contracts.pt2_entries import OUTPUT_NAMES

ALONE = """
import sys, torch
_, path, names = sys.argv
extra = {names: ""}
program = torch.export.load(path, extra_files=extra)
out = program.module()(torch.zeros(1, 3, 64, 64), torch.zeros(1, 8))
print(extra[names], tuple(out.shape), any(name.split(".")[0] in ("model", "export") for name in sys.modules))
"""


@pytest.mark.real
def test_it_runs_without_any_of_our_code_and_knows_its_output_s_name(exported, tmp_path):
    path, _, _ = exported("pytorch")
    command = [sys.executable, "-W", "ignore", "-c", ALONE, str(path), OUTPUT_NAMES]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert found.stdout.split("\n")[0] == '["swapped"] (1, 3, 64, 64) False'


def test_it_is_untouched_and_bit_for_bit_the_network(exported, components, networks):
    path, graph, _ = exported("pytorch")
    assert graph.rewrites == ()
    module = torch.export.load(path).module()
    expected = components["generator"].wrap(networks["generator"])(*graph.examples)
    assert (module(*graph.examples) - expected).abs().max() < 1e-6
    state = torch.export.load(path).state_dict
    untouched = networks["generator"].state_dict()
    assert {key.removeprefix("generator."): tuple(v.shape) for key, v in state.items()} == {
        key: tuple(v.shape) for key, v in untouched.items()
    }


def test_inputs_are_named_as_the_spec_says(exported):
    program = torch.export.load(exported("pytorch")[0])
    assert list(program.graph_signature.user_inputs) == ["target", "embedding"]
    assert program.example_inputs is None or program.example_inputs == ((), {})
