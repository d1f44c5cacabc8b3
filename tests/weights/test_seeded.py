import numpy as np
import pytest

from mobileswap.weights.catalogue import Recipe, find_weights, state_hash, verified
from mobileswap.weights.seeded import GENERATOR_GAINS, seeded_state

# shared/golden/report.json, "state_dict_sha256": the state_dicts that the golden data were made with.
GOLDEN = {
    "generator": "63b510ea77374fe9cdc812a9e7d788a607e984dae370f6d0c910042e9e87c4e7",
    "embedder": "905aac90dc3e8bc6cbb74249c2d4a17b663ce6131a7e170a747ec1c0d9180c1b",
}


@pytest.fixture(scope="module")
def released_recipes():
    from mobileswap.model.mobilefsgan.components import embedder, generator

    return {(one.family, one.name): Recipe(one.shapes(), one.gains) for one in (generator(), embedder())}


def test_released_networks_get_the_weights_of_the_golden_data(released_recipes):
    rows = {row.component: row for row in verified(released_recipes) if row.kind == "seeded"}
    assert {component: row.found for component, row in rows.items()} == GOLDEN
    assert all(row.ok for row in rows.values())
    assert {component: find_weights("seeded", "mobilefsgan", component).sha256 for component in GOLDEN} == GOLDEN


def test_each_key_is_drawn_by_its_end_and_its_place():
    shapes = {
        "b.weight": (2, 3, 2, 2),
        "a.bias": (4,),
        "c.num_batches_tracked": (),
        "d.running_mean": (4,),
        "e.running_var": (500,),
        "f.weight": (5,),
    }
    state = seeded_state(shapes)
    assert list(state) == sorted(shapes)
    assert {key: value.shape for key, value in state.items()} == shapes
    np.testing.assert_array_equal(state["a.bias"], np.float32(np.random.default_rng(1000).standard_normal(4) * 0.1))
    drawn = np.random.default_rng(1001).standard_normal((2, 3, 2, 2)) / np.sqrt(12)  # fan_in 3·2·2
    np.testing.assert_array_equal(state["b.weight"], np.float32(drawn))
    assert state["c.num_batches_tracked"].dtype == np.int64
    assert state["c.num_batches_tracked"] == 0
    np.testing.assert_array_equal(
        state["d.running_mean"], np.float32(np.random.default_rng(1003).standard_normal(4) * 0.1)
    )
    assert 0.5 <= state["e.running_var"].min() < 0.6
    assert 1.4 < state["e.running_var"].max() <= 1.5
    np.testing.assert_array_equal(state["f.weight"], np.float32(np.random.default_rng(1005).standard_normal(5)))
    assert {value.dtype for key, value in state.items() if key != "c.num_batches_tracked"} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("key", "gain"),
    [
        ("decoder.b64_0.conv_attention.weight", 0.2),
        ("identity_encoder.b8_down.fc_var.weight", 10.0),
        ("decoder.b64_0.basic_block.conv3x3.weight", 0.5),
        ("decoder.image64_output.conv.weight", 0.5),
        ("attribute_encoder.b64_1.conv3x3.weight", 1.0),
    ],
)
def test_gain_goes_with_part_of_the_key(key, gain):
    plain = np.random.default_rng(1000).standard_normal((2, 4)) * gain / 2
    np.testing.assert_array_equal(seeded_state({key: (2, 4)}, GENERATOR_GAINS)[key], np.float32(plain))


def test_a_gain_does_not_reach_a_bias():
    shapes = {"x.fc_mean.bias": (3,)}
    with_gains, without = seeded_state(shapes, GENERATOR_GAINS), seeded_state(shapes)
    np.testing.assert_array_equal(with_gains["x.fc_mean.bias"], without["x.fc_mean.bias"])


def test_state_hash_is_over_keys_and_bytes_in_key_order():
    one, two = np.array([1.0], np.float32), np.array([2], np.int64)
    # printf 'a\0\0\x80\x3fb\x02\0\0\0\0\0\0\0' | sha256sum
    expected = "3c79bc13c46cded2408ad7eaeda34363342fbb0d80805786e0c2a6ec383d370c"
    assert state_hash({"a": one, "b": two}) == expected
    assert state_hash({"b": two, "a": one}) == expected
    assert state_hash({"a": one, "b": two.astype(">i8")}) == expected


def test_state_hash_reads_a_view_in_its_own_order():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert state_hash({"a": array.T}) == state_hash({"a": np.ascontiguousarray(array.T)})
    assert state_hash({"a": array.T}) != state_hash({"a": array})
