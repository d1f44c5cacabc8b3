"""Every damage is caught in every format; see mutations.py for what each of them is."""

import pytest
from damage import FOR_NEURAL_ENGINE, Target
from mutations import MUTATIONS

SINGLE = (Target("onnx", "fp32"), FOR_NEURAL_ENGINE[0], Target("tnn", "fp32"))  # in the form that ships
HALF = tuple(Target(format_, "fp16") for format_ in ("coreml", "tnn"))
CASES = [
    pytest.param(mutation, target, id=f"{mutation.name}-{target}")
    for mutation in MUTATIONS
    for target in (HALF if mutation.half_only else SINGLE)
]


@pytest.mark.parametrize("target", [*SINGLE, *HALF], ids=str)
def test_what_is_not_damaged_passes(tiny_bench, in_process, tmp_path, target):
    for report in tiny_bench.judge(None, target, tmp_path):
        assert report.passed, report.sentence


@pytest.mark.parametrize(("mutation", "target"), CASES)
def test_damage_is_caught(tiny_bench, in_process, tmp_path, mutation, target):
    reports = tiny_bench.judge(mutation, target, tmp_path)
    failed = [report for report in reports if not report.passed]
    assert failed, [report.sentence for report in reports]
    assert {str(report.outcome) for report in failed} <= set(mutation.outcomes)


def test_the_table_names_every_damage_once_and_layers_that_are_there():
    from mobileswap.model.mobilefsgan.generator import Generator

    names = [mutation.name for mutation in MUTATIONS]
    assert len(set(names)) == len(names)
    paths = dict(Generator(channels=1, embedding_size=1).named_modules())
    assert {mutation.layer for mutation in MUTATIONS} - {None} <= paths.keys()
