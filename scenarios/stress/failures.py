"""What counts as failing, and the smallest severity that causes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from reports.stress import Threshold
from reports.text import written
from simulator.core.errors import ScenarioError, nearest, shown
from simulator.core.types import FloatArray
from simulator.core.within import Within
from simulator.metrics import Measure

from .measures import STRESS, UnderStress

#: What is found fails, and this share of it does not.
WITHIN: Final = 0.99
#: Halvings of a bracket, and times that one is moved below a severity that fails out of turn.
_HALVINGS, _MOVES = 60, 20


class FailureKind(NamedTuple):
    """A sort of failure: a figure that lies beyond a bound.

    Attributes
    ----------
    metric
        Of :data:`~scenarios.stress.measures.STRESS`.
    beyond
        Whether a figure fails, given the bound.
    bound
        The usual one; ``None`` where it must be stated.
    range
        Of bounds; ``None`` where none can be stated.
    words
        With ``{0}`` for the bound, and ``{1}`` for it in percent.
    """

    metric: str
    beyond: Callable[[float, float], bool]
    bound: float | None
    range: Within | None
    words: str


def _below(value: float, bound: float) -> bool:
    return value < bound


def _above(value: float, bound: float) -> bool:
    return value > bound


def _fallen(value: float, bound: float) -> bool:
    return value < -bound


_SHARE: Final = Within(0.0, 1.0, below=True, means="share")
KINDS: Final = {
    "coverage": FailureKind("coverage_min", _below, 1.0, Within(0.0, 1000.0, above=True), "coverage below {0:g}"),
    "unmet-redemption": FailureKind("owed_max", _above, 0.0, _SHARE, "redemptions beyond {1:.4g}% of nav wait"),
    "unpaid": FailureKind("unpaid_end", _above, 0.0, None, "redemptions not paid by the end"),
    "drawdown": FailureKind("max_drawdown", _fallen, None, _SHARE, "a drawdown beyond {1:.4g}%"),
    "loss": FailureKind("total_return", _fallen, None, _SHARE, "a loss beyond {1:.4g}%"),
    "days-to-cash": FailureKind("days_to_cash_max", _above, None, Within(0.0, 1e6), "more than {0:g} days to cash"),
    "cost": FailureKind(
        "cost_bps", _above, None, Within(0.0, 1e6), "costs of more than {0:g} bps of nav before the shocks"
    ),
    "22e-4": FailureKind("breaches_22e4", _above, 0.0, None, "a limit of SEC rule 22e-4 broken"),
    "lcr": FailureKind("lcr_min", _below, 1.0, Within(0.0, 1000.0, above=True), "an LCR below {1:.4g}%"),
    "ruin": FailureKind("max_drawdown", lambda value, _: value <= -1.0, 0.0, None, "all lost"),
}
_PLACE: Final = {metric.name: number for number, metric in enumerate(STRESS)}


@dataclass(frozen=True)
class Failure:
    """A failure that was asked for. ``bound`` is in the unit of the figure.

    Attributes
    ----------
    name
        As it was asked for, ``drawdown:0.2`` for example.
    kind
        Its sort.
    bound
        Beyond which it is one.
    """

    name: str
    kind: FailureKind
    bound: float

    @property
    def words(self) -> str:
        """What it is."""
        return self.kind.words.format(self.bound, 100.0 * self.bound)

    @property
    def metric(self) -> Measure[UnderStress]:
        """The figure that decides."""
        return STRESS[_PLACE[self.kind.metric]]

    def value(self, figures: FloatArray) -> float:
        """The figure that decides, of (metrics,) figures. In the unit of the measure."""
        return float(figures[_PLACE[self.kind.metric]])

    def met(self, figures: FloatArray) -> bool:
        """Whether (metrics,) figures fail; an unknown figure does not."""
        value = self.value(figures)
        return not np.isnan(value) and self.kind.beyond(value, self.bound)


def parse_failure(text: str) -> Failure:
    """A failure from the command line: ``coverage``, ``coverage:0.8``, ``drawdown:0.2``...

    Raises
    ------
    ScenarioError
        If there is no such failure, or its bound is missing or beyond reason.
    """
    name, colon, stated = text.partition(":")
    if name not in KINDS:
        raise ScenarioError(f"--reverse {shown(text)}: no such failure{nearest(name, KINDS)}")
    kind = KINDS[name]
    if not colon:
        if kind.bound is None:
            raise ScenarioError(f"--reverse {name}: state its bound, for example --reverse {name}:0.2")
        return Failure(name, kind, kind.bound)
    if kind.range is None:
        raise ScenarioError(f"--reverse {shown(text)}: {name} takes no bound")
    try:
        bound = float(stated)
    except ValueError:
        raise ScenarioError(f"--reverse {shown(text)}: its bound must be a number") from None
    if not kind.range.holds(bound):
        raise ScenarioError(f"--reverse {shown(text)}: its bound {kind.range.complaint(bound)}")
    return Failure(text, kind, bound)


#: The figures of one policy at a severity.
Figures = Callable[[float], FloatArray]


def threshold(failure: Failure, figures: Figures, grid: Sequence[float], within: float = WITHIN) -> Threshold:
    """The smallest severity at which a policy fails, within the bracket of a grid.

    The grid is tried from the mildest on; between its last severity that does not fail and the first that does, the
    bracket is halved (bisection) until what fails and what does not are close. Where the failure is
    monotone in severity that is the smallest there is; where it is not on what was tried, that is said.

    Parameters
    ----------
    failure
        What to cause.
    figures
        (metrics,) at a severity.
    grid
        Ascending severities; the bracket reaches from 0 to the last.
    within
        How close, as a ratio.

    Returns
    -------
    Threshold
        Whose ``severity`` fails, and ``within * severity`` does not.
    """
    tried = {fromkey: failure.met(figures(fromkey)) for fromkey in dict.fromkeys([0.0, *grid])}
    known = not np.isnan(failure.value(figures(max(tried))))
    if not any(tried.values()):
        said = f"never within the bracket, up to {max(tried):.4g}" if known else "not known"
        return Threshold(None, max(tried), None, True, said)
    if tried[0.0]:
        return Threshold(0.0, None, failure.value(figures(0.0)), all(tried.values()), "without any shock")
    high = min(severity for severity, met in tried.items() if met)
    low = max(severity for severity, met in tried.items() if not met and severity < high)
    low, high = _narrowed(failure, figures, tried, (low, high), within)
    out_of_turn = sorted(severity for severity, met in tried.items() if severity > high and not met)
    value = failure.value(figures(high))
    said = f"{high:.4g} ({written(failure.metric, value)})"
    if out_of_turn:
        said += f"; not monotone: it does not fail at {out_of_turn[0]:.4g}"
    return Threshold(high, low, value, not out_of_turn, said)


def _narrowed(
    failure: Failure, figures: Figures, tried: dict[float, bool], bracket: tuple[float, float], within: float
) -> tuple[float, float]:
    """Ends of a bracket so close that ``within`` of the severity that fails does not; what is tried is noted."""

    def met(severity: float) -> bool:
        if severity not in tried:
            tried[severity] = failure.met(figures(severity))
        return tried[severity]

    low, high = bracket
    for _ in range(_MOVES):
        for _ in range(_HALVINGS):
            if low >= within * high:
                break
            middle = 0.5 * (low + high)
            low, high = (low, middle) if met(middle) else (middle, high)
        if not met(within * high):
            return low, high
        high = within * high  # fails out of turn, below one that does not
        low = max(severity for severity, failed in tried.items() if not failed and severity < high)
    return low, high
