"""The machine that a time was taken on."""

import os
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import sleep

import psutil

from mobileswap.contracts.bench_result import Environment

_PACKAGES = Path(__file__).resolve().parent.parent
_LOOK_S = 0.5


def environment() -> Environment:
    """Read the machine's state; call it before the first pass, while nothing of ours runs. Takes half a second."""
    return Environment(
        os=_os_name(),
        cpu=cpu_name(),
        cores=usable_cores(),
        memory_bytes=_memory_bytes(),
        python=platform.python_version(),
        load_average=os.getloadavg()[0],
        commit=commit(),
        governor=governor(Path("/sys/devices/system/cpu")),
        busy_cores=busy_cores(_LOOK_S),
    )


def afterwards(before: Environment) -> Environment:
    """The same machine after the last pass."""
    return replace(before, load_after=os.getloadavg()[0], celsius=_celsius())


def busy_cores(seconds: float) -> float:
    """How many of the cores that this process may use were busy, on average over some seconds of waiting."""
    start = psutil.cpu_times(percpu=True)
    sleep(seconds)
    end = psutil.cpu_times(percpu=True)
    allowed = os.sched_getaffinity(0) if sys.platform == "linux" else range(len(end))
    return sum(_busy_share(start[core], end[core]) for core in allowed if core < len(end))


def _busy_share(start: tuple[float, ...], end: tuple[float, ...]) -> float:
    """Of one core, 0 to 1. Waiting for a disk is not work."""
    spent = {name: after - before for name, before, after in zip(end._fields, start, end, strict=True)}  # type: ignore[attr-defined]
    idle = spent["idle"] + spent.get("iowait", 0.0)
    total = sum(spent.values()) - spent.get("guest", 0.0) - spent.get("guest_nice", 0.0)  # they are in user and nice
    return max(0.0, 1 - idle / total) if total > 0 else 0.0


def governor(cpus: Path) -> str:
    """What rules the clock of the cores, all kinds that there are; "" where the system does not tell."""
    files = sorted(cpus.glob("cpu[0-9]*/cpufreq/scaling_governor"))
    return ", ".join(sorted({file.read_text(encoding="ascii").strip() for file in files}))


def _celsius() -> float | None:
    if not hasattr(psutil, "sensors_temperatures"):  # macOS
        return None
    found = [sensor.current for sensors in psutil.sensors_temperatures().values() for sensor in sensors]
    return max(found, default=None)


def is_this_machine(taken: Environment) -> bool:
    """Whether a time taken there would be taken here."""
    there = (taken.os, taken.cpu, taken.cores, taken.memory_bytes, taken.python)
    return there == (_os_name(), cpu_name(), usable_cores(), _memory_bytes(), platform.python_version())


def usable_cores() -> int:
    """Cores that this process may use: the affinity mask, and the quota of its container if that is less."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(allowed, quota_cores(Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")) or allowed))


def quota_cores(mount: Path, membership: Path) -> int | None:
    """Whole cores' worth of CPU time that the control groups leave, or None where they set no limit.

    Args:
        mount: where cgroup version 2 is mounted; inside a container its root is the container's own group.
        membership: ``/proc/self/cgroup``; its line ``0::/a/b`` names the group, and every parent may be stricter.
    """
    lines = membership.read_text(encoding="utf-8").splitlines() if membership.exists() else []
    inside = next((line[3:].strip("/") for line in lines if line.startswith("0::")), "")
    group = mount / inside
    quotas = []
    for folder in (group, *group.parents):
        limit = folder / "cpu.max"
        if limit.is_file():
            quota, period = limit.read_text(encoding="ascii").split()
            if quota != "max":
                quotas.append(max(1, int(quota) // int(period)))
        if folder == mount:
            break
    return min(quotas, default=None)


def cpu_name() -> str:
    """The processor's marketing name, or the architecture where the system does not tell."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        return _output_of("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    return platform.processor() or platform.machine()


def commit(folder: Path = _PACKAGES) -> str:
    """The git commit of a clone, with ``-dirty`` where files differ from it; "" where ``folder`` is not its root."""
    # A wheel may lie somewhere inside another project's clone, whose commit would say nothing about us
    root = _output_of("git", "-C", str(folder), "rev-parse", "--show-toplevel")
    if not root or Path(root).resolve() != folder:
        return ""
    return _output_of("git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _memory_bytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _os_name() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{platform.system()} {platform.release()}"


def _output_of(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
