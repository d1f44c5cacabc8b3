"""Lints programs of a few operations. Holds no tests."""

import numpy as np
from tiny_mil import F16, IOS16, save

from mobileswap.lint.ane import lint


def half(*shape, value=0.5):
    """A constant in float16."""
    return np.full(shape, value, np.float16)


def report(folder, build, *shapes, dtype=F16, opset=IOS16, **options):
    """The lint of what ``build`` makes of inputs of these shapes."""
    return lint(save(folder / "it.mlpackage", build, *((shape, dtype) for shape in shapes), opset=opset), **options)


def judged(folder, build, *shapes, **options):
    """Every operation's verdict by its name."""
    return {op.name: op for op in report(folder, build, *shapes, **options).operations}


def by_rule(op):
    """What each rule says on each chip: ``{"PD2": {"A13": "falls off", ...}}``."""
    said = {}
    for finding in op.findings:
        for tier in finding.tiers:
            said.setdefault(finding.rule, {})[tier] = finding.verdict.value
    return said
