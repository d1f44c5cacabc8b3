"""The report on a whole file: verdicts, shares, switches, and what a device's plan makes of them."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import msgspec
import numpy as np
import pytest
from tiny_ane import half
from tiny_mil import F16, mb, save

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.lint_report import TIERS, LintReport, write_lint
from mobileswap.lint.ane import lint
from mobileswap.lint.ane.device_plan import DUMP

ENGINE, CPU, GPU = "MLNeuralEngineComputeDevice", "MLCPUComputeDevice", "MLGPUComputeDevice"
SPECIFICATION = "Data/com.apple.CoreML/model.mlmodel"


def network(x):
    first = mb.conv(x=x, weight=half(2, 2, 1, 1), name="first")  # 2·2·32·2 = 256 FLOPs
    rim = mb.pad(x=first, pad=[0, 0, 0, 0, 1, 1, 1, 1], mode="reflect", constant_val=np.float16(0), name="rim")
    second = mb.conv(x=rim, weight=half(2, 2, 3, 3), name="second")  # 2·2·32·18 = 2304
    slope = mb.leaky_relu(x=second, alpha=np.float16(0.5), name="slope")  # 64
    return mb.softmax(x=slope, axis=-1, name="odds")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return save(tmp_path_factory.mktemp("ane") / "net.mlpackage", network, ((1, 2, 1, 32), F16))


@pytest.fixture
def plan(package, tmp_path):
    """``plan(first=ENGINE, ...)`` is a plan's file; what is not named runs on the engine."""

    def write(changes=(), **units):
        types = {"first": "conv", "rim": "pad", "second": "conv", "slope": "leaky_relu", "odds": "softmax"}
        operations = [
            {
                "operator": f"ios16.{type_}",
                "outputs": [name],
                "preferred": units.get(name, ENGINE),
                "supported": [ENGINE, CPU],
                "cost": 0.25,
            }
            for name, type_ in types.items()
        ]
        constant = {"operator": "const", "outputs": ["w"], "preferred": None, "supported": [], "cost": None}
        content = {
            "schema": 1,
            "device": "iPhone12,1, iOS 18.1",
            "model_sha256": sha256_of(package / SPECIFICATION),
            "operations": [constant, *operations],
        } | dict(changes)
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(content))
        return path

    return write


def verdicts(report):
    return {op.name: op.verdict.value for op in report.operations}


def shares(summary):
    return {s.verdict.value: (s.operations, s.flops) for s in summary.shares if s.operations}


def test_the_worst_chip_decides_and_each_has_its_summary(package):
    report = lint(package)
    assert verdicts(report) == {
        "first": "ok",
        "rim": "falls off",
        "second": "ok",
        "slope": "numeric risk",
        "odds": "slow",
    }
    assert report.tiers == TIERS
    assert [summary.of for summary in report.summaries] == list(TIERS)
    a13, a14, a15, _ = report.summaries
    rest = {"numeric risk": (1, 64), "slow": (1, 0)}
    assert shares(a13) == {"ok": (2, 2560), "falls off": (1, 0), **rest}
    assert shares(a14) == {"ok": (2, 2560), "at risk": (1, 0), **rest}
    assert shares(a15) == {"ok": (3, 2560), **rest}
    assert [(s.switches, s.most_switches) for s in report.summaries] == [(2, 2), (0, 2), (0, 0), (0, 0)]
    assert [share.operations_percent for share in a13.shares] == [40, 20, 20, 0, 20]
    assert a13.shares[0].flops_percent == pytest.approx(100 * 2560 / 2624)
    assert report.not_counted == ("softmax",)
    assert {op.basis.value for op in report.operations} == {"prediction"}


def test_switches_put_the_whole_at_risk_where_there_are_any(package):
    (found,) = (finding for finding in lint(package).program if finding.rule == "SZ3")
    assert found.tiers == ("A13",)
    assert lint(package, tier="A15").program == ()


def test_a_tier_alone(package):
    report = lint(package, tier="A14")
    assert report.tiers == ("A14",)
    assert verdicts(report)["rim"] == "at risk"
    assert len(report.summaries) == 1


def test_report_survives_json(package, tmp_path):
    report = lint(package)
    write_lint(report, tmp_path / "lint.json")
    assert msgspec.json.decode((tmp_path / "lint.json").read_bytes(), type=LintReport) == report


def test_a_plan_decides_where_operations_run(package, plan):
    report = lint(package, tier="A13", plan=plan(first=GPU, odds=CPU))
    assert verdicts(report) == {
        "first": "falls off",  # predicted ok
        "rim": "ok",  # predicted to fall off
        "second": "ok",
        "slope": "numeric risk",  # the plan says nothing of numbers
        "odds": "falls off",
    }
    found = {op.name: op for op in report.operations}
    assert {name for name, op in found.items() if op.basis == "measured on device"} == {
        "first",
        "rim",
        "second",
        "odds",
    }
    assert {name for name, op in found.items() if op.overruled} == {"first", "rim", "odds"}
    assert found["first"].plan.preferred == "GPU"
    assert found["first"].plan.supported == ("Neural Engine", "CPU")
    assert found["first"].plan.cost == 0.25
    (summary,) = report.summaries
    assert (summary.of, summary.basis) == ("iPhone12,1, iOS 18.1", "measured on device")
    assert summary.switches == 2  # GPU, engine three times, CPU
    assert report.program == ()


def test_what_a_plan_leaves_out_stays_a_prediction(package, plan):
    path = plan()
    content = json.loads(path.read_text())
    content["operations"] = [op for op in content["operations"] if op["outputs"] != ["rim"]]
    path.write_text(json.dumps(content))
    (rim,) = (op for op in lint(package, tier="A13", plan=path).operations if op.name == "rim")
    assert (rim.verdict, rim.basis, rim.plan) == ("falls off", "prediction", None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_sha256": "0" * 64}, "of another model"),
        ({"schema": 2}, "schema 2, this mobileswap reads 1"),
        ({"operations": []}, "speaks of no operation"),
        ({"operations": 3}, "not a compute plan of schema 1"),
        ({"device": None}, "not a compute plan of schema 1"),
    ],
)
def test_a_plan_that_does_not_fit_is_one_line(package, plan, changes, message):
    with pytest.raises(BadInput, match=message) as error:
        lint(package, plan=plan(changes))
    assert "\n" not in str(error.value)


def test_a_plan_of_another_type_or_unit_is_named(package, plan):
    path = plan(first="MLAbacusComputeDevice")
    with pytest.raises(BadInput, match="names the unit MLAbacusComputeDevice"):
        lint(package, plan=path)
    path.write_text(plan().read_text().replace("ios16.pad", "ios16.tanh"))
    with pytest.raises(BadInput, match="'rim' is a tanh there and a pad in net"):
        lint(package, plan=path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00", b"[]"])
def test_a_damaged_plan_is_refused(package, tmp_path, content):
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(BadInput, match=r"plan\.json"):
        lint(package, plan=tmp_path / "plan.json")
    with pytest.raises(BadInput, match="none"):
        lint(package, plan=tmp_path / "none.json")


def test_wrong_use_is_refused(package, tmp_path):
    with pytest.raises(BadInput, match="--tier A12: known are A13, A14, A15, A16"):
        lint(package, tier="A12")
    with pytest.raises(BadInput, match=r"expected an \.mlpackage"):
        lint(tmp_path / "none.mlpackage")
    broken = tmp_path / "broken.mlpackage"
    (broken / SPECIFICATION).parent.mkdir(parents=True)
    (broken / "Manifest.json").write_bytes((package / "Manifest.json").read_bytes())
    (broken / SPECIFICATION).write_bytes((package / SPECIFICATION).read_bytes()[:-7])
    with pytest.raises(BadInput, match="damaged"):
        lint(broken)


def test_the_script_for_a_mac_writes_what_is_read(package, plan, tmp_path, monkeypatch):
    """With a coremltools that has the few names the script uses, as 9.0 documents them."""
    units = {name: type(name, (), {})() for name in (ENGINE, CPU)}
    usage = SimpleNamespace(preferred_compute_device=units[ENGINE], supported_compute_devices=list(units.values()))

    class Plan:
        model_structure: object

        @classmethod
        def load_from_path(cls, path, compute_units):
            assert (path, compute_units) == ("compiled", "ALL")
            made = [("const", "w"), ("ios16.conv", "first"), ("ios16.pad", "rim")]
            operations = [
                SimpleNamespace(operator_name=kind, outputs=[SimpleNamespace(name=name)], blocks=[])
                for kind, name in made
            ]
            plan = cls()
            block = SimpleNamespace(operations=operations)
            functions = {"main": SimpleNamespace(block=block)}
            plan.model_structure = SimpleNamespace(program=SimpleNamespace(functions=functions))
            return plan

        def get_compute_device_usage_for_mlprogram_operation(self, op):
            return None if op.operator_name == "const" else usage

        def get_estimated_cost_for_mlprogram_operation(self, op):
            return None if op.operator_name == "const" else SimpleNamespace(weight=0.5)

    fake = ModuleType("coremltools")
    fake.ComputeUnit = SimpleNamespace(ALL="ALL")
    fake.models = SimpleNamespace(MLModel=lambda _: SimpleNamespace(get_compiled_model_path=lambda: "compiled"))
    module = ModuleType("coremltools.models.compute_plan")
    module.MLComputePlan = Plan
    out = tmp_path / "dumped.json"
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "coremltools", fake)
        patched.setitem(sys.modules, "coremltools.models", ModuleType("coremltools.models"))
        patched.setitem(sys.modules, "coremltools.models.compute_plan", module)
        patched.setattr(sys, "argv", ["dump_plan.py", str(package), str(out)])
        exec(compile(DUMP, "dump_plan.py", "exec"), {})
    found = {op.name: op for op in lint(package, plan=Path(out)).operations}
    assert (found["rim"].verdict, found["rim"].basis, found["rim"].plan.cost) == ("ok", "measured on device", 0.5)
    assert found["second"].plan is None
