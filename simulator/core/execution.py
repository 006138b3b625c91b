"""How decisions become fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Terms of execution. The default is lag 1, fill at the close, at once, no caps.

    Parameters
    ----------
    lag
        Sessions between a decision (always at a close) and its first fill. 0 fills on the deciding close, which
        no live book can do: the report says so.
    fill
        ``"close"`` or ``"open"``: the price a fill gets before spread and impact.
    size_at
        ``"decision"``: a decision is a list of share quantities, target x nav - position - queued at the
        decision's close. ``"fill"``: weights travel and are sized at the fill.
    schedule
        ``"immediate"``: all of a decision is due at once. ``"twap"``: in equal slices over ``sessions``.
        ``"almgren-chriss"``: along the optimal trajectory over ``sessions`` for ``risk_aversion``.
        ``"participation"``: at most ``max_participation`` of each day's volume until it is done.
    sessions
        Sessions a schedule takes.
    risk_aversion
        Per unit of currency: the larger, the faster the Almgren–Chriss schedule; 0 trades in equal slices.
    newer
        ``"cancel"``: a newer decision cancels what an older one has due and unfilled. ``"net"``: it is sized
        against it, and both are traded.
    max_turnover
        Most that a decision may trade in a session, max(buys, sells) / nav; all of its trades are scaled alike.
        The first investment is exempt (it is shown apart). ``None``: no cap.
    annual_turnover
        Most that decisions may trade in any year of sessions (252 where markets keep weekends and holidays, as the
        spacing of sessions so far shows), each on the nav known when filling. ``None``: no cap.
    max_cost_bps
        Most that a decision may be planned to cost, in basis points of nav; the whole decision is scaled down to
        it, and what is cut is not traded later. The first investment is exempt. ``None``: no cap.
    annual_cost_bps
        Likewise for what was paid in the year of sessions up to the decision, what older decisions still to be traded
        (in flight, in slices to come, or due and unfilled) are planned to cost, and what is planned now; all
        that is planned at the prices of sizing and the decision's forecasts. ``None``: no cap.
    max_participation
        Most of the day's notional that fills of an asset may take, at most 1 (0.1 for 10%). ``None``: no cap.
    min_trade
        Trades below this share of nav are not made. ``None``: no minimum.
    unfilled
        What happens to shares due that could not trade (turnover, participation, no volume, no price):
        ``"carry"`` them to the next session or ``"drop"`` them.
    marks
        ``"market"`` marks nav at market prices; ``"impacted"`` at prices displaced by the book's own trading.
    """

    lag: int = 1
    fill: Literal["close", "open"] = "close"
    size_at: Literal["decision", "fill"] = "decision"
    schedule: Literal["immediate", "twap", "almgren-chriss", "participation"] = "immediate"
    sessions: int = 1
    risk_aversion: float = 1e-6
    newer: Literal["cancel", "net"] = "cancel"
    max_turnover: float | None = None
    annual_turnover: float | None = None
    max_cost_bps: float | None = None
    annual_cost_bps: float | None = None
    max_participation: float | None = None
    min_trade: float | None = None
    unfilled: Literal["carry", "drop"] = "carry"
    marks: Literal["market", "impacted"] = "market"

    def __post_init__(self) -> None:
        if self.lag < 0:
            raise ParameterError(f"lag must be 0 or more sessions, not {self.lag}")
        if self.lag == 0 and self.fill == "open":
            raise ParameterError("lag = 0 with fill = 'open' would fill before deciding; use lag = 1 or fill = 'close'")
        caps = ("max_turnover", "annual_turnover", "max_cost_bps", "annual_cost_bps", "max_participation", "min_trade")
        for name in caps:
            value = getattr(self, name)
            if value is not None and not value > 0.0:
                raise ParameterError(f"{name} must be positive (None for no cap), not {value}")
        if self.max_participation is not None and self.max_participation > 1.0:
            share = "a share of the day's notional (0.1 for 10%)"
            raise ParameterError(f"max_participation is {share} and cannot exceed 1, not {self.max_participation}")
        choices = {
            "fill": ("close", "open"),
            "size_at": ("decision", "fill"),
            "schedule": ("immediate", "twap", "almgren-chriss", "participation"),
            "newer": ("cancel", "net"),
            "unfilled": ("carry", "drop"),
            "marks": ("market", "impacted"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ParameterError(f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}")
        self._check_schedule()

    def _check_schedule(self) -> None:
        sliced = self.schedule in ("twap", "almgren-chriss")
        if self.sessions < 1:
            raise ParameterError(f"sessions must be at least 1, not {self.sessions}")
        if sliced and self.sessions < 2:
            raise ParameterError(f"schedule {self.schedule!r} needs sessions of 2 or more")
        if not sliced and self.sessions != 1:
            raise ParameterError(f"sessions = {self.sessions} needs schedule 'twap' or 'almgren-chriss'")
        if not (np.isfinite(self.risk_aversion) and self.risk_aversion >= 0.0):
            raise ParameterError(f"risk_aversion must be zero or more, not {self.risk_aversion}")
        if self.schedule == "participation" and (self.max_participation is None or self.unfilled != "carry"):
            raise ParameterError("schedule 'participation' needs max_participation, and unfilled = 'carry'")
