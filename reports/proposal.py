"""The page of a proposal: what a policy would trade, why, at what cost, and what that does to the book."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from simulator.core.files import write

from .chart_part import chart
from .liquidity import LIMITS
from .liquidity_text import Known, basis_points, days, share, times
from .proposal_figures import contributions, weights
from .template import render
from .text import bps, money, percent

_UNITS: Final = {"days": days, "times": times, "bps": basis_points, "share": share}


def write_proposal(told: Mapping[str, Any], path: Path) -> None:
    """Write the page: one self-contained file."""
    made = [signal for signal in told["signals"] if signal["made_by"] and signal["made_by"]["reasons"]]
    text = render(
        "proposal.html.j2",
        one=told,
        lead=lead(told),
        beyond=beyond(told),
        share=share,
        basis=basis_points,
        measured=measured,
        shares=shares,
        weights=chart(
            "The book before and after",
            "share of net assets; after is with every order filled at the marks of this close",
            weights(told),
        ),
        parts={
            signal["name"]: chart(f"What made {signal['name']}", "", contributions(signal["made_by"]))
            for signal in made
        },
    )
    write(path, text)


def lead(told: Mapping[str, Any]) -> str:
    """The proposal in sentences."""
    if not told["decides"]:
        return f"The policy decides nothing at this close: there is nothing to approve. {_flying(told)}".strip()
    if not told["trades"]:
        return f"The policy decides, and the book is where it wants it: no order is made. {_flying(told)}".strip()
    nav, many = told["nav"], len(told["trades"])
    first = " It is the first investment of the book." if told["first"] else ""
    when = "next session" if told["execution"]["lag"] == 1 else f"session {told['execution']['lag']} from now"
    return (
        f"Buy {money(told['bought'])} ({percent(told['bought'] / nav)} of net assets) and sell {money(told['sold'])} "
        f"({percent(told['sold'] / nav)}) in {many} {'order' if many == 1 else 'orders'}, to be filled at the "
        f"{told['execution']['fill']} of the {when}. Expected cost {money(told['cost'])}, "
        f"{bps(told['cost_bps'])} basis "
        f"points of net assets.{first} {_bounds(told)} {_flying(told)}"
    ).strip()


def _bounds(told: Mapping[str, Any]) -> str:
    names = sorted({row["bound"] for row in told["limits"]})
    return f"Bounds that bite: {', '.join(names)}." if names else "No bound bites."


def beyond(told: Mapping[str, Any]) -> list[str]:
    """Limits of SEC rule 22e-4 that the book is beyond once all orders are filled, a sentence each."""
    found = told["liquidity"]["beyond"] if told["liquidity"] and told["trades"] else []
    return [_limit_in_words(row) for row in found]


def _limit_in_words(row: Mapping[str, Any]) -> str:
    by = ", ".join(row["bought"])
    buys = f"these orders buy what it forbids ({by}): an active breach" if by else "these orders buy nothing it forbids"
    what, _, order = LIMITS[row["limit"]].partition(", ")
    return (
        f"with every order filled {percent(row['share'])} of net assets are {what}, and the limit under SEC rule 22e-4 "
        f"is {order} {percent(row['stated'], 0)}; {buys}"
    )


def _flying(told: Mapping[str, Any]) -> str:
    many = len(told["in_flight"])
    return f"{many} earlier {'order is' if many == 1 else 'orders are'} not filled yet." if many else ""


def measured(value: Known, unit: str) -> str:
    """A measure of liquidity as people read it."""
    return _UNITS[unit](value)


def shares(value: float) -> str:
    """A number of shares, with a sign; fractions where there are any."""
    sign = "−" if value < 0.0 else "+"
    whole = abs(value)
    return f"{sign}{whole:,.0f}" if abs(whole - round(whole)) < 1e-6 else f"{sign}{whole:,.2f}"
