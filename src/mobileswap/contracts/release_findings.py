"""What stands against a release folder, one by one."""

from dataclasses import dataclass
from enum import StrEnum

from mobileswap.contracts.release_manifest import ReleaseManifest
from mobileswap.contracts.shown import shown


class Problem(StrEnum):
    CHANGED = "CHANGED"
    MISSING = "MISSING"
    EXTRA = "EXTRA"
    LINK = "LINK"  # a release holds files; what a link points to can change without it
    UNSAFE = "UNSAFE"  # a path that leads out of the folder, or something that is no file
    UNREADABLE = "UNREADABLE"
    STATEMENT = "STATEMENT"  # the manifest says what the records or the files do not bear out
    VERDICT = "VERDICT"  # the release did not pass, or an artifact is not proven
    SIGNATURE = "SIGNATURE"


@dataclass(frozen=True)
class Found:
    """One thing that stands against a folder; both texts may be shown to anybody."""

    problem: Problem
    name: str
    detail: str


def found(problem: Problem, name: str, detail: str) -> Found:
    return Found(problem, shown(name), shown(detail))


@dataclass(frozen=True)
class Verification:
    """What became of a folder.

    Attributes:
        found: empty where all is as it was made.
        signer: fingerprint of the key that the manifest was signed with, "" where it is not signed or not by it.
        trusted: that key is the one the caller gave.
    """

    folder: str
    manifest: ReleaseManifest
    found: tuple[Found, ...]
    signer: str
    trusted: bool

    @property
    def passed(self) -> bool:
        return not self.found
