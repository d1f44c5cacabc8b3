"""The HTML report: built from small made-up results, then read as a browser and a person would."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest

from mobileswap.contracts.artifact import WeightsRecord, json_beside, record_file, write_artifact
from mobileswap.contracts.bench_result import Doubt, Flag, Peak, write_result
from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.golden_file import Golden, GoldenHeader, Sample, SampleNote, write_golden
from mobileswap.contracts.lint_report import SCHEMA as LINT_SCHEMA
from mobileswap.contracts.lint_report import (
    Basis,
    ChipSummary,
    Finding,
    LintReport,
    OperationVerdict,
    Share,
    Verdict,
    write_lint,
)
from mobileswap.contracts.spec import Kind, TensorSpec
from mobileswap.contracts.verdict import Outcome, Waiver
from mobileswap.reports.page import write_report
from mobileswap.reports.parity_folder import Evidence, write_parity_folder

SECTIONS = ["verdict", "faces", "parity", "latency", "sizes", "engine", "origin", "waivers", "check"]
TRAINED = WeightsRecord("mine.pth", "9" * 64, True, "our training", "proprietary")
ATTACK = '<script>alert(1)</script>"\' onmouseover="alert(2)'
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """What a reader of the HTML finds: elements with their attributes, texts, and whether all of it is nested well."""

    def __init__(self, file):
        super().__init__()
        self.html = file.read_text()
        self.elements, self.text, self.open, self.scripts = [], "", [], []
        self.feed(self.html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            self.scripts.append((self.open[-1], data))
        else:
            self.text += data

    def all(self, tag, **wanted):
        return [a for t, a in self.elements if t == tag and all(a.get(k) == v for k, v in wanted.items())]

    def classed(self, name):
        return [a for _, a in self.elements if name in (a.get("class") or "").split()]


def lint_of(artifact):
    finding = Finding("OK1", Verdict.OK, "native", "B", "high", ("A13",))
    operation = OperationVerdict(
        "conv_1", "conv", (1, 3, 8, 8), 1000, False, Verdict.OK, Basis.PREDICTION, (finding,), None, False
    )
    shares = tuple(
        Share(verdict, *((1, 100.0, 1000, 100.0) if verdict is Verdict.OK else (0, 0.0, 0, 0.0))) for verdict in Verdict
    )
    return LintReport(
        schema=LINT_SCHEMA,
        artifact=artifact.files[0].name,
        artifact_sha256=artifact.sha256,
        tiers=("A13",),
        tier_note="names of chips",
        operations=(operation,),
        program=(),
        summaries=(ChipSummary("A13", Basis.PREDICTION, shares, 0, 0),),
        plan_device="",
        not_counted=(),
        not_judged=("NU7: takes a phone",),
        sources=("B: a guide",),
    )


_PICTURE = TensorSpec("", (1, 3, 8, 8), "float32", "NCHW", (-1.0, 1.0), 2.0, "a face")
_PERSON = TensorSpec("", (1, 4), "float32", "NC", (-1.0, 1.0), 2.0, "a person", Kind.VECTOR, norm=1.0)
GOLDEN_SPECS = {"target": _PICTURE, "source": _PICTURE, "swapped": _PICTURE, "embedding": _PERSON}


def golden(kind, inputs, outputs, **samples):
    notes = tuple(SampleNote(name, f"what {name} is for") for name in samples)
    specs = {name: replace(GOLDEN_SPECS[name], name=name) for name in (*inputs, *outputs)}
    header = GoldenHeader("tiny", kind, "0" * 64, "0", inputs, outputs, notes, tuple(specs.values()))
    return Golden(header, tuple(Sample(name, *tensors, specs) for name, tensors in samples.items()))


@pytest.fixture
def release(make, tmp_path):
    """``release(changes of the ONNX generator, bench=…)`` makes a folder as ``mobileswap release`` does."""

    def built(bench=None, **changes):
        folder = tmp_path / "release 1#"  # characters that a link has to escape
        home = folder / "artifacts"
        home.mkdir(parents=True)
        artifacts = []
        for format_, component, size in (
            ("onnx", "generator", 1500),
            ("onnx", "embedder", 500),
            ("coreml", "generator", 900),
        ):
            artifact = make.artifact(
                format_, component, **(changes if (format_, component) == ("onnx", "generator") else {})
            )
            file = home / artifact.files[0].name
            file.write_bytes(component[:1].encode() * size)
            artifact = replace(artifact, files=(record_file(file),))
            write_artifact(artifact, json_beside(file))
            artifacts.append(artifact)
        runs = bench or (make.run(artifact_sha256=artifacts[0].sha256),)
        runs = [replace(run, artifact_sha256=artifacts[0].sha256) for run in runs]
        write_result(replace(make.result(*runs), peaks=(Peak("CPU", "fp32", 2, 40.0),)), folder / "bench.json")
        rng = np.random.default_rng(0)
        picture, face = rng.uniform(-1, 1, (2, 1, 3, 8, 8)).astype(np.float32)
        person = np.eye(1, 4, dtype=np.float32)
        write_golden(
            golden(
                "generator",
                ("target", "embedding"),
                ("swapped",),
                **{"hopper/collins": ({"target": picture, "embedding": person}, {"swapped": picture / 2})},
            ),
            tmp_path / "generator.safetensors",
        )
        write_golden(
            golden("embedder", ("source",), ("embedding",), collins=({"source": face}, {"embedding": person})),
            tmp_path / "embedder.safetensors",
        )
        write_golden(
            golden("generator", (), ("swapped",), **{"hopper/collins": ({}, {"swapped": picture / 2 + 0.004})}),
            tmp_path / "kept.safetensors",
        )
        kept = {"onnxruntime": tmp_path / "kept.safetensors"}
        evidence = [
            Evidence(artifacts[0], tmp_path / "generator.safetensors", kept),
            Evidence(artifacts[1], tmp_path / "embedder.safetensors"),
            Evidence(artifacts[2], tmp_path / "generator.safetensors"),
        ]
        write_parity_folder(folder, evidence, "mobileswap release")
        (folder / "lint").mkdir()
        write_lint(lint_of(artifacts[2]), folder / "lint" / "generator.mlpackage.json")
        return SimpleNamespace(folder=folder, home=home, artifacts=artifacts)

    return built


def page_of(folder, file=None):
    return Page(write_report(folder, file))


def test_sections_in_their_order_with_the_verdict_on_top(release):
    page = page_of(release().folder)
    ids = [a["id"] for _, a in page.elements if a.get("id") in SECTIONS]
    assert ids == SECTIONS
    assert [a["href"] for a in page.all("a") if a["href"].startswith("#")][1:] == [f"#{name}" for name in SECTIONS]
    assert page.all("h1", id="word")
    assert "PASS: release 1#" in page.text
    assert "Core ML itself" in page.text  # what was not checked


def test_untrained_weights_are_announced_before_the_verdict(release):
    page = page_of(release().folder)
    assert page.classed("alarm")
    assert page.text.index("UNTRAINED WEIGHTS.") < page.text.index("Not checked")


def test_trained_weights_are_not(make, release):
    run = release((make.run(trained=True),), weights=TRAINED)
    for artifact in run.artifacts[1:]:
        file = run.home / artifact.files[0].name
        write_artifact(replace(artifact, weights=TRAINED), json_beside(file))
    page = page_of(run.folder)
    assert not page.classed("alarm")
    assert "untrained" not in page.text.lower()


def test_the_page_needs_nothing_from_anywhere(release):
    page = page_of(release().folder)
    for tag, attributes in page.elements:
        if tag in ("a", "use"):
            continue
        for name in ("src", "href", "data", "action", "poster", "srcset"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, attributes)
    assert not re.search(r"url\(|@import|https?:", "".join(data for _, data in page.scripts))
    assert not any(urlsplit(a["href"]).scheme for a in page.all("a"))


def test_only_our_own_style_and_script_are_let_through(release):
    page = page_of(release().folder)
    (policy,) = [a["content"] for a in page.all("meta") if "http-equiv" in a]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert [tag for tag, _ in page.scripts] == ["style", "script"]
    for tag, data in page.scripts:
        digest = base64.b64encode(hashlib.sha256(data.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [a for _, a in page.elements if "style" in a or any(name.startswith("on") for name in a)]


def resolve(content, field):
    for index, name in re.findall(r"\[(\d+)\]|([^.\[\]]+)", field):
        content = content[int(index)] if index else content[name]
    return content


def test_every_link_leads_to_a_file_and_every_figure_to_its_field(release):
    folder = release().folder
    page = page_of(folder)
    figures = 0
    for link in page.all("a"):
        if link["href"].startswith("#"):
            continue
        file = folder / unquote(link["href"])
        assert file.is_file(), link
        name, _, rest = link.get("title", "").partition(": ")
        field, equals, value = rest.partition(" = ")
        if equals and "[*]" not in field and '"' not in field:
            assert unquote(link["href"]) == name
            found = resolve(json.loads(file.read_text()), field)
            assert (value == str(found)) or json.loads(value.replace("(", "[").replace(")", "]")) == found, link
            figures += 1
    assert figures > 100


def test_links_lead_back_from_another_folder(release, tmp_path):
    run = release()
    (tmp_path / "elsewhere").mkdir()
    page = page_of(run.folder, tmp_path / "elsewhere" / "r.html")
    links = [a["href"] for a in page.all("a") if not a["href"].startswith("#")]
    assert all((tmp_path / "elsewhere" / unquote(link)).is_file() for link in links)


def test_the_same_folder_gives_the_same_page(release):
    folder = release().folder
    assert write_report(folder).read_bytes() == write_report(folder).read_bytes()


def test_faces_show_source_target_reference_artifact_and_difference(release):
    page = page_of(release().folder)
    labels = [a["aria-label"] for a in page.all("svg", role="img") if "hopper/collins" in a["aria-label"]]
    assert [label.partition(" ")[0] for label in labels[:4]] == ["source", "target", "PyTorch's", "swapped"]
    assert "32 times as bright" in page.text
    assert "what hopper/collins is for" in page.text
    keys = {f"#{a['id']}" for a in page.all("image")}
    assert {a["href"] for a in page.all("use")} == keys
    assert all(a["href"].startswith("data:image/webp;base64,") for a in page.all("image"))


def test_every_pass_is_a_dot_and_the_papers_rows_are_marked(make, release):
    page = page_of(release((make.run(samples_ms=tuple(150.0 + i for i in range(20))),)).folder)
    assert len(page.all("circle", r="2.8")) == 20
    assert len(page.all("path", **{"class": "diamond"})) == 6 + 1  # one is the key
    rows = [a for a in page.all("tr") if a.get("class") == "paper"]
    assert len(rows) == 6 + 6  # table 3 and table 4
    assert page.text.count("the paper’s") >= len(rows)


def test_doubts_and_the_share_of_the_peak_are_shown(make, release):
    run = make.run(flags=(Flag(Doubt.DRIFT, "the last third took 9 % longer"),), flops=1_595_000_000)
    page = page_of(release((run,)).folder)
    assert "drift" in page.text
    assert "the last third took 9 % longer" in page.text
    assert re.search(r"GFLOP/s\s*10\.0\s*of the peak %\s*25", page.text)


def test_a_backend_that_gave_no_figures_is_said_and_fails(make, release):
    broken = make.run("pytorch", outcome=Outcome.TIMEOUT, detail="600 s went by", samples_ms=(), summary=None)
    page = page_of(release((make.run(), broken)).folder)
    assert "TIMEOUT: 600 s went by" in page.text
    assert "FAIL: release 1#" in page.text


def test_an_artifact_that_failed_stands_against_it(make, release):
    worst = make.sample(psnr=20.0, outcome=Outcome.TOO_FAR)
    report = make.report(outcome=Outcome.TOO_FAR, samples=(worst,), sentence="TOO_FAR: PSNR 20.0 dB")
    page = page_of(release(parity=(report,)).folder)
    assert "FAIL: release 1#" in page.text
    assert "mobilefsgan-generator-fp32 (ONNX) is not proven: onnxruntime TOO_FAR." in page.text
    assert [a for a in page.classed("dot") if "fail" in a["class"]]


def test_a_waiver_is_shown_with_its_reason(make, tmp_path):
    report = make.report(outcome=Outcome.NOT_CHECKED, samples=(), worst=None, waiver=Waiver("onnxruntime", "no room"))
    write_parity_folder(tmp_path, [Evidence(make.artifact(parity=(report,)), tmp_path / "none")], "")
    page = page_of(tmp_path)
    assert page.text.count("no room") == 2  # on top and in its section
    assert "WAIVED" in page.text


def test_changed_limits_stand_beside_the_default_ones(make, release):
    report = make.report()
    loose = replace(report.limits, psnr_db=replace(report.limits.psnr_db, hard=12.0))
    page = page_of(release(parity=(replace(report, limits=loose),)).folder)
    assert "judged by other limits than the default ones" in page.text
    assert re.search(r"PSNR dB, at least\s+12\s+90\s+70\s+90", page.text)


def test_a_lint_is_called_a_prediction(release):
    page = page_of(release().folder)
    assert "Predicted, not measured" in page.text
    assert [a for a in page.classed("origin") if "predicted" in a["class"]]


def test_files_that_speak_of_others_do_not_pass(release):
    run = release()
    for name, key, words in (
        ("parity.json", "sha256", "parity.json speaks of"),
        ("lint/generator.mlpackage.json", "artifact_sha256", "speaks of mobilefsgan-generator-fp32.mlpackage"),
    ):
        path = run.folder / name
        before = path.read_text()
        path.write_text(re.sub(rf'("{key}": )"\w+"', rf'\1"{"0" * 64}"', before, count=1))
        page = page_of(run.folder)
        assert words in page.text
        assert "FAIL: release 1#" in page.text
        path.write_text(before)


def test_names_from_files_are_never_more_than_text(make, release):
    flags = (Flag(Doubt.DRIFT, ATTACK),)
    run = make.run(backend=ATTACK, backend_version=ATTACK, artifact=ATTACK, device=ATTACK, flags=flags)
    report = replace(make.report(), runtime_version=ATTACK, sentence=ATTACK, samples=(make.sample(ATTACK),))
    weights = WeightsRecord(ATTACK, "9" * 64, False, ATTACK, ATTACK)
    page = page_of(release((run,), weights=weights, parity=(report,), versions={ATTACK: ATTACK}).folder)
    assert len(page.all("script")) == 1
    assert not [a for _, a in page.elements if any(name.startswith("on") for name in a)]
    assert page.text.count("<script>alert(1)</script>") >= 8  # as text


def test_what_is_missing_is_said(make, tmp_path):
    write_parity_folder(tmp_path, [Evidence(make.artifact(), tmp_path / "none")], "")
    page = page_of(tmp_path)
    for words in ("no pictures in this folder", "Nothing was timed", "Nothing was linted", "nothing was sized"):
        assert words in page.text
    assert "PASS: " in page.text


def test_times_alone_prove_nothing(make, tmp_path):
    write_result(make.result(make.run()), tmp_path / "bench.json")
    page = page_of(tmp_path)
    assert "There is no proof in this folder" in page.text
    assert "FAIL: " in page.text


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("bench.json", lambda text: text[: len(text) // 2], "expected a JSON file"),
        ("bench.json", lambda text: text.replace('"schema": 2', '"schema": 99'), "schema 99"),
        ("parity.json", lambda text: "[]", "not a parity.json"),
        ("parity.json", lambda text: text.replace("pictures/", "../../pictures/"), "outside of the folder"),
        ("parity.json", lambda text: text.replace("-target.png", "-gone.png"), "not there"),
        ("lint/generator.mlpackage.json", lambda text: text[:100], "expected a JSON file"),
        ("artifacts/mobilefsgan-generator-fp32.onnx", lambda text: text + "x", "SHA-256"),
        ("artifacts/mobilefsgan-generator-fp32.onnx.json", lambda text: "{}", "not an artifact.json"),
    ],
)
def test_a_folder_that_cannot_be_trusted_gets_no_page(release, name, change, words):
    folder = release().folder
    path = folder / name
    path.write_text(change(path.read_text()))
    with pytest.raises(BadInput, match=words):
        write_report(folder)
    assert not (folder / "report.html").exists()


def test_a_picture_that_is_none(release):
    folder = release().folder
    next(folder.glob("pictures/**/*-difference.png")).write_bytes(b"<svg onload=alert(1)>")
    with pytest.raises(BadInput, match="not a picture"):
        write_report(folder)


def test_an_artifact_whose_file_is_gone(release):
    run = release()
    (run.home / run.artifacts[0].files[0].name).unlink()
    with pytest.raises(BadInput, match="named in artifact"):
        write_report(run.folder)
