"""The help texts that the command line makes of the list of runtimes."""

from mobileswap.runtimes.runtime_entries import RUNTIMES


def backend_help() -> str:
    """Those that can be timed, and the one system that each needs where it needs one."""
    systems = {"darwin": "macOS"}
    names = [
        f"{one.name} (on {systems.get(one.platform, one.platform)})" if one.platform else one.name
        for one in RUNTIMES
        if one.benchmarkable
    ]
    return f"Runtime that is timed: {', '.join(names)}; repeatable."


def setting_help(setting: str, words: str) -> str:
    """What a setting does, and which runtimes know it."""
    knowing = [one.name for one in RUNTIMES if setting in one.settings]
    return f"Let {' or '.join(knowing)} {words}."
