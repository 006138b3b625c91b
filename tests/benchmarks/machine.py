"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

_TOOLS = ("numba", "numpy", "vectorbt", "vectorbt-rust", "bt")


def describe() -> dict[str, object]:
    """Processor, cores, load, versions."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        **{name: _version(name) for name in _TOOLS},
    }


def line(machine: dict[str, object]) -> str:
    """The same in one line."""
    tools = ", ".join(f"{name} {machine[name]}" for name in ("python", *_TOOLS))
    return f"{machine['cores']} cores of {machine['processor']}, load {machine['load']} at the start; {tools}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for row in info.read_text(encoding="utf-8").splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "absent"
