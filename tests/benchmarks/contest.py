"""A contestant, and the rule that decides whether it may be timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Largest relative difference of nav between tools that do the same.
TOLERANCE = 1e-12


@dataclass(frozen=True)
class Contestant:
    """A tool doing a workload its own way.

    Attributes
    ----------
    name
        The tool, and how it is used.
    threads
        How many it uses.
    run
        What is timed.
    nav
        What came of it, from what ``run`` returns: nav by session (W1, W2) or final nav by run (W3, W4).
    """

    name: str
    threads: int
    run: Callable[[], Any]
    nav: Callable[[Any], np.ndarray]


def gap(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest relative difference; infinite where one is missing or the shapes differ."""
    if ours.shape != theirs.shape or not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return float("inf")
    return float(np.abs(theirs / ours - 1.0).max())
