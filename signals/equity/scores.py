"""The paper's measures of a classification (Table 5), as its text states them and as its tables print them."""

from __future__ import annotations

from typing import NamedTuple

from simulator.core.types import BoolArray, FloatArray


class Counts(NamedTuple):
    """A confusion matrix: liquid is the positive class.

    Attributes
    ----------
    true_liquid, false_illiquid
        Liquid shares that were called so, and that were not.
    false_liquid, true_illiquid
        Illiquid shares that were called liquid, and that were not.
    """

    true_liquid: int
    false_illiquid: int
    false_liquid: int
    true_illiquid: int

    @classmethod
    def of(cls, called: BoolArray, actual: BoolArray) -> Counts:
        """From what (n,) shares were called and what they are."""
        return cls(
            int((called & actual).sum()),
            int((~called & actual).sum()),
            int((called & ~actual).sum()),
            int((~called & ~actual).sum()),
        )

    def scores(self) -> dict[str, float]:
        """Every measure; NaN where a class is empty. Fractions of shares.

        ``weighted_liquid_stated`` and ``weighted_illiquid_stated`` follow Table 5, which halves a weighted mean;
        ``weighted_liquid_printed`` is 0.75 sensitivity + 0.25 specificity and ``weighted_illiquid_printed`` 0.75
        precision of the liquid class + 0.25 specificity, which is what Tables 9 and 10 show.
        """
        liquid, illiquid = self.true_liquid + self.false_illiquid, self.false_liquid + self.true_illiquid
        called = self.true_liquid + self.false_liquid
        total = liquid + illiquid
        sensitivity, specificity = _part(self.true_liquid, liquid), _part(self.true_illiquid, illiquid)
        precision = _part(self.true_liquid, called)
        return {
            "accuracy": _part(self.true_liquid + self.true_illiquid, total),
            "error": _part(self.false_liquid + self.false_illiquid, total),
            "sensitivity": sensitivity,
            "specificity": specificity,
            "precision": precision,
            "balanced_accuracy": (sensitivity + specificity) / 2.0,
            "weighted_liquid_stated": (0.75 * sensitivity + 0.25 * specificity) / 2.0,
            "weighted_illiquid_stated": (0.25 * sensitivity + 0.75 * specificity) / 2.0,
            "weighted_liquid_printed": 0.75 * sensitivity + 0.25 * specificity,
            "weighted_illiquid_printed": 0.75 * precision + 0.25 * specificity,
        }


def _part(count: int, of: int) -> float:
    return count / of if of else float("nan")


def auc(probability: FloatArray, actual: BoolArray) -> float:
    """Chance that a liquid share is ranked above an illiquid one, ties counting half; NaN where a class is empty."""
    from scipy.stats import rankdata

    positive = int(actual.sum())
    negative = actual.size - positive
    if not positive or not negative:
        return float("nan")
    ranks = rankdata(probability)
    return float((ranks[actual].sum() - positive * (positive + 1) / 2.0) / (positive * negative))
