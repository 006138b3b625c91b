"""The five packages have general names: make sure that they are ours before anything goes quietly wrong."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_SIBLINGS = ("strategies", "signals", "reports", "scenarios")


def check_siblings() -> None:
    """Raise ``ImportError`` naming the intruder if a sibling package would come from another place."""
    home = Path(__file__).resolve().parents[1]
    for name in _SIBLINGS:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            where = "is missing" if spec is None else "is a folder without Undertow's code"
            raise ImportError(f"Undertow's package {name!r} {where}; reinstall undertow or leave this folder")
        found = Path(spec.origin).resolve().parents[1]
        if found != home:
            raise ImportError(
                f"a package named {name!r} at {found / name} hides Undertow's own in {home}; "
                f"rename it, or run from another folder"
            )
