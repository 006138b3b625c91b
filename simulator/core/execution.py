"""How decisions become fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from .errors import ParameterError
from .settlement import SETTLEMENT, SettlementDays, check_settlement
from .within import SESSIONS, SOME, Within, check_fields

#: Turnover is of nav: a leveraged book that turns round trades several times its nav.
_TURNOVER: Final = Within(0.0, 20.0, above=True, means="share")
_YEARLY: Final = Within(0.0, 1000.0, above=True, text="1.0 is all of nav, bought or sold, once a year; None for no cap")
_COST: Final = Within(
    0.0, 10_000.0, above=True, means="bps", text="None for no cap; 10,000 basis points are all of nav"
)


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
    settlement_days
        Sessions from a trade to its cash, at the open of that session: a number; a rule, ``"us-equities"`` (T+3 for
        trades until 2017-09-04, T+2 until 2024-05-27, T+1 since); a table by first date of trades; or a table by asset
        of any of these, in which assets left out settle at once. Investors are paid from settled cash alone, as far
        as what is bought can still be paid for when it settles, and settled cash alone earns interest. 0: at once.
    unsettled_buys
        Whether buys may be paid with what sales are still to bring; else they wait for it.
    """

    lag: Annotated[int, Within(0, 1000, unit="sessions")] = 1
    fill: Literal["close", "open"] = "close"
    size_at: Literal["decision", "fill"] = "decision"
    schedule: Literal["immediate", "twap", "almgren-chriss", "participation"] = "immediate"
    sessions: Annotated[int, SESSIONS] = 1
    risk_aversion: Annotated[float, Within(0.0, 1e30)] = 1e-6
    newer: Literal["cancel", "net"] = "cancel"
    max_turnover: Annotated[float | None, _TURNOVER] = None
    annual_turnover: Annotated[float | None, _YEARLY] = None
    max_cost_bps: Annotated[float | None, _COST] = None
    annual_cost_bps: Annotated[float | None, _COST] = None
    max_participation: Annotated[float | None, SOME] = None
    min_trade: Annotated[float | None, SOME] = None
    unfilled: Literal["carry", "drop"] = "carry"
    marks: Literal["market", "impacted"] = "market"
    settlement_days: Annotated[SettlementDays, SETTLEMENT] = 0
    unsettled_buys: bool = True

    def __post_init__(self) -> None:
        check_fields(self)
        if self.lag == 0 and self.fill == "open":
            raise ParameterError("lag = 0 with fill = 'open' would fill before deciding; use lag = 1 or fill = 'close'")
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
        check_settlement(self.settlement_days)

    def _check_schedule(self) -> None:
        sliced = self.schedule in ("twap", "almgren-chriss")
        if sliced and self.sessions < 2:
            raise ParameterError(f"schedule {self.schedule!r} needs sessions of 2 or more")
        if not sliced and self.sessions != 1:
            raise ParameterError(f"sessions = {self.sessions} needs schedule 'twap' or 'almgren-chriss'")
        if self.schedule == "participation" and (self.max_participation is None or self.unfilled != "carry"):
            raise ParameterError("schedule 'participation' needs max_participation, and unfilled = 'carry'")
