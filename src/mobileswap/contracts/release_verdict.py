"""The verdict on a folder. One function decides it; README.md, report.html, the table and the exit status print it."""

from collections.abc import Sequence
from enum import StrEnum

from mobileswap.contracts.verdict import Outcome, ParityReport


class ReleaseVerdict(StrEnum):
    """From the best to the worst."""

    PASS = "PASS"
    PASS_WITH_WARNING = "PASS WITH WARNING"  # within the hard limits, outside the expected ones
    WAIVED = "WAIVED"  # nothing was found wrong, not everything was looked at, and someone answers for that
    FAIL = "FAIL"

    @property
    def passed(self) -> bool:
        return self in (ReleaseVerdict.PASS, ReleaseVerdict.PASS_WITH_WARNING)

    @property
    def reach(self) -> str:
        """How far it goes, in a sentence."""
        return _REACH[self]


_REACH = {
    ReleaseVerdict.PASS: "Each file below computes what PyTorch computes, within its limits.",
    ReleaseVerdict.PASS_WITH_WARNING: "Each file below keeps its hard limits, and some are not as close as expected.",
    ReleaseVerdict.WAIVED: "Nothing was found wrong, but not everything was looked at.",
    ReleaseVerdict.FAIL: "This is not to be shipped. What stands against it:",
}


def decide(proofs: Sequence[Sequence[ParityReport]], problems: Sequence[str]) -> ReleaseVerdict:
    """The verdict on a folder.

    Args:
        proofs: of each artifact its reports; an artifact without one fails, and so does a folder without an artifact.
        problems: what else stands against the folder, a sentence each.
    """
    reports = [report for proof in proofs for report in proof]
    if problems or not proofs or not all(proofs) or not all(one.passed or one.waived for one in reports):
        return ReleaseVerdict.FAIL
    if any(one.waived for one in reports):
        return ReleaseVerdict.WAIVED
    if any(one.outcome is Outcome.PASS_WITH_WARNING for one in reports):
        return ReleaseVerdict.PASS_WITH_WARNING
    return ReleaseVerdict.PASS
