"""As much exposure as keeps the forecast volatility of the book at a target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final, Literal

import numpy as np

from simulator.core import abi
from simulator.core.errors import ParameterError
from simulator.core.plan import Plan, PlanContext
from simulator.core.types import BoolArray, FloatArray, IntArray
from simulator.core.within import SESSIONS, WINDOW, Within, check_fields
from simulator.features import ewma_volatility, realised_volatility

from .garch import garch_forecast
from .restate import restated

#: Sessions whose forecasts are made first where the exposure of one day is asked for.
_LATEST: Final = 63
_ROUNDED: Final = 1e-9
VOLATILITY: Final = Within(0.0, 10.0, above=True, text="an annual volatility: write 0.1 for 10%")


@dataclass(frozen=True, eq=False)
class VolatilityTarget:
    """Scales all weights by target over forecast volatility of the book they make; what is left is cash.

    A forecast rests on the returns that the weights would have had up to that close. Exposure changes, and trades, when
    what the forecast asks for differs from it by more than ``tolerance`` of it; the policy's own triggers trade to the
    exposure there is.

    Parameters
    ----------
    target
        Annual volatility aimed at (0.1 is 10%).
    forecast
        ``"realised"``: standard deviation over ``lookback`` sessions; ``"ewma"``: exponentially weighted, with that
        half-life; ``"garch"``: GARCH(1,1), fitted anew every ``refit`` sessions on the last ``window``; or a number,
        an annual volatility that is always forecast.
    lookback
        Sessions of the window, or of the half-life.
    cap
        Largest exposure; above 1 the book borrows, if its bounds let it.
    tolerance
        Share of the exposure by which it may be off before it is changed.
    refit, window
        Sessions between fits of GARCH, and those a fit looks back on.
    per_year
        Sessions a year.
    """

    target: Annotated[float, VOLATILITY]
    forecast: Literal["realised", "ewma", "garch"] | float = "realised"
    lookback: Annotated[int, WINDOW] = 63
    cap: Annotated[float, Within(0.0, 10.0, above=True)] = 1.0
    tolerance: Annotated[float, Within(0.0, 1.0, below=True, means="share")] = 0.1
    refit: Annotated[int, SESSIONS] = 63
    window: Annotated[int, WINDOW] = 1000
    per_year: Annotated[float, Within(1.0, 366.0)] = 252.0
    _fits: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        check_fields(self)
        if isinstance(self.forecast, str):
            if self.forecast not in _FORECASTS:
                raise ParameterError(
                    f"forecast must be one of {', '.join(_FORECASTS)}, or a number, not {self.forecast!r}"
                )
        elif not VOLATILITY.holds(float(self.forecast)):
            raise ParameterError(f"forecast {VOLATILITY.complaint(float(self.forecast))}")

    def lately(self, weights: FloatArray, context: PlanContext) -> tuple[FloatArray, str]:
        """(N,) the weights at the exposure of the last session, and why there is no forecast, if there is none.

        Forecasts are made of as many of the latest sessions as leave one exposure, wherever it stood before them.
        """
        last, wanted, unknown = context.sessions.size, np.empty(0), np.empty(0, bool)
        for begin in _earlier(last):
            sooner, blind = self._asked(weights, np.arange(begin, last - wanted.size), context)
            wanted, unknown = np.concatenate([sooner, wanted]), np.concatenate([blind, unknown])
            known = (0, wanted[0]) if begin == 0 else settled(wanted, self.tolerance, self.cap)
            if known is not None:
                break
        assert known is not None
        session, first = known
        exposure, _ = steadied(np.append(first, wanted[session + 1 :]), self.tolerance)
        return weights * exposure[-1], self._blind if unknown[-1] else ""

    @property
    def _blind(self) -> str:
        return f"too few returns for a {self.forecast} forecast of volatility; exposure is its cap, {self.cap:g}"

    def over(self, plan: Plan, context: PlanContext) -> Plan:
        """The plan with scaled rows, and a trade where exposure changes."""
        wanted, unknown = self._wanted(plan, context)
        exposure, since = steadied(wanted, self.tolerance)
        changed = np.concatenate([[False], exposure[1:] != exposure[:-1]])
        now = restated(plan, since, lambda row, t: row * exposure[t])
        action = np.where(changed, abi.TRADE, now.action).astype(np.uint8)
        blind = np.flatnonzero(unknown & (action != abi.NOTHING))
        return replace(now, action=action, failed={**dict.fromkeys(map(int, blind), self._blind), **now.failed})

    def _wanted(self, plan: Plan, context: PlanContext) -> tuple[FloatArray, BoolArray]:
        """(T,) exposure that the forecast asks for, and whether there is none yet: it is the cap then."""
        wanted, unknown = np.empty(plan.action.size), np.empty(plan.action.size, bool)
        for row in np.unique(plan.row):
            at = np.flatnonzero(plan.row == row)
            wanted[at], unknown[at] = self._asked(plan.targets[row], at, context)
        return wanted, unknown

    def _asked(self, weights: FloatArray, at: IntArray, context: PlanContext) -> tuple[FloatArray, BoolArray]:
        """The same on some sessions (n,) on which weights (N,) are to be held."""
        if not isinstance(self.forecast, str):
            return np.full(at.size, min(self.cap, self.target / float(self.forecast))), np.zeros(at.size, bool)
        view = context.market
        sigma = _FORECASTS[self.forecast](self, np.nan_to_num(view.returns) @ weights, view.before + at)
        known = np.isfinite(sigma) & (sigma > 0.0)
        asked = self.target / np.where(known, sigma * np.sqrt(self.per_year), np.inf)
        return np.where(known, np.minimum(asked, self.cap), self.cap), ~np.isfinite(sigma)


def steadied(wanted: FloatArray, tolerance: float) -> tuple[FloatArray, IntArray]:
    """(T,) exposure that follows what is wanted once it is off by more than ``tolerance`` of it, and since when."""
    exposure, since = np.empty_like(wanted), np.empty(wanted.size, np.int64)
    now, began = wanted[0], 0
    for t, asked in enumerate(wanted):
        if abs(asked - now) > tolerance * now:
            now, began = asked, t
        exposure[t], since[t] = now, began
    return exposure, since


def _earlier(sessions: int) -> Iterator[int]:
    """Where ever longer stretches of the latest sessions begin, down to the first."""
    reach = _LATEST
    while reach < sessions:
        yield sessions - reach
        reach *= 2
    yield 0


def settled(wanted: FloatArray, tolerance: float, cap: float) -> tuple[int, float] | None:
    """The first session on which exposure is one whatever it was before, and which; ``None`` if there is none.

    Before the first of what is wanted (T,) it may be anything up to ``cap``: what of that stays all along lies between
    two ends, and all else is at a few of what was wanted since.
    """
    low, high, others = 0.0, cap * (1.0 + _ROUNDED), set[float]()
    for t, asked in enumerate(wanted):
        least, most = asked / (1.0 + tolerance) * (1.0 - _ROUNDED), asked / (1.0 - tolerance) * (1.0 + _ROUNDED)
        stay = {now for now in others if abs(asked - now) <= tolerance * now}
        leave = len(stay) < len(others) or low < least or high > most
        low, high = max(low, least), min(high, most)
        others = stay | {float(asked)} if leave else stay
        if low > high and len(others) == 1:
            return t, others.pop()
    return None


def _realised(overlay: VolatilityTarget, returns: FloatArray, rows: IntArray) -> FloatArray:
    return np.asarray(realised_volatility(returns, overlay.lookback)[rows])


def _ewma(overlay: VolatilityTarget, returns: FloatArray, rows: IntArray) -> FloatArray:
    return np.asarray(ewma_volatility(returns, overlay.lookback)[rows])


def _garch(overlay: VolatilityTarget, returns: FloatArray, rows: IntArray) -> FloatArray:
    return garch_forecast(returns, rows, overlay.refit, overlay.window, overlay._fits)


_FORECASTS: Final[dict[str, Callable[[VolatilityTarget, FloatArray, IntArray], FloatArray]]] = {
    "realised": _realised,
    "ewma": _ewma,
    "garch": _garch,
}
