"""Which thresholds of a model can be moved, and why those of another cannot."""

from __future__ import annotations

from typing import Final

from signals.stress.account import CHANCES, Chances, Refits
from signals.stress.labels import TIERS

from .subject import Subject

_LOW: Final = min(min(pair) for pair in CHANCES)
_HIGH: Final = max(max(pair) for pair in CHANCES)


def estimates_level(held: Refits) -> bool:
    """Whether each of the models estimates the index, and calls by quantiles of it."""
    return all(hasattr(refit.model, "predict_level") for refit in held.refits.values())


def why_unmoved(subject: Subject, held: Refits) -> str:
    """Why no back-test of thresholds can be made of a model, in words; empty if one can."""
    if len(subject.classes) != len(TIERS):
        return (
            "it warns where a forecast is among the highest so far, about a tenth of the time, and no other share of "
            "the time was tried"
        )
    if estimates_level(held) or Chances(subject.said).moves:
        return ""
    return (
        f"its probabilities are so near 0 or 1 on every test day that no level from {_LOW:.0%} to {_HIGH:.0%} changes "
        "a call"
    )
