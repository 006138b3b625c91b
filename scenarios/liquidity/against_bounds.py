"""Where a book stands on a day against the bounds on its liquidity that its scenario states."""

from __future__ import annotations

import math
from typing import Any, Final

from simulator.core.bounds import Bounds, DaysToCash
from simulator.engine import RunResult
from simulator.engine.liquid import book_at_closes, conditions_of
from simulator.liquidity.holding import AT_MOST, levels, most_of

#: Beyond a bound by no more than this is rounding.
_SLACK: Final = 1e-9


def against_bounds(result: RunResult, row: int) -> list[dict[str, Any]]:
    """Each stated bound on liquidity: what it asks for, what the book has at a close, and whether it keeps it.

    Levels are shares of net assets, or ratios for ``min_coverage`` and ``min_lcr``; ``None`` where they are undefined,
    and ``kept`` is ``None`` then. A bound holds when a policy decides: drift may have carried the book beyond since.
    """
    bounds, found = result.run.bounds, _levels(result, row)
    return [_row(bounds, name, level) for name, level in found.items()]


def _levels(result: RunResult, row: int) -> dict[str, float]:
    """By stated bound, those under stress first."""
    bounds, stress = result.run.bounds, result.run.stress
    met = conditions_of(result, stressed=False)
    columns = (("min_liquid_share", "liquid_share"), ("min_coverage", "coverage"))
    stated = [(name, column) for name, column in columns if getattr(bounds, name) is not None]
    found = {name: float(result.coverage[column].iloc[row]) for name, column in stated}
    if met is None or stress is None or not bounds.on_liquidity:
        return found
    usual = levels(bounds, book_at_closes(result).at(row), met.at(row), stress)
    return found | {name: float(level) for name, level in usual.items()}


def _row(bounds: Bounds, name: str, level: float) -> dict[str, Any]:
    asked, within = most_of(bounds, name), bounds.max_days_to_cash
    lacking = level - asked if name in AT_MOST else asked - level
    known = not math.isnan(level)
    return {
        "bound": name,
        "asked": asked,
        "level": level if known else None,
        "kept": bool(lacking <= _SLACK * max(1.0, asked)) if known else None,
        "days": within.days if name == "max_days_to_cash" and isinstance(within, DaysToCash) else None,
    }
