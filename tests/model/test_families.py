import subprocess
import sys

import pytest

from mobileswap.contracts.errors import BadInput
from mobileswap.model.families import FAMILIES, component, components, family


def test_an_unknown_family_or_component_is_told_which_there_are():
    with pytest.raises(BadInput, match=r"--family faceswap: known are mobilefsgan"):
        family("faceswap")
    with pytest.raises(BadInput, match=r"--component decoder: MobileFSGAN has generator, embedder"):
        component("mobilefsgan", "decoder")


@pytest.mark.parametrize("entry", FAMILIES, ids=lambda entry: entry.name)
def test_every_listed_component_is_made_under_its_own_name(entry):
    assert [(made.family, made.name) for made in components(entry.name)] == [(entry.name, n) for n in entry.components]


def test_the_work_of_a_pass_is_the_one_that_follows_from_the_paper():
    # 2 per multiply-add at 256²; 64.77 GFLOP follow from the layers of the released source
    assert component("mobilefsgan", "generator").flops(256) / 1e9 == pytest.approx(64.77, abs=0.005)
    assert component("mobilefsgan", "generator").flops(128) < 0.26 * 64.77e9
    assert component("mobilefsgan", "embedder").flops(256) / 1e9 == pytest.approx(0.44, abs=0.005)


def test_reading_the_list_imports_no_pytorch():
    command = [sys.executable, "-c", "import mobileswap.model.families, sys; print('torch' in sys.modules)"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
