"""What a proof did not see: the vendor's own runtime, values that no sample reached, inputs that are no samples."""

from collections.abc import Sequence

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.spec import TensorSpec

# Format → what nobody ran where our reference executor alone proved its files
_VENDORS = {
    "coreml": (
        "Core ML itself: the .mlpackage files were executed by mobileswap's reference executor on a CPU, "
        "never by Core ML, and never on an iPhone's GPU or Neural Engine. Their speed is not known."
    ),
    "tnn": (
        "TNN itself: the .tnnproto files were executed by mobileswap's reference executor on a CPU, never by TNN, and "
        "never on a phone. --tnn-test gives TNN's own program a say."
    ),
}
_ENOUGH = 0.99  # of the declared range, from the lowest to the highest value seen


def vendors_unseen(artifacts: Sequence[Artifact]) -> tuple[str, ...]:
    """A sentence for each format whose files only a reference executor ran."""
    by_format: dict[str, list[bool]] = {}
    for artifact in artifacts:
        by_format.setdefault(artifact.format, []).extend(report.reference_executor for report in artifact.parity)
    return tuple(words for name, words in _VENDORS.items() if by_format.get(name) and all(by_format[name]))


def values_unseen(artifacts: Sequence[Artifact]) -> tuple[str, ...]:
    """A sentence for each output whose declared range the samples did not reach the ends of."""
    found: dict[str, None] = {}
    for artifact in artifacts:
        for spec in artifact.outputs:
            low, high = spec.value_range
            seen = _seen(artifact, spec)
            if seen and not seen[1] - seen[0] >= _ENOUGH * (high - low):
                found[
                    f"Values of {artifact.component}'s {spec.name} outside of {seen[0]:.3g} to {seen[1]:.3g}, of the "
                    f"declared {low:g} to {high:g}: no sample's output reached them."
                ] = None
    return tuple(found)


def inputs_unseen(artifacts: Sequence[Artifact]) -> tuple[str, ...]:
    """That a file was asked for its samples, and for no more."""
    counts = [len({one.sample for one in report.samples}) for artifact in artifacts for report in artifact.parity]
    if not any(counts):
        return ()
    return (f"Inputs beyond the samples, {max(counts)} at most: a file that does otherwise there is not found out.",)


def _seen(artifact: Artifact, spec: TensorSpec) -> tuple[float, float] | None:
    ranges = [
        one.metrics.reference_range
        for report in artifact.parity
        for one in report.samples
        if one.output == spec.name and one.metrics
    ]
    return (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else None
