"""What fitted models that are kept must not outlive."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Final

_ROOMS: Final = ("models", "scarce")  # where what is fitted, and on which rows, is decided
_PACKAGES: Final = (
    *("numpy", "scipy", "scikit-learn", "xgboost-cpu", "xgboost", "numba", "statsmodels", "optuna", "skops"),
    *("jax", "jaxlib", "equinox", "optax"),
)


def models_build(*more: Path) -> str:
    """Digest of the source of the models, of further files, and of the versions of what decides their figures."""
    found = hashlib.sha256()
    stress = Path(__file__).resolve().parent
    decisive = [path for room in _ROOMS for path in sorted((stress / room).rglob("*.py"))]
    for path in [*decisive, *more]:
        found.update(path.name.encode() + path.read_bytes())
    for package, version in versions().items():
        found.update(f"{package} {version}".encode())
    return found.hexdigest()[:16]


def versions(packages: Iterable[str] = _PACKAGES) -> dict[str, str]:
    """Versions of the packages that are installed."""
    held = {}
    for package in packages:
        try:
            held[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return held
