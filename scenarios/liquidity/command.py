"""``undertow liquidity``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scenarios.options import add_common, add_fresh, data_of, refits_of, say_report, scenario_of, target_of
from simulator.core.names import slug


def add_liquidity(commands: Any) -> None:
    """Register the command; nothing heavy is imported."""
    about = (
        "How much of a policy's book is cash in how many days, at what cost, as usual and under stress: days to cash, "
        "redemption coverage, buckets, cost of liquidation, what is left for those who stay. One day, on one page."
    )
    day = commands.add_parser("liquidity", help="how liquid a policy's book was on one day", description=about)
    day.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    day.add_argument("--policy", metavar="NAME", help="whose book (default: the benchmark's)")
    day.add_argument("--date", metavar="YYYY-MM-DD", help="the session (default: the last)")
    day.add_argument("--out", type=Path, metavar="DIR", help="where the page goes (default: out/NAME-liquidity)")
    day.add_argument("--quiet", action="store_true", help="no progress, only the tables")
    add_common(day)
    add_fresh(day)


def run_liquidity(given: argparse.Namespace) -> int:
    """Carry out what was asked; return the exit status."""
    from scenarios.progress import progressing

    file = scenario_of(given)
    out = target_of(given, f"{slug(file.scenario.name)}-liquidity", "liquidity")
    from .run import liquidity_of_day
    from .table import summary

    with progressing(given.quiet) as progress:
        told = liquidity_of_day(file, out, given.policy, given.date, data_of(given), progress, refits_of(given))
    say_report(summary(told), out)
    return 0
