"""Limits scale with the range that an output is declared to have, so that it has to be the golden file's."""

from collections.abc import Sequence

from mobileswap.contracts.errors import Misdeclared
from mobileswap.contracts.golden_file import Golden
from mobileswap.contracts.spec import TensorSpec

_CLOSE = 1e-6


def require_ranges_of(golden: Golden, outputs: Sequence[TensorSpec]) -> None:
    """Refuse an artifact.json whose data range would widen the limits.

    A picture may be given in other values, and its data range then grows with them; all else is given as it is.

    Raises:
        Misdeclared: naming the output, what was declared and what was expected.
    """
    known = {spec.name: spec for spec in golden.header.tensors}
    for spec in outputs:
        if spec.name not in known:
            continue
        model = known[spec.name]
        low, high = model.value_range
        factor = (spec.value_range[1] - spec.value_range[0]) / (high - low) if "H" in spec.layout else 1.0
        if not abs(spec.data_range - model.data_range * factor) <= _CLOSE * model.data_range * abs(factor):
            raise Misdeclared(
                f"output {spec.name}: artifact.json declares a data range of {spec.data_range:g}, expected "
                f"{model.data_range * factor:g} as the golden file has it"
            )
