"""Each rule with programs that it says something of, and with such as it lets pass."""

import coremltools as ct
import numpy as np
import pytest
from tiny_ane import by_rule, half, judged, report
from tiny_mil import F32, mb

from mobileswap.contracts.lint_report import TIERS
from mobileswap.formats.mil.program import Operation, Program, Variable
from mobileswap.lint.ane import judge, lint, operation_types, types_and_sizes, windows
from mobileswap.lint.ane.operation_view import view_of
from mobileswap.lint.ane.rules import RULES, SOURCES
from mobileswap.lint.ane.tier import Chip

PICTURE = (1, 2, 4, 4)
OK, SLOW, NUMERIC, RISK, OFF = "ok", "slow", "numeric risk", "at risk", "falls off"


def conv(x, *kernel, groups=1, **options):
    weight = half(2, x.shape[1] // groups, *kernel)
    return mb.conv(x=x, weight=weight, groups=groups, name="it", **options)


def palettised(x):
    weight = mb.constexpr_lut_to_dense(
        indices=np.uint8([0]), lut=half(2), shape=np.uint32([2, 2, 1, 1]), name="unpacked"
    )
    return mb.conv(x=x, weight=weight, strides=[3, 3], name="it")


def transposed(x, stride, **options):
    return mb.conv_transpose(x=x, weight=half(2, 2, 2, 2), strides=[stride, stride], name="it", **options)


def pad(x, amounts, mode="reflect"):
    return mb.pad(x=x, pad=amounts, mode=mode, constant_val=np.float16(0), name="it")


def grown(x, factor, *, align=False):
    return mb.upsample_bilinear(
        x=x, scale_factor_height=factor, scale_factor_width=factor, align_corners=align, name="it"
    )


def twice(x):
    return grown(x, 2)


def averaged(x, stride):
    return mb.avg_pool(x=x, kernel_sizes=[3, 3], strides=[stride, stride], pad_type="valid", name="it")


def tall_window(x):
    return mb.max_pool(x=x, kernel_sizes=[14, 1], strides=[2, 2], pad_type="valid", name="it")


def part(x):
    return mb.slice_by_size(x=x, begin=[0, 0, 0, 1], size=[1, 2, 4, 2], name="it")


def cropped(x, left):
    return mb.crop(x=x, crop_height=[1, 0], crop_width=[left, 1], name="it")


def cut(x, begin, end, **options):
    return mb.slice_by_index(x=x, begin=begin, end=end, name="it", **options)


def loop(x):
    def goes_on(state):
        return mb.less(x=mb.reduce_sum(x=state, axes=[0]), y=np.float16(9))

    return mb.while_loop(_cond=goes_on, _body=lambda s: mb.add(x=s, y=s, name="inner"), loop_vars=(x,), name="it")


def relu(x):
    return mb.relu(x=x, name="it")


def every(verdict):
    return dict.fromkeys(TIERS, verdict)


def tiers(*verdicts):
    return {tier: verdict for tier, verdict in zip(TIERS, verdicts, strict=True) if verdict}


APPLIES = [
    ("DT2", lambda x: mb.greater(x=x, y=np.float16(0), name="it"), PICTURE, every(RISK)),
    ("SH2", relu, (1, 1, 1, 16385), tiers(OFF, OFF, OFF, RISK)),
    ("SH2", relu, (1, 1, 16385, 2), tiers(OFF, OFF, OFF, RISK)),
    ("SH2", relu, (1, 1, 1, 65537), every(OFF)),
    ("SH2", relu, (1, 65537, 1, 2), every(OFF)),
    ("CV1", lambda x: conv(x, 1, 14, pad_type="same"), (1, 2, 4, 16), tiers(OFF, RISK, None, None)),
    ("CV1", lambda x: conv(x, 1, 17, pad_type="same"), (1, 2, 4, 16), every(OFF)),
    ("CV1", lambda x: conv(x, 30, 1, pad_type="same"), (1, 2, 32, 4), tiers(RISK, None, None, None)),
    ("CV1", lambda x: conv(x, 33, 1, pad_type="same"), (1, 2, 32, 4), every(RISK)),
    ("CV2", lambda x: conv(x, 1, 1, strides=[5, 5]), PICTURE, every(SLOW)),
    ("CV2", lambda x: conv(x, 1, 1, strides=[4, 3]), PICTURE, every(SLOW)),
    ("CV2", palettised, PICTURE, every(RISK)),
    ("CV3", lambda x: conv(x, 3, 3, dilations=[4, 4]), (1, 2, 16, 16), every(SLOW)),
    ("CV3", lambda x: conv(x, 3, 3, dilations=[5, 5]), (1, 2, 16, 16), every(RISK)),
    ("CV4", lambda x: mb.conv(x=x, weight=mb.relu(x=half(2, 2, 1, 1)), name="it"), PICTURE, every(OFF)),
    ("CV4", lambda x: conv(x, 1, 1, 1), (1, 2, 2, 2, 2), every(OFF)),
    ("CT1", lambda x: transposed(x, 16), PICTURE, every(RISK)),
    ("CT1", lambda x: transposed(x, 2, output_shape=[1, 2, 7, 7]), PICTURE, every(RISK)),
    ("PD1", lambda x: pad(x, [0, 0, 1, 1, 0, 0, 0, 0], "constant"), PICTURE, every(OFF)),
    ("PD1", lambda x: pad(x, [1, 1, 1, 1, 1, 1], "constant"), (1, 2, 2, 2, 2), every(OFF)),
    ("PD2", lambda x: pad(x, [0, 0, 0, 0, 1, 1, 1, 1]), PICTURE, tiers(OFF, RISK, OK, OK)),
    ("PD3", lambda x: pad(x, [1, 1, 1, 1], "constant"), PICTURE, every(OK)),
    ("RS1", twice, PICTURE, tiers(RISK, RISK, OK, OK)),
    ("RS2", lambda x: grown(x, 2, align=True), PICTURE, every(RISK)),
    ("RS3", lambda x: grown(x, 3), PICTURE, every(RISK)),
    ("RS3", lambda x: grown(x, 1.5), PICTURE, every(RISK)),
    ("OP1", lambda x: mb.reduce_prod(x=x, axes=[3], name="it"), PICTURE, every(OFF)),
    ("OP1", loop, (3,), every(OFF)),
    ("OP2", lambda x: mb.sin(x=x, name="it"), PICTURE, tiers(RISK, RISK, RISK, OK)),
    ("OP2", lambda x: mb.gather(x=x, indices=[0], axis=3, name="it"), PICTURE, tiers(RISK, RISK, OK, OK)),
    ("OP3", lambda x: mb.tile(x=x, reps=[1, 5, 1, 1], name="it"), PICTURE, every(RISK)),
    ("OP3", lambda x: mb.pixel_shuffle(x=x, upscale_factor=5, name="it"), (1, 25, 4, 4), every(RISK)),
    ("OP3", lambda x: mb.transpose(x=x, perm=[0, 2, 1, 3], name="it"), (1, 16385, 1, 2), every(RISK)),
    ("OP3", lambda x: mb.reduce_argmax(x=x, axis=1, name="it"), (1, 2049, 1, 2), every(RISK)),
    ("BC1", lambda x: mb.mul(x=x, y=mb.relu(x=half(1, 1)), name="it"), (1, 4), every(RISK)),
    ("BC1", lambda x: mb.mul(x=x, y=half(2, 1, 1), name="it"), PICTURE, every(RISK)),
    ("LY1", relu, (1, 4, 4, 1), every(SLOW)),
    ("LY2", lambda x: mb.transpose(x=x, perm=[0, 1, 3, 2], name="it"), PICTURE, every(SLOW)),
    ("LY2", lambda x: mb.reshape(x=x, shape=[1, 32], name="it"), PICTURE, every(SLOW)),
    ("LN1", lambda x: mb.linear(x=x, weight=half(3, 4), name="it"), (1, 4), every(RISK)),
    ("LN1", lambda x: mb.matmul(x=x, y=half(4, 2), name="it"), PICTURE, every(RISK)),
    ("SM1", lambda x: mb.softmax(x=x, axis=-1, name="it"), PICTURE, every(SLOW)),
    ("PL1", lambda x: averaged(x, 3), PICTURE, every(SLOW)),
    ("PL1", tall_window, (1, 2, 16, 4), every(RISK)),
    ("SZ2", relu, (1, 64, 64, 129), every(SLOW)),
    ("NU1", lambda x: mb.add(x=x, y=half(1, 2, 1, 1, value=np.inf), name="it"), PICTURE, every(NUMERIC)),
    ("NU1", lambda x: mb.add(x=x, y=half(1, 2, 1, 1, value=np.nan), name="it"), PICTURE, every(NUMERIC)),
    ("NU2", lambda x: cut(x, [0, 0, 0, 1], [1, 2, 4, 4]), PICTURE, tiers(NUMERIC, NUMERIC, NUMERIC, None)),
    ("NU2", lambda x: cut(x, [0, 0, 0, -1], [1, 2, 4, 4]), PICTURE, tiers(NUMERIC, NUMERIC, NUMERIC, None)),
    ("NU2", part, PICTURE, tiers(NUMERIC, NUMERIC, NUMERIC, None)),
    ("NU2", lambda x: cropped(x, 1), PICTURE, tiers(NUMERIC, NUMERIC, NUMERIC, None)),
    ("NU4", lambda x: mb.add(x=x, y=half(1, 2, 1, 1, value=-np.inf), name="it"), PICTURE, every(NUMERIC)),
    ("NU4", lambda x: mb.square(x=x, name="it"), PICTURE, every(NUMERIC)),
    ("NU4", lambda x: mb.mul(x=x, y=x, name="it"), PICTURE, every(NUMERIC)),
    ("NU5", lambda x: mb.leaky_relu(x=x, alpha=np.float16(0.1), name="it"), PICTURE, every(NUMERIC)),
    ("NU5", lambda x: mb.tanh(x=x, name="it"), PICTURE, every(OK)),
    ("NU8", lambda x: mb.inverse(x=x, name="it"), PICTURE, every(NUMERIC)),
    ("OK1", relu, PICTURE, every(OK)),
    ("UN1", lambda x: pad(x, [1, 1], "replicate"), PICTURE, every(RISK)),
]  # fmt: skip
PASSES = [
    ("DT1", relu, PICTURE),
    ("DT2", relu, PICTURE),
    ("RK1", relu, (1, 1, 1, 2, 2)),
    ("SH1", relu, PICTURE),
    ("SH2", relu, (1, 1, 1, 16384)),
    ("SH2", relu, (1, 16385, 1, 2)),
    ("CV1", lambda x: conv(x, 29, 13, pad_type="same"), (1, 2, 32, 16)),
    ("CV2", lambda x: conv(x, 1, 1, strides=[2, 3]), PICTURE),
    ("CV2", lambda x: conv(x, 1, 1, strides=[6, 6]), PICTURE),
    ("CV3", lambda x: conv(x, 3, 3, dilations=[2, 3]), (1, 2, 16, 16)),
    ("CV4", lambda x: conv(x, 3, 3, groups=2), PICTURE),
    ("CV4", palettised, PICTURE),
    ("CT1", lambda x: transposed(x, 2), PICTURE),
    ("PD1", lambda x: pad(x, [0, 0, 0, 0, 1, 1, 1, 1]), PICTURE),
    ("PD2", lambda x: pad(x, [0, 0, 0, 0]), PICTURE),
    ("RS2", twice, PICTURE),
    ("RS3", twice, PICTURE),
    ("OP1", relu, PICTURE),
    ("OP2", relu, PICTURE),
    ("OP3", lambda x: mb.tile(x=x, reps=[1, 4, 1, 1], name="it"), PICTURE),
    ("OP3", lambda x: mb.pixel_shuffle(x=x, upscale_factor=2, name="it"), (1, 4, 4, 4)),
    ("OP3", lambda x: mb.concat(values=[x, x], axis=1, name="it"), PICTURE),
    ("BC1", lambda x: mb.mul(x=x, y=half(1, 2, 1, 1), name="it"), PICTURE),
    ("BC1", lambda x: mb.mul(x=x, y=np.float16(3), name="it"), PICTURE),
    ("BC1", lambda x: mb.add(x=x, y=x, name="it"), (2, 3)),
    ("LY1", relu, (1, 4, 1, 4)),
    ("LY2", lambda x: mb.transpose(x=x, perm=[0, 2, 1, 3], name="it"), PICTURE),
    ("LY2", lambda x: mb.reshape(x=x, shape=[1, 8, 4], name="it"), PICTURE),
    ("LN1", lambda x: conv(x, 1, 1), PICTURE),
    ("SM1", lambda x: mb.softmax(x=x, axis=1, name="it"), PICTURE),
    ("PL1", lambda x: averaged(x, 2), PICTURE),
    ("SZ2", relu, (1, 64, 64, 128)),  # 1 MiB in and 1 MiB out
    ("NU1", lambda x: mb.add(x=x, y=half(1, 2, 1, 1, value=65504), name="it"), PICTURE),
    ("NU2", lambda x: cut(x, [0, 1, 2, 0], [1, 2, 4, 3]), PICTURE),
    ("NU2", lambda x: cut(x, [0, 0, 0, 1], [1, 2, 4, 4], begin_mask=[False, False, False, True]), PICTURE),
    ("NU2", lambda x: cropped(x, 0), PICTURE),
    ("NU4", lambda x: mb.mul(x=x, y=half(1, 2, 1, 1), name="it"), PICTURE),
    ("NU5", relu, PICTURE),
    ("NU8", lambda x: mb.inverse(x=x, epsilon=np.float16(0), name="it"), PICTURE),
    ("NU8", lambda x: mb.real_div(x=np.float16(1), y=x, name="it"), PICTURE),
    ("UN1", relu, PICTURE),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "build", "shape", "expected"), APPLIES)
def test_a_rule_applies(tmp_path, rule, build, shape, expected):
    assert by_rule(judged(tmp_path, build, shape)["it"])[rule] == expected


@pytest.mark.parametrize(("rule", "build", "shape"), PASSES)
def test_a_rule_lets_pass(tmp_path, rule, build, shape):
    assert rule not in by_rule(judged(tmp_path, build, shape)["it"])


def test_every_rule_is_tested_both_ways_and_names_a_source():
    ids = {rule.id for rule in RULES}
    always_says_something = {"PD3", "RS1", "OK1"}  # of every pad with a constant, every resize, all that is known
    elsewhere = {"DT1", "RK1", "SH1"}  # below
    assert {rule for rule, *_ in APPLIES} | elsewhere == ids
    assert {rule for rule, *_ in PASSES} | always_says_something == ids
    letters = {part.strip().split()[0] for rule in RULES for part in rule.source.replace(";", ",").split(",")}
    assert {letter for letter in letters if len(letter) == 1} == set(SOURCES)


def test_float32_falls_off_but_for_the_casts_at_the_border(tmp_path):
    def build(x):
        inside = mb.relu(x=mb.cast(x=x, dtype="fp16", name="enters"), name="half")
        back = mb.cast(x=inside, dtype="fp32", name="back")
        again = mb.cast(x=mb.relu(x=back, name="single"), dtype="fp16", name="again")
        return mb.cast(x=again, dtype="fp32", name="leaves")

    ops = judged(tmp_path, build, PICTURE, dtype=F32)
    assert {name: op.verdict.value for name, op in ops.items()} == {
        "enters": OK, "half": OK, "back": OFF, "single": OFF, "again": OFF, "leaves": OK,
    }  # fmt: skip
    assert [name for name, op in ops.items() if op.border] == ["enters", "leaves"]
    assert all(by_rule(ops[name])["DT1"] == every(OFF) for name in ("back", "single", "again"))


@pytest.mark.parametrize(
    ("shape", "verdict"),
    [
        ((1, 3, ct.RangeDim(1, 9), 8), OFF),
        (ct.EnumeratedShapes([(1, 3, 4, 8), (1, 3, 8, 8)]), RISK),
    ],
)
def test_flexible_shapes(tmp_path, shape, verdict):
    specs = [mb.TensorSpec(shape=(1, 3, ct.converters.mil.mil.get_new_symbol(), 8))]
    program = mb.program(input_specs=specs, opset_version=ct.target.iOS16)(relu)
    inputs = [ct.TensorType("x", shape)]
    model = ct.convert(program, inputs=inputs, minimum_deployment_target=ct.target.iOS16, skip_model_load=True)
    model.save(str(tmp_path / "flexible.mlpackage"))
    (found,) = (op for op in lint(tmp_path / "flexible.mlpackage").operations if op.type == "relu")
    assert by_rule(found)["SH1"] == every(verdict)
    assert found.shape == (1, 3, -1, 8)
    assert found.flops is None


def test_operations_of_a_block_are_judged_too(tmp_path):
    ops = judged(tmp_path, loop, (3,))
    assert (ops["it"].verdict, ops["inner"].verdict) == (OFF, OK)


def hit_of(judge, op):
    """For what coremltools refuses to build, and another tool may not."""
    inputs = tuple(v for given in op.inputs.values() for v in given if v.constant is None)
    return judge(op, view_of(Program(inputs, op.outputs, frozenset(), (op,)), Chip("A13")))


def test_groups_that_divide_no_channels_fall_off():
    x, y = Variable("x", "fp16", (1, 8, 4, 4)), Variable("y", "fp16", (1, 6, 4, 4))
    weight = Variable("w", "fp16", (6, 2, 1, 1), half(6, 2, 1, 1))
    groups = Variable("g", "int32", (), np.int32(3))
    hit = hit_of(windows.form, Operation("conv", "it", {"x": (x,), "weight": (weight,), "groups": (groups,)}, (y,)))
    assert hit.verdict == OFF
    assert "3 groups do not divide 8 and 6" in hit.reason


def test_more_than_five_axes_fall_off():
    x, y = (Variable(name, "fp16", (1, 1, 1, 1, 2, 2)) for name in "xy")
    assert hit_of(types_and_sizes.rank, Operation("relu", "it", {"x": (x,)}, (y,))).verdict == OFF


def test_what_nobody_has_written_of_is_at_risk():
    x, y = (Variable(name, "fp16", PICTURE) for name in "xy")
    assert hit_of(operation_types.unlisted, Operation("hologram", "it", {"x": (x,)}, (y,))).verdict == RISK


def test_inputs_and_outputs_whose_rows_are_no_whole_64_bytes(tmp_path):
    def build(x, y):
        return mb.relu(x=x, name="even"), mb.relu(x=y, name="odd")

    found = report(tmp_path, build, (1, 2, 4, 32), (1, 2, 4, 33)).program
    assert [(f.rule, f.verdict.value, f.reason.split(":")[0]) for f in found] == [
        ("LY1", NUMERIC, "y"),
        ("LY1", NUMERIC, "odd"),
    ]


def test_a_model_of_more_than_a_gigabyte(tmp_path, monkeypatch):
    assert report(tmp_path, relu, (1, 2, 4, 32)).program == ()
    monkeypatch.setattr(judge, "_LARGEST_MODEL", 100)
    (found,) = report(tmp_path, relu, (1, 2, 4, 32)).program
    assert (found.rule, found.verdict) == ("SZ1", OFF)
