"""What a proof did not see: the vendor's own runtime, values that no sample reached, inputs that are no samples."""

from collections.abc import Sequence

from mobileswap.contracts.artifact import Artifact
from mobileswap.contracts.format_facts import FORMATS, Format
from mobileswap.contracts.spec import TensorSpec

_ENOUGH = 0.99  # of the declared range, from the lowest to the highest value seen


def vendors_unseen(artifacts: Sequence[Artifact]) -> tuple[str, ...]:
    """What each format's proof leaves open, by whether its vendor's runtime had a say."""
    return tuple(words for entry in FORMATS if (words := _open(entry, artifacts)))


def _open(entry: Format, artifacts: Sequence[Artifact]) -> str:
    reports = [report for artifact in artifacts if artifact.format == entry.name for report in artifact.parity]
    if not reports:
        return ""
    by_vendor = any(not report.reference_executor for report in reports)
    return entry.open_with_vendor if by_vendor else entry.open_without_vendor


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
