"""The weights that ship: loaded by name as any other, finite, and what they do is a swap and no copy."""

import numpy as np
import pytest
import torch

from mobileswap.training.evaluate import COPY, SWAPPED, evaluate, swap_all
from mobileswap.training.faces.held_out import render_held_out
from mobileswap.training.shipped import loaded_networks


@pytest.mark.real
def test_rendered_weights_swap_better_than_copying_on_people_never_seen(tmp_path):
    networks = loaded_networks(("rendered",))
    held_out = render_held_out(tmp_path, people=12, swaps=12, told=lambda _: None)
    swapped = swap_all(networks["generator"], networks["embedder"], held_out)
    rows = {row.way: row for row in evaluate(swapped, held_out, {})}
    assert rows[SWAPPED].psnr > rows[COPY].psnr + 1
    assert rows[SWAPPED].psnr_changed > rows[COPY].psnr_changed + 1


def test_rendered_weights_tell_the_source_s_skin_from_another_s():
    """On one target: the swap with a pale source is paler than that with a dark one."""
    from mobileswap.training.embedder_task import embed
    from mobileswap.training.faces.attributes import plain_attributes
    from mobileswap.training.faces.identity import LOOKS, MACRO, SLIDERS, Identity, mean_identity
    from mobileswap.training.faces.render import prepare, render
    from mobileswap.training.tensors import to_tensor

    def with_skin(value: float) -> np.ndarray:
        values = mean_identity().values.copy()
        values[len(SLIDERS) + len(MACRO) + LOOKS.index("skin_dark")] = value
        return render(prepare(Identity(values, 0)), plain_attributes())

    networks = loaded_networks(("rendered",))
    code = embed(networks["embedder"], np.stack([with_skin(-2), with_skin(2)]))
    target = to_tensor(with_skin(0)[None])
    with torch.inference_mode():
        pale, dark = (networks["generator"](target, one[None])[0][0, :, 110:180, 90:160].mean() for one in code)
    assert float(pale) > float(dark) + 0.2
