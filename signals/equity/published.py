"""The rows of the paper's Tables 9 and 10, and the counts that they are made from.

Sensitivity and specificity are printed to a tenth of a per cent; of 340 (339) liquid and 542 (543) illiquid shares only
one count each gives them, and from those counts follow all the other columns as printed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .scores import Counts

#: Shares, and how many of them are liquid by each label.
SHARES: Final = 882
LIQUID: Final = {"price_drop": 340, "amihud": 339}


class PrintedCounts(NamedTuple):
    """A row as printed, in per cent."""

    model: str
    accuracy: float
    error: float
    sensitivity: float
    specificity: float
    balanced_accuracy: float
    weighted_liquid: float
    weighted_illiquid: float
    auc: float


TABLES: Final = {
    "price_drop": (
        PrintedCounts("Optimizable Ensemble - Bagged - V6", 74.0, 26.0, 57.6, 84.3, 71.0, 64.3, 73.4, 78.0),
        PrintedCounts("Ensemble - Boosted Trees - V6", 73.6, 26.4, 60.3, 81.9, 71.1, 65.7, 71.2, 77.0),
        PrintedCounts("Ensemble - Bagged Trees - V6", 74.3, 25.7, 60.3, 83.0, 71.7, 66.0, 72.5, 78.0),
        PrintedCounts("Ensemble - RUSBoost - V6", 73.2, 26.8, 70.0, 75.3, 72.6, 71.3, 66.8, 78.0),
        PrintedCounts("Ensemble - RUSBoost - V3 - PCA 99%", 68.5, 31.5, 62.9, 72.0, 67.4, 65.2, 61.8, 74.0),
        PrintedCounts("Ensemble - RUSBoost - V4", 73.8, 26.2, 71.8, 75.1, 73.4, 72.6, 67.1, 78.0),
        PrintedCounts("Optimisable Ensemble - V4", 75.1, 24.9, 58.2, 85.6, 71.9, 65.1, 75.2, 79.0),
        PrintedCounts("Optimisable Tree", 73.2, 26.8, 55.9, 84.1, 70.0, 62.9, 72.7, 74.0),
        PrintedCounts("Logistic Regression", 72.6, 27.4, 57.6, 81.9, 69.8, 63.7, 70.5, 77.0),
        PrintedCounts("Optimisable Naive Bayes", 73.8, 26.2, 60.3, 82.3, 71.3, 65.8, 71.7, 78.0),
        PrintedCounts("Optimisable SVM", 74.4, 25.6, 55.9, 86.0, 70.9, 63.4, 75.1, 79.0),
        PrintedCounts("Neural Network (Narrow)", 70.2, 29.8, 60.6, 76.2, 68.4, 64.5, 65.2, 73.0),
    ),
    "amihud": (
        PrintedCounts("Optimizable Ensemble - Bagged - V6", 85.3, 14.7, 78.8, 89.3, 84.0, 81.4, 83.9, 93.0),
        PrintedCounts("Ensemble - Boosted Trees - V6", 83.4, 16.6, 78.5, 86.6, 82.5, 80.5, 80.5, 91.0),
        PrintedCounts("Ensemble - Bagged Trees - V6", 84.7, 15.3, 78.8, 88.4, 83.6, 81.2, 82.8, 93.0),
        PrintedCounts("Ensemble - RUSBoost - V6", 82.9, 17.1, 80.5, 84.3, 82.4, 81.5, 78.3, 91.0),
        PrintedCounts("Ensemble - RUSBoost - V3 - PCA 99%", 70.0, 30.0, 70.2, 69.8, 70.0, 70.1, 61.9, 78.0),
        PrintedCounts("Ensemble - RUSBoost - V4", 82.7, 17.3, 79.6, 84.5, 82.1, 80.9, 78.3, 90.0),
        PrintedCounts("Optimisable Ensemble - V4", 84.1, 15.9, 80.5, 86.4, 83.5, 82.0, 80.6, 92.0),
        PrintedCounts("Optimisable Tree", 83.6, 16.4, 79.9, 85.8, 82.9, 81.4, 79.9, 84.0),
        PrintedCounts("Logistic Regression", 84.0, 16.0, 78.5, 87.5, 83.0, 80.7, 81.6, 88.0),
        PrintedCounts("Optimisable Naive Bayes", 83.0, 17.0, 73.2, 89.1, 81.1, 77.2, 82.9, 91.0),
        PrintedCounts("Optimisable SVM", 85.6, 14.4, 80.2, 89.0, 84.6, 82.4, 83.7, 93.0),
        PrintedCounts("Neural Network (Trilayered)", 81.6, 18.4, 75.5, 85.5, 80.5, 78.0, 78.7, 84.0),
    ),
}


def recovered(row: PrintedCounts, label: str) -> Counts:
    """The confusion matrix behind a printed row."""
    liquid = LIQUID[label]
    illiquid = SHARES - liquid
    called = round(row.sensitivity / 100.0 * liquid)
    kept = round(row.specificity / 100.0 * illiquid)
    return Counts(called, liquid - called, illiquid - kept, kept)
