"""A device's own compute plan: what it is laid beside, and how to get one.

Save DUMP as ``dump_plan.py`` on a Mac with macOS 14.4 or later and coremltools 8.1 or later, and run

    python dump_plan.py model.mlpackage plan.json

The file is ComputePlan of contracts/lint_report.py as JSON: ``schema`` 1, ``device`` in words, ``model_sha256`` of the
package's model.mlmodel, and per operation ``operator``, ``outputs``, ``preferred`` and ``supported`` (class names of
coremltools' compute devices; ``preferred`` is null where Core ML says nothing) and ``cost`` (0 to 1, or null). What is
right on a Mac need not be on a phone: there, MLComputePlan of Core ML itself (iOS 17.4) gives the same values, to be
written in the same form.
"""

from collections.abc import Mapping
from pathlib import Path

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import sha256_of
from mobileswap.contracts.lint_report import UNITS, ComputePlan, PlannedOperation, PlannedUnit, read_plan
from mobileswap.formats.mil.package import Package
from mobileswap.formats.mil.program import Program

DUMP = """\
import hashlib, json, platform, sys
from pathlib import Path
import coremltools as ct
from coremltools.models.compute_plan import MLComputePlan

package, out = Path(sys.argv[1]), Path(sys.argv[2])
spec = package / "Data/com.apple.CoreML/model.mlmodel"
compiled = ct.models.MLModel(str(package)).get_compiled_model_path()
plan = MLComputePlan.load_from_path(compiled, compute_units=ct.ComputeUnit.ALL)

def named(device):
    return type(device).__name__

def operations(block):
    for op in block.operations:
        usage = plan.get_compute_device_usage_for_mlprogram_operation(op)
        cost = plan.get_estimated_cost_for_mlprogram_operation(op)
        yield {
            "operator": op.operator_name,
            "outputs": [value.name for value in op.outputs],
            "preferred": named(usage.preferred_compute_device) if usage else None,
            "supported": [named(device) for device in usage.supported_compute_devices] if usage else [],
            "cost": cost.weight if cost else None,
        }
        for inner in op.blocks:
            yield from operations(inner)

out.write_text(json.dumps({
    "schema": 1,
    "device": f"{platform.machine()}, macOS {platform.mac_ver()[0]}",
    "model_sha256": hashlib.sha256(spec.read_bytes()).hexdigest(),
    "operations": list(operations(plan.model_structure.program.functions["main"].block)),
}, indent=1))
"""


def planned_units(path: Path, plan: ComputePlan, package: Package, program: Program) -> Mapping[str, PlannedUnit]:
    """The plan's unit for each output of the program that it speaks of.

    Raises:
        BadInput: the plan is of another model, or does not fit the one that it says it is of.
    """
    if plan.model_sha256 != sha256_of(package.specification):
        raise BadInput(
            f"--plan {path}: of another model (model.mlmodel {plan.model_sha256[:12]}…, {package.path.name} has "
            f"{sha256_of(package.specification)[:12]}…); dump it from this file"
        )
    by_output = {name: planned for planned in plan.operations for name in planned.outputs}
    units = {}
    for operation in program.operations:
        output = operation.outputs[0].name if operation.outputs else ""
        planned = by_output.get(output)
        if planned is None or planned.preferred is None:
            continue
        if _type_of(planned) != operation.type:
            raise BadInput(
                f"--plan {path}: {output!r} is a {_type_of(planned)} there and a {operation.type} in "
                f"{package.path.name}; dump it again"
            )
        units[output] = _unit(planned)
    if not units:
        raise BadInput(f"--plan {path}: speaks of no operation of {package.path.name}; dump it again")
    return units


def _type_of(planned: PlannedOperation) -> str:
    """Core ML writes the opset before it: ``ios16.conv``."""
    return planned.operator.rpartition(".")[2]


def _unit(planned: PlannedOperation) -> PlannedUnit:
    assert planned.preferred is not None
    return PlannedUnit(UNITS[planned.preferred], tuple(UNITS[unit] for unit in planned.supported), planned.cost)


__all__ = ["DUMP", "planned_units", "read_plan"]
