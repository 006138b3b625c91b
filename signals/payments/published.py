"""Tables 1 and 2 of Heuver & Triepels, as printed: seven European banks, alarms at 0.9."""

from __future__ import annotations

from typing import Final, NamedTuple


class PrintedScores(NamedTuple):
    """A row: precision, recall and F1 of LR, MLP1 (tanh) and MLP2 (relu)."""

    precision: tuple[float, float, float]
    recall: tuple[float, float, float]
    f1: tuple[float, float, float]


def _row(*values: float) -> PrintedScores:
    return PrintedScores(values[0:3], values[3:6], values[6:9])  # type: ignore[arg-type]


#: By loss, then by bank.
PRINTED: Final[dict[str, dict[str, PrintedScores]]] = {
    "plain": {
        "Bank A": _row(0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00),
        "Bank B": _row(0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00),
        "Bank C": _row(1.00, 0.00, 0.00, 0.25, 0.00, 0.00, 0.40, 0.00, 0.00),
        "Bank D": _row(1.00, 1.00, 1.00, 0.20, 0.20, 0.20, 0.33, 0.33, 0.33),
        "Bank E": _row(0.80, 0.00, 1.00, 0.09, 0.00, 0.09, 0.16, 0.00, 0.16),
        "Bank F": _row(1.00, 1.00, 1.00, 0.40, 0.10, 0.30, 0.57, 0.18, 0.46),
        "Bank G": _row(0.80, 0.83, 1.00, 0.40, 0.50, 0.40, 0.53, 0.63, 0.57),
        "Average": _row(0.66, 0.40, 0.57, 0.19, 0.11, 0.14, 0.28, 0.16, 0.22),
    },
    "weighted": {
        "Bank A": _row(0.02, 0.00, 0.00, 0.17, 0.00, 0.00, 0.04, 0.00, 0.00),
        "Bank B": _row(0.67, 1.00, 1.00, 0.40, 0.40, 0.20, 0.50, 0.57, 0.33),
        "Bank C": _row(0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00),
        "Bank D": _row(0.33, 0.50, 1.00, 0.20, 0.20, 0.20, 0.25, 0.29, 0.33),
        "Bank E": _row(1.00, 1.00, 1.00, 0.96, 0.48, 0.89, 0.98, 0.65, 0.94),
        "Bank F": _row(0.40, 0.17, 1.00, 0.40, 0.50, 0.40, 0.40, 0.26, 0.57),
        "Bank G": _row(0.86, 1.00, 0.88, 0.60, 0.60, 0.70, 0.71, 0.75, 0.78),
        "Average": _row(0.47, 0.52, 0.70, 0.39, 0.31, 0.34, 0.41, 0.36, 0.42),
    },
}
