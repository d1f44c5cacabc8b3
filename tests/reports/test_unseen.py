"""What nobody has checked is said: vendors' runtimes, values beyond those seen, inputs beyond the samples."""

from dataclasses import replace

import pytest

from mobileswap.reports.unseen import inputs_unseen, values_unseen, vendors_unseen


@pytest.fixture
def artifact(make):
    """``artifact(format)`` with one report; ``seen`` is the range of the model's own outputs in it."""

    def an_artifact(format_="tnn", *, reference_executor=True, seen=(-0.9, 0.86)):
        report = make.report()
        samples = tuple(replace(one, metrics=replace(one.metrics, reference_range=seen)) for one in report.samples)
        held = replace(report, reference_executor=reference_executor, samples=samples)
        return replace(make.artifact(), format=format_, parity=(held,))

    return an_artifact


@pytest.mark.parametrize(("format_", "name"), [("tnn", "TNN itself"), ("coreml", "Core ML itself")])
def test_a_vendor_that_had_no_say_is_named(artifact, format_, name):
    (words,) = vendors_unseen([artifact(format_)])
    assert words.startswith(name)
    assert not any(words.startswith(name) for words in vendors_unseen([artifact(format_, reference_executor=False)]))


def test_onnx_is_proven_by_its_own_runtime(artifact):
    assert vendors_unseen([artifact("onnx", reference_executor=False)]) == ()


def test_values_that_no_output_reached(artifact):
    (words,) = values_unseen([artifact(seen=(-0.9, 0.86))])
    assert "outside of -0.9 to 0.86, of the declared -1 to 1" in words
    assert values_unseen([artifact(seen=(-1.0, 1.0))]) == ()


def test_the_number_of_samples(artifact):
    (words,) = inputs_unseen([artifact()])
    assert words.startswith("Inputs beyond the samples, ")
    assert inputs_unseen([replace(artifact(), parity=())]) == ()
