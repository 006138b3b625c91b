"""Where what was computed once is kept, and what it must not outlive."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Final

import platformdirs

_KEEP_DAYS: Final = 30
_ROOMS: Final = ("models", "scarce")  # where what is fitted, and on which rows, is decided
_PACKAGES: Final = (
    *("numpy", "scipy", "scikit-learn", "xgboost-cpu", "xgboost", "numba", "statsmodels", "optuna", "skops"),
    *("jax", "jaxlib", "equinox", "optax"),
)


def user_cache() -> Path:
    """The user's own cache folder, or the one that ``UNDERTOW_CACHE_DIR`` names."""
    return Path(os.environ.get("UNDERTOW_CACHE_DIR") or platformdirs.user_cache_dir("undertow", appauthor=False))


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


def forget_old_builds(build: Path) -> None:
    """Remove builds beside this one that nothing was read from or written to for a month."""
    limit = time.time() - _KEEP_DAYS * 86_400
    for other in build.parent.glob("*"):
        if other != build and other.stat().st_mtime < limit:
            shutil.rmtree(other, ignore_errors=True)
