"""Our tables of opsets against coremltools' own registry of operations."""

import coremltools as ct
from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

from mobileswap.formats.mil.opsets import PARAMETERS_SINCE, SINCE, VERSIONS

IOS15 = 6


def test_each_opset_has_the_version_of_its_system():
    assert {system: version for version, system in VERSIONS.values()} == {
        system: getattr(ct.target, system).value for system in ("iOS15", "iOS16", "iOS17", "iOS18")
    }


def test_what_came_after_ios_15():
    since, parameters = {}, {}
    for type_, variants in SSAOpRegistry.core_ops.items():
        known = None
        for target in sorted(variants, key=lambda target: target.value):
            names = set(variants[target].input_spec.input_types)
            if known is None and target.value > IOS15:
                since[type_] = target.value
            elif known is not None and target.value > IOS15 and names - known:
                parameters.setdefault(type_, {}).update(dict.fromkeys(names - known, target.value))
            known = names
    assert since == SINCE
    assert parameters == PARAMETERS_SINCE
