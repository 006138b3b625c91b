"""Packages that only some models need, and the extras that bring them."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

from simulator.core.errors import ParameterError

EXTRAS: Final = {"deep": ("jax", "equinox", "optax"), "tune": ("optuna",), "online": ("river",)}


def held(extra: str) -> bool:
    """Whether the packages of an extra are installed; nothing is imported."""
    return all(find_spec(name) is not None for name in EXTRAS[extra])


def need(extra: str, who: str) -> None:
    """Raise :class:`ParameterError`, saying what to install, unless an extra is there."""
    if not held(extra):
        raise ParameterError(f"{who} needs the extra: pip install 'undertow[{extra}]'")


def need_docstrings() -> None:
    """Raise :class:`ParameterError` under ``python -OO``: XGBoost edits its docstrings and cannot be loaded there."""
    if sys.flags.optimize > 1:
        raise ParameterError(
            "XGBoost cannot be loaded under python -OO (PYTHONOPTIMIZE=2), which leaves docstrings out; run python "
            "without it, or with -O"
        )
