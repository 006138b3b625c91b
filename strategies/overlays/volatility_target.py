"""As much exposure as keeps the forecast volatility of the book at a target."""

from __future__ import annotations

from collections.abc import Callable
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

    def over(self, plan: Plan, context: PlanContext) -> Plan:
        """The plan with scaled rows, and a trade where exposure changes."""
        wanted, unknown = self._wanted(plan, context)
        exposure, since = steadied(wanted, self.tolerance)
        changed = np.concatenate([[False], exposure[1:] != exposure[:-1]])
        now = restated(plan, since, lambda row, t: row * exposure[t])
        action = np.where(changed, abi.TRADE, now.action).astype(np.uint8)
        blind = np.flatnonzero(unknown & (action != abi.NOTHING))
        why = f"too few returns for a {self.forecast} forecast of volatility; exposure is its cap, {self.cap:g}"
        return replace(now, action=action, failed={**dict.fromkeys(map(int, blind), why), **now.failed})

    def _wanted(self, plan: Plan, context: PlanContext) -> tuple[FloatArray, BoolArray]:
        """(T,) exposure that the forecast asks for, and whether there is none yet: it is the cap then."""
        wanted, unknown = np.full(plan.action.size, self.cap), np.zeros(plan.action.size, bool)
        if not isinstance(self.forecast, str):
            return np.minimum(wanted, self.target / float(self.forecast)), unknown
        view = context.market
        returns = np.nan_to_num(view.returns)
        for row in np.unique(plan.row):
            at = np.flatnonzero(plan.row == row)
            sigma = _FORECASTS[self.forecast](self, returns @ plan.targets[row], view.before + at)
            known = np.isfinite(sigma) & (sigma > 0.0)
            asked = self.target / np.where(known, sigma * np.sqrt(self.per_year), np.inf)
            wanted[at] = np.where(known, np.minimum(asked, self.cap), self.cap)
            unknown[at] = ~np.isfinite(sigma)
        return wanted, unknown


def steadied(wanted: FloatArray, tolerance: float) -> tuple[FloatArray, IntArray]:
    """(T,) exposure that follows what is wanted once it is off by more than ``tolerance`` of it, and since when."""
    exposure, since = np.empty_like(wanted), np.empty(wanted.size, np.int64)
    now, began = wanted[0], 0
    for t, asked in enumerate(wanted):
        if abs(asked - now) > tolerance * now:
            now, began = asked, t
        exposure[t], since[t] = now, began
    return exposure, since


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
