"""What a run was made from, so that it can be made again."""

from __future__ import annotations

import hashlib
import math
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

_PACKAGES: Final = (
    *("undertow", "numpy", "pandas", "numba", "scipy", "scikit-learn", "vectorbt", "cvxpy", "quantstats"),
    *("xgboost-cpu", "xgboost", "arch", "skfolio", "plotly", "pyarrow", "pydantic", "river"),
)
_OURS: Final = ("simulator", "strategies", "signals", "reports", "scenarios")


def manifest(scenario: Mapping[str, Any], fingerprints: Mapping[str, str], seed: int) -> dict[str, Any]:
    """The content of ``manifest.json``: scenario, data fingerprints, versions, seed, source revision."""
    return {
        "scenario": finite(scenario),
        "seed": seed,
        "data": dict(fingerprints),
        "source": {"revision": revision(), "sha256": source_hash()},
        "python": platform.python_version(),
        "packages": versions(),
    }


def finite(value: Any) -> Any:
    """The value with infinities spelled out, which JSON has no number for."""
    if isinstance(value, Mapping):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [finite(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def versions() -> dict[str, str]:
    """Installed versions of what decides the figures."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def source_hash() -> str:
    """SHA-256 over Undertow's own source files."""
    home = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for package in _OURS:
        for path in sorted((home / package).rglob("*.py")):
            digest.update(str(path.relative_to(home)).encode() + path.read_bytes())
    return digest.hexdigest()


def revision() -> str | None:
    """The commit of the checkout the source lies in; ``None`` for an installed package."""
    home = Path(__file__).resolve().parents[1]
    if not (home / ".git").exists():
        return None
    command = ["git", "-C", str(home), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)  # noqa: S603 - a fixed command
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
