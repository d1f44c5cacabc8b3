"""The contract that every format in FORMATS keeps, whatever its toolchain; a new one is tested by being listed."""

import sys
import warnings
from dataclasses import replace

import pytest
import torch

from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.contracts.format_facts import FORMATS, CoreMlOptions, OnnxOptions, format_named
from mobileswap.contracts.format_options import choose_options, recorded
from mobileswap.export.exporters import exporter, require_options, require_toolchain, versions
from mobileswap.export.quiet import quiet
from mobileswap.model.graph.deploy import as_half, as_image
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.runtime_entries import open_runner, proving

DEFAULTS = [(entry.name, entry.precisions[0]) for entry in FORMATS]
OTHERS = [(entry.name, precision) for entry in FORMATS for precision in entry.precisions[1:]]
IMAGE_CASES = [(entry.name, p) for entry in FORMATS if entry.image_layout for p in entry.precisions]
TOLERANCE = {"fp32": 1e-4, "fp16": 0.05, "mixed": 0.05}


def in_own_runtime(path, format_name, precision, graph):
    """What the file computes on the graph's own examples, and what the graph does."""
    runner = open_runner(proving(format_name, precision)[0].runtime, path, RunnerOptions(threads=1))
    feed = {spec.name: x.numpy() for spec, x in zip(graph.inputs, graph.examples, strict=True)}
    try:
        found = runner.run(feed)
    finally:
        runner.close()
    with torch.no_grad():
        return found, graph.module(*graph.examples).numpy()


@pytest.mark.parametrize(
    ("format_name", "precision"), [*DEFAULTS, *(pytest.param(*case, marks=pytest.mark.real) for case in OTHERS)]
)
def test_file_computes_what_the_graph_does(exported, format_name, precision):
    path, graph, _ = exported(format_name, "generator", precision)
    found, expected = in_own_runtime(path, format_name, precision, graph)
    assert list(found) == ["swapped"]
    assert found["swapped"].shape == expected.shape
    assert found["swapped"].dtype == expected.dtype == "float32"
    assert expected.std() > 0.01
    assert abs(found["swapped"] - expected).max() < TOLERANCE[precision]


@pytest.mark.parametrize(("format_name", "precision"), OTHERS)
def test_every_other_precision_computes_it_too(small_graph, request_for, tmp_path, format_name, precision):
    chosen = format_named(format_name)
    graph = as_half(small_graph) if precision == "fp16" and chosen.halves_graph else small_graph
    path = tmp_path / f"x{chosen.suffix}"
    exporter(format_name)(graph, path, request_for(precision))
    found, expected = in_own_runtime(path, format_name, precision, graph)
    assert expected.std() > 0.1
    assert abs(found["swapped"] - expected).max() < TOLERANCE[precision]


@pytest.mark.real
@pytest.mark.parametrize("format_name", [entry.name for entry in FORMATS])
def test_embedder_goes_through_every_format(exported, format_name):
    precision = "fp32"
    path, graph, _ = exported(format_name, "embedder", precision)
    found, expected = in_own_runtime(path, format_name, precision, graph)
    assert list(found) == ["embedding"]
    assert abs(found["embedding"] - expected).max() < TOLERANCE[precision]


@pytest.mark.parametrize(("format_name", "precision"), IMAGE_CASES)
def test_pictures_go_in_and_come_out(small_graph, request_for, tmp_path, format_name, precision):
    chosen = format_named(format_name)
    whole = as_half(small_graph) if precision == "fp16" and chosen.halves_graph else small_graph
    graph = as_image(whole, chosen.image_layout)
    path = tmp_path / f"x{chosen.suffix}"
    exporter(format_name)(graph, path, request_for(precision, "image"))
    found, expected = in_own_runtime(path, format_name, precision, graph)
    assert found["swapped"].shape == expected.shape
    assert expected.max() > 100  # levels, not [-1, 1]
    assert abs(found["swapped"].astype(float) - expected).max() <= 1.01


@pytest.mark.parametrize(("format_name", "precision"), DEFAULTS)
def test_no_folder_of_this_machine_is_in_the_bytes(exported, contents, folders, format_name, precision):
    found = contents(exported(format_name, "generator", precision)[2].files)
    assert sum(len(content) for content in found.values()) > 10_000
    for name, content in found.items():
        for folder in folders:
            assert folder not in content, f"{folder!r} in {name}"
        assert b"site-packages" not in content
        assert b".py\x00" not in content
        assert b'File "' not in content


def test_the_search_for_folders_sees_into_archives(contents, folders, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.pt2", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("graph.json", b"stack trace: " + folders[0])
    assert any(folders[0] in content for content in contents([tmp_path / "x.pt2"]).values())


@pytest.mark.parametrize("format_name", [entry.name for entry in FORMATS])
def test_an_export_is_silent_and_leaves_the_graph_as_it_was(small_graph, request_for, tmp_path, capfd, format_name):
    graph = small_graph
    before = {key: value.clone() for key, value in graph.module.state_dict().items()}
    path = tmp_path / f"x{format_named(format_name).suffix}"
    written = exporter(format_name)(graph, path, request_for(format_named(format_name).precisions[0]))
    assert written.files[0] == path
    assert sorted(tmp_path.iterdir()) == sorted(written.files)  # nothing beside them
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    after = graph.module.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[key], before[key]) for key in before)


def test_own_options_are_refused_or_recorded():
    with pytest.raises(BadInput, match=r"--opset 17: expected 18 to 26; torch's exporter writes nothing older"):
        choose_options(OnnxOptions, {"opset": 17, "ios": "iOS17"})
    with pytest.raises(BadInput, match=r"--ios iOS9: known are iOS15, iOS16, iOS17, iOS18"):
        choose_options(CoreMlOptions, {"ios": "iOS9"})
    assert recorded(choose_options(OnnxOptions, {"opset": 20, "ios": "iOS17"})) == {"opset": "20"}
    assert recorded(choose_options(CoreMlOptions, {"ios": "iOS17"})) == {"minimum_deployment_target": "iOS17"}
    for entry in FORMATS:
        assert choose_options(entry.options, {}) == entry.options()


def test_a_toolchain_that_is_not_there_is_told_with_its_extra():
    chosen = replace(FORMATS[0], toolchain=("torch", "nosuchpackage"), extra="more")
    with pytest.raises(Unavailable, match=r"package nosuchpackage is not installed; pip install 'mobileswap\[more\]'"):
        require_toolchain(chosen)


@pytest.mark.parametrize("entry", FORMATS, ids=lambda entry: entry.name)
def test_a_listed_format_is_complete(entry):
    import inspect

    signature = inspect.signature(exporter(entry.name))
    assert list(signature.parameters) == ["graph", "path", "request"]
    assert set(entry.released) <= set(entry.precisions)
    assert entry.title
    assert entry.suffix.startswith(".")
    assert set(entry.precisions) <= {"fp32", "fp16", "mixed"}
    assert set(versions(entry)) == {"mobileswap", *entry.toolchain}
    assert all(versions(entry).values())
    for precision in entry.precisions:
        assert proving(entry.name, precision)


def test_names_and_suffixes_are_unique():
    assert len({entry.name for entry in FORMATS}) == len({entry.suffix for entry in FORMATS}) == len(FORMATS)


def test_an_unknown_format_is_told_which_there_are():
    known = ", ".join(entry.name for entry in FORMATS)
    for call in (format_named, exporter):
        with pytest.raises(BadInput, match=f"format tflite: known are {known}"):
            call("tflite")


def test_options_that_a_format_cannot_hold(request_for):
    with pytest.raises(BadInput, match=r"--precision fp16: pytorch takes fp32"):
        require_options(format_named("pytorch"), request_for("fp16"))
    with pytest.raises(BadInput, match=r"--io image: pytorch has no picture interface"):
        require_options(format_named("pytorch"), request_for(io="image"))
    for entry in FORMATS:
        require_options(entry, request_for())


def test_the_list_imports_no_toolchain():
    import subprocess

    heavy = {"torch", "onnx", "coremltools"}
    code = f"import mobileswap.export.exporters, sys; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_quiet_swallows_words_and_lets_errors_through(capfd):
    import logging

    before = logging.root.manager.disable
    with pytest.raises(ValueError, match="this one counts"), quiet():  # noqa: PT012  all of it is to be swallowed
        print("progress")  # noqa: T201
        print("notice", file=sys.stderr)  # noqa: T201
        logging.getLogger("converter").warning("deprecated")
        warnings.warn("old", stacklevel=1)
        raise ValueError("this one counts")
    assert capfd.readouterr() == ("", "")
    assert logging.root.manager.disable == before
    with pytest.warns(UserWarning, match="new"):
        warnings.warn("new", stacklevel=1)


def test_metadata_says_untrained_where_it_is(small_graph, request_for):
    from mobileswap.export.metadata import describe

    graph = small_graph
    trained, untrained = describe(graph, request_for()), describe(graph, request_for(trained=False))
    assert trained["weights"] == "w.pth"
    assert untrained["weights"] == "w.pth (UNTRAINED)"
    assert trained["tensor_target"] == "RGB target face, aligned; float32 NCHW 1×3×16×16 in [-1, 1]"
    assert list(trained) == list(untrained)
    assert list(describe(replace(graph, inputs=()), request_for()))[-1] == "tensor_swapped"
