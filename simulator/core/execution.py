"""How decisions become fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Terms of execution. The default is lag 1, fill at the close, no caps.

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
    max_turnover
        Most that a decision may trade in a session, max(buys, sells) / nav; all of its trades are scaled alike.
        The first investment is exempt (it is shown apart). ``None``: no cap.
    max_cost_bps
        Most that a decision may be planned to cost, in basis points of nav; the whole decision is scaled down to
        it, and what is cut is not traded later. The first investment is exempt. ``None``: no cap.
    max_participation
        Most of the day's notional that a fill may take. ``None``: no cap.
    unfilled
        What happens to shares due that could not trade (turnover, participation, no volume, no price):
        ``"carry"`` them to the next session or ``"drop"`` them. A newer decision cancels what is carried.
    marks
        ``"market"`` marks nav at market prices; ``"impacted"`` at prices displaced by the book's own trading.
    """

    lag: int = 1
    fill: Literal["close", "open"] = "close"
    size_at: Literal["decision", "fill"] = "decision"
    max_turnover: float | None = None
    max_cost_bps: float | None = None
    max_participation: float | None = None
    unfilled: Literal["carry", "drop"] = "carry"
    marks: Literal["market", "impacted"] = "market"

    def __post_init__(self) -> None:
        if self.lag < 0:
            raise ParameterError(f"lag must be 0 or more sessions, not {self.lag}")
        if self.lag == 0 and self.fill == "open":
            raise ParameterError("lag = 0 with fill = 'open' would fill before deciding; use lag = 1 or fill = 'close'")
        for name in ("max_turnover", "max_cost_bps", "max_participation"):
            value = getattr(self, name)
            if value is not None and not value > 0.0:
                raise ParameterError(f"{name} must be positive (None for no cap), not {value}")
        choices = {
            "fill": ("close", "open"),
            "size_at": ("decision", "fill"),
            "unfilled": ("carry", "drop"),
            "marks": ("market", "impacted"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ParameterError(f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}")
