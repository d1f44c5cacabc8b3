"""The one table of rules. Ids, sources and confidence are those of the project's notes on the Neural Engine.

A rule looks at one operation on one chip and says what applies, or nothing. OK1 counts only where no other rule says
more; UN1 is the rule for what nobody has written of: no evidence is no pass.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mobileswap.formats.mil.program import Operation
from mobileswap.lint.ane import layout, numerics, operation_types, padding_and_resizing, types_and_sizes, windows
from mobileswap.lint.ane.operation_view import Hit, View

SOURCES = {
    "A": "Apple, coreai-models, neural_engine_rules.md (2026; for Core AI, the same hardware)",
    "B": "sbryngelson/ane-guide, arXiv 2606.22283 (measured on M1, M2, M5; other chips inferred)",
    "C": "coremltools, source and documentation",
    "D": "an issue, named with it",
    "E": "hollance/neural-engine (2019–2022, partly outdated)",
    "F": "skyfallsin/apple-neural-engine-field-guide (M3 Max)",
}
NOT_JUDGED = (
    "NU3: the hardware turns NaN into infinity, so that NaN never shows (B); the inputs decide",
    "NU6: sums are kept in float32, so that chips differ from one another in the last places (B)",
    "NU7: right on a Mac is not right on a phone (coremltools#2173); that takes a phone",
    "SZ3 in part: Core ML may prefer the CPU for a small graph (C); no source says how small",
    "BC1 in part: many tiles are slow (B); no source says how many",
)
Judge = Callable[[Operation, View], Hit | None]


@dataclass(frozen=True)
class Rule:
    """One rule; ``source`` are keys of SOURCES, with the issue where it is D."""

    id: str
    judge: Judge
    source: str
    confidence: str


RULES = (
    Rule("DT1", types_and_sizes.single_precision, "A, C, E", "very high"),
    Rule("DT2", types_and_sizes.whole_numbers, "A, B", "high"),
    Rule("RK1", types_and_sizes.rank, "A, B", "very high"),
    Rule("SH1", types_and_sizes.flexible, "A, C", "high"),
    Rule("SH2", types_and_sizes.extent, "B; D FluidAudio#121, onnxruntime#19543", "very high"),
    Rule("CV1", windows.kernel, "B", "high"),
    Rule("CV2", windows.stride, "A; D coremltools#2173", "high"),
    Rule("CV3", windows.dilation, "A, E", "medium"),
    Rule("CV4", windows.form, "B, F", "medium"),
    Rule("CT1", windows.transposed, "D coremltools#2450, #2324", "medium"),
    Rule("PD1", padding_and_resizing.padded_axes, "B; D coremltools#2576", "high"),
    Rule("PD2", padding_and_resizing.mirrored, "B; D onnxruntime#28022", "medium"),
    Rule("PD3", padding_and_resizing.padded_with_a_constant, "B", "high"),
    Rule("RS1", padding_and_resizing.resized, "B; D coremltools#1198, #774", "medium"),
    Rule("RS2", padding_and_resizing.aligned_corners, "no source says either way", "low"),
    Rule("RS3", padding_and_resizing.scale, "E", "low"),
    Rule("OP1", operation_types.never, "B, C, E", "medium"),
    Rule("OP2", operation_types.newer, "B; D coremltools#1875", "medium"),
    Rule("OP3", operation_types.parameters, "B, F", "medium"),
    Rule("BC1", layout.broadcast, "B", "medium"),
    Rule("LY1", layout.singleton, "A", "high"),
    Rule("LY2", layout.moves_the_last_axis, "A", "high"),
    Rule("LN1", layout.product, "A", "medium"),
    Rule("SM1", layout.softmax, "A", "high"),
    Rule("PL1", windows.pooling, "A, E", "medium"),
    Rule("SZ2", layout.working_set, "B", "medium"),
    Rule("NU1", numerics.out_of_range, "B", "high"),
    Rule("NU2", numerics.cut_inside_a_row, "B", "high"),
    Rule("NU4", numerics.masks_and_squares, "A, C", "high"),
    Rule("NU8", numerics.shifted_division, "C, frontend/torch/ops.py of 9.0: reciprocal; run: 70 dB", "very high"),
    Rule("NU5", numerics.activation, "B; D coremltools#1023, #1671", "medium"),
    Rule("OK1", operation_types.native, "B", "high"),
    Rule("UN1", operation_types.unlisted, "none", "low"),
    Rule("UN1", padding_and_resizing.unknown_mode, "none", "low"),
)
