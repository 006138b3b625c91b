"""The page on the liquidity of one book on one day, from its plain data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.core.files import write

from . import liquidity_figures as figures
from .chart_part import chart
from .limits import WORDS
from .liquidity_text import Known, basis_points, days, horizon, settles, share, span_of, times
from .template import render
from .text import money, percent

BUCKETS = ("1", "2–7", "8–15", "16–30", "31–60", "61–180", "over 180")
LIMITS = {"max_illiquid": "illiquid, at most", "min_highly_liquid": "highly liquid, at least"}


def write_liquidity(told: Mapping[str, Any], path: Path) -> None:
    """Write the page: one self-contained file."""
    text = render(
        "liquidity.html.j2",
        one=told,
        lead=lead(told),
        buckets=BUCKETS,
        limits=LIMITS,
        days=days,
        horizon=horizon,
        times=times,
        basis=basis_points,
        share=share,
        settles=settles(row["settlement"] for row in told["positions"]),
        cash_in=span_of(_longest(told)),
        bounds=[bound_in_words(row) for row in told["bounds"]],
        curve=chart(
            "Days to cash",
            "share of the book that is cash after some sessions of selling every position at its pace, once sales have "
            "settled; the axis is a log of sessions",
            figures.curve(told["curve"]),
        ),
        surface=chart(
            "Cost of liquidation",
            "expected cost, in basis points of what is sold, by how long one takes; a line for each share of every "
            "position, dotted under stress. Along the optimal trajectories of Almgren & Chriss",
            figures.surface(told["surface"]),
        ),
        around=chart(
            "The year before",
            "sessions until 90% of the book is cash (log), and how often slicing covers the redemption within the "
            "horizon; dotted under stress",
            figures.around(told["around"]),
        ),
    )
    write(path, text)


def lead(told: Mapping[str, Any]) -> str:
    """The answer to the committee, in sentences."""
    usual, stressed = told["measures"]["usual"], told["measures"]["stressed"]
    if told["nav"] is None or not told["nav"] > 0.0:
        return f"The book is empty: nothing is held, and nothing of it can be measured.{_beside(told)}"
    assumed = told["assumed"]
    span, asked = assumed["horizon_days"], assumed["redemption_stress"]
    waterfall, slicing = f"rcr_waterfall_{span}d", f"rcr_slicing_{span}d"
    raised = {name: own[waterfall] * asked for name, own in told["measures"].items()}
    volume, spreads = f"volume times {assumed['stressed_volume']:g}", f"spreads times {assumed['stressed_spread']:g}"
    within, costs = horizon(span), {name: own["sale_cost_bps"] for name, own in told["measures"].items()}
    whole = _sold(usual["days_to_100"])
    selling = _selling(within, costs, stressed["sale_deviation_bps"]) + _stretched(told) + _beside(told)
    settled = settles(row["settlement"] for row in told["positions"])
    waits = f", sales settling in {settled}" if settled else ""
    return (
        f"Within {within}, {percent(raised['usual'])} of net assets can be cash, and {percent(raised['stressed'])} "
        f"under stress ({volume}, {spreads}), at {percent(assumed['participation'], 0)} of volume{waits}. All of it "
        f"{whole}, {days(stressed['days_to_100'])} under stress. A redemption of "
        f"{percent(asked, 0)} is then covered {times(stressed[waterfall])} times by selling what is liquid first, and "
        f"{times(stressed[slicing])} times if those who stay are to keep the same book. {selling}"
    )


def _beside(told: Mapping[str, Any]) -> str:
    """What the measures leave out, where there is any of it; a space before each sentence."""
    said = ""
    if told["owed"] > 0.0:
        share_owed = f" ({percent(told['owed'] / told['nav'])} of net assets)" if told["nav"] else ""
        said += f" Investors are owed {money(told['owed'])} already{share_owed}, which are still in every figure here."
    if told["never_paid"] > 0.0:
        said += f" {money(told['never_paid'])} of redemptions were never paid: the book had nothing left."
    if told["untraded"]:
        said += (
            f" {', '.join(told['untraded'])} could not be traded on this day (a halt, no price or no volume): figures "
            "are of the usual volume there, and count from when there is trading again."
        )
    return said


def bound_in_words(row: Mapping[str, Any]) -> dict[str, str]:
    """A stated bound on liquidity: what it asks for, what the book has, whether it keeps it; as people read them."""
    written = times if row["bound"] == "min_coverage" else share
    within = "" if row["days"] is None else f" within {row['days']:g} session{'' if row['days'] == 1 else 's'}"
    order = "at most" if row["bound"] == "max_illiquid" else "at least"
    kept = {True: "kept", False: "missed", None: "undefined"}[row["kept"]]
    return {
        "name": f"{row['bound']}: {WORDS[row['bound']]}",
        "asked": f"{order} {written(row['asked'])}{within}",
        "level": written(row["level"]),
        "kept": kept,
    }


def _longest(told: Mapping[str, Any]) -> list[float]:
    """Business days that each position settles in under rule 22e-4: the longer of what is assumed and the run's own."""
    return [max(told["assumed"]["settlement"], row["settlement"]) for row in told["positions"]]


def _stretched(told: Mapping[str, Any]) -> str:
    """That selling all within the horizon takes more of a day's volume than else, where it does; a space before it."""
    pace, usual = told["pace"]["stressed"], told["assumed"]["participation"]
    if pace is None or isinstance(pace["share"], str) or not pace["share"] > usual:
        return ""
    beyond = ": more than is traded, so that its cost is no forecast" if pace["share"] > 1.0 else ""
    return (
        f" That takes {percent(pace['share'], 0)} of a day's volume of {pace['asset']} under stress, not "
        f"{percent(usual, 0)}{beyond}."
    )


def _sold(value: Known) -> str:
    """How long it takes until all of a book is cash, after "All of it"."""
    if isinstance(value, str):
        return "can never be sold as usual"
    return "is cash at once" if value == 0.0 else f"takes {days(value)} sessions"


def _selling(within: str, costs: Mapping[str, Known], deviation: Known) -> str:
    """What selling everything costs, in a sentence."""
    if costs["usual"] is None:
        return "There is nothing to sell."
    if isinstance(costs["stressed"], str):
        return f"Something held cannot be sold at any cost within {within}."
    return (
        f"Selling everything within {within} costs {basis_points(costs['stressed'])} basis points under stress, give "
        f"or take {basis_points(deviation)} ({basis_points(costs['usual'])} as usual)."
    )
