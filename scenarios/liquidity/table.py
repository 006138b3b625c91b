"""The liquidity of a day as text, for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reports.liquidity import LIMITS, bound_in_words, lead
from reports.liquidity_text import days, horizon, share, times
from reports.text import bps, money, percent

_WIDTH: Final = 110


def summary(told: Mapping[str, Any]) -> str:
    """The answer in words, then the tables a committee asks for."""
    return "\n".join(_lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    for text in ([told["foreknown"]] if told["foreknown"] else []) + list(told["notices"]):
        yield from textwrap.wrap(f"! {text}", _WIDTH, subsequent_indent="  ")
    yield f"{told['scenario']}, {told['policy']}, {told['date']}: nav {money(told['nav'])}, cash {money(told['cash'])}"
    yield ""
    yield from textwrap.wrap(lead(told), _WIDTH)
    yield f"\n{'share of the book in cash':<34}{'as usual':>14}{'under stress':>14}"
    for row in told["days"]:
        yield f"{percent(row['share'], 0):<34}{days(row['usual']):>14}{days(row['stressed']):>14}"
    asked = f"redemption of {percent(told['redemption']['share'], 0)}, covered"
    yield f"\n{asked:<34}{'as usual':>14}{'under stress':>14}"
    for row in told["redemption"]["rows"]:
        label = f"in {horizon(row['days'])}, {row['method']}"
        yield f"{label:<34}{times(row['usual']):>14}{times(row['stressed']):>14}"
    yield f"\n{'rule 22e-4':<34}{'as usual':>14}{'under stress':>14}"
    for row in told["rule_22e4"]["shares"]:
        yield f"{row['bucket']:<34}{percent(row['usual']):>14}{percent(row['stressed']):>14}"
    yield from _broken(told["rule_22e4"])
    yield from _bounds(told["bounds"])
    yield ""
    yield from _positions(told)


def _broken(rule: Mapping[str, Any]) -> Iterator[str]:
    """Limits of SEC rule 22e-4 that were broken up to the day."""
    for row in rule["breaches"]:
        limit = f"{LIMITS[row['limit']]} {percent(rule[row['limit']], 0)}"
        by = "a purchase (active)" if row["kind"] == "active" else "the market (passive)"
        many, today = horizon(row["sessions"]), ", today too" if row["on_the_day"] else ""
        yield from textwrap.wrap(
            f"! {limit}: broken by {by} on {many}, from {row['first']} to {row['last']}{today}; worst "
            f"{share(row['worst'])}",
            _WIDTH,
            subsequent_indent="  ",
        )


def _bounds(stated: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Bounds of the scenario on liquidity, and where the book stands."""
    rows = [bound_in_words(row) for row in stated]
    if rows:
        yield f"\n{'bound of the scenario':<56}{'asked for':>30}{'on this day':>14}"
    for row in rows:
        yield f"{row['name']:<56}{row['asked']:>30}{row['level']:>14}  {row['kept']}"


def _positions(told: Mapping[str, Any]) -> Iterator[str]:
    width = max([len("asset"), *(len(row["asset"]) for row in told["positions"])])
    days_and_costs = f"{'days to sell':>14}  {'stressed':>14}  {'cost bp':>8}  {'stressed':>8}"
    yield f"{'asset':<{width}}  {'weight':>7}  {days_and_costs}  bucket"
    for row in told["positions"]:
        moved = "" if row["usual_bucket"] == row["stressed_bucket"] else f" → {row['stressed_bucket']}"
        yield (
            f"{row['asset']:<{width}}  {percent(row['weight']):>7}  {days(row['usual_days']):>14}  "
            f"{days(row['stressed_days']):>14}  {_bps(row['usual_cost_bps']):>8}  {_bps(row['stressed_cost_bps']):>8}  "
            f"{row['usual_bucket']}{moved}"
        )


def _bps(value: float | str | None) -> str:
    return value if isinstance(value, str) else bps(value)
