"""Predicts from an .mlpackage which operations Apple's Neural Engine will not run, or not well, and says who says so.

rules.py       the one table of rules, and their sources
dtypes.py windows.py pictures.py kinds.py layout.py numerics.py    the rules themselves, one function each
tier.py        chips, and what arrives with which
view.py        questions that several rules ask of an operation
flops.py       work per operation
plan.py        a device's own compute plan, and how to get one
judge.py       all of them over one file
"""

from mobileswap.lint.ane.judge import lint

__all__ = ["lint"]
