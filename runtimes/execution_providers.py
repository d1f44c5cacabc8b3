"""ONNX Runtime's execution providers by short names; which of them a build has, only that build can say."""

from collections.abc import Mapping, Sequence

_NAMES = (
    "CPUExecutionProvider",  # the default
    "CUDAExecutionProvider",
    "TensorrtExecutionProvider",
    "NvTensorRTRTXExecutionProvider",
    "MIGraphXExecutionProvider",
    "OpenVINOExecutionProvider",
    "DnnlExecutionProvider",
    "CoreMLExecutionProvider",
    "XnnpackExecutionProvider",
    "NnapiExecutionProvider",
    "QNNExecutionProvider",
    "DmlExecutionProvider",
    "ACLExecutionProvider",
    "WebGpuExecutionProvider",
    "AzureExecutionProvider",
)
PROVIDERS: Mapping[str, str] = {name.removesuffix("ExecutionProvider").lower(): name for name in _NAMES}


def short_name(provider: str) -> str:
    """``cuda`` for ``CUDAExecutionProvider``."""
    return provider.removesuffix("ExecutionProvider").lower()


def shares(assigned: Sequence[tuple[str, int]]) -> str:
    """Which provider took how many operations, the busiest first: ``xnnpack 120 of 150 operations, cpu 30``.

    One that took all is named alone.
    """
    counts: dict[str, int] = {}
    for provider, operations in assigned:
        counts[short_name(provider)] = counts.get(short_name(provider), 0) + operations
    (most, operations), *others = sorted(counts.items(), key=lambda entry: -entry[1])
    if not others:
        return most
    total = sum(counts.values())
    return f"{most} {operations} of {total} operations, " + ", ".join(f"{name} {count}" for name, count in others)


def part_elsewhere(ran_on: str) -> bool:
    """Whether ``shares`` named more than one provider."""
    return " operations, " in ran_on
