"""``undertow redemptions``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scenarios.options import add_common, add_fresh, data_of, refits_of, say_report, scenario_of, target_of
from simulator.core.names import slug


def add_redemptions(commands: Any) -> None:
    """Register the command; nothing heavy is imported."""
    about = (
        "Run on the book of a policy, under none and each of the nine tools of open-ended funds: dilution of those who "
        "stay, delay of those who leave, what it is worth to move first."
    )
    command = commands.add_parser(
        "redemptions", help="a run on a policy's book under each tool of a fund", description=about
    )
    command.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    command.add_argument(
        "--policy", metavar="NAME", help="whose book (default: as [redemptions] has it, or the benchmark's)"
    )
    command.add_argument(
        "--date", metavar="YYYY-MM-DD", help="after which session it begins (default: before the policy's worst month)"
    )
    command.add_argument("--sessions", type=int, metavar="N", help="how long it lasts (default: 63)")
    command.add_argument(
        "--investors",
        action="append",
        default=[],
        metavar="NAME:key=value,...",
        help="a class of investors: share, usual, to_losses, convexity, to_illiquidity, watched, to_others, most, "
        "notice, count (may be repeated; shares sum to 1; instead of those of [redemptions])",
    )
    command.add_argument(
        "--tool",
        dest="tools",
        action="append",
        default=[],
        metavar="KIND:key=value,...",
        help="a tool with its trigger (asked, liquid_share, fall): suspension, gate, notice, fee, swing, dual, levy, "
        "in-kind, side-pocket (may be repeated; instead of those of [redemptions]; default: all, as they usually are)",
    )
    command.add_argument(
        "--draws", type=int, metavar="N", help="how often investors with a count are drawn (default: 25)"
    )
    command.add_argument("--stressed", action="store_true", help="sell under the stress of [liquidity]")
    command.add_argument("--out", type=Path, metavar="DIR", help="where the page goes (default: out/NAME-redemptions)")
    command.add_argument("--quiet", action="store_true", help="no progress, only the table")
    add_common(command)
    add_fresh(command)


def run_redemptions(given: argparse.Namespace) -> int:
    """Carry it out."""
    from scenarios.progress import progressing

    file = scenario_of(given)
    out = target_of(given, f"{slug(file.scenario.name)}-redemptions", "redemptions")
    from .run import Options, redemptions
    from .table import as_text

    options = Options(
        given.policy, given.date, given.sessions, given.investors, given.tools, given.stressed, given.draws
    )
    with progressing(given.quiet) as progress:
        report = redemptions(file, out, options, data_of(given), progress, refits_of(given))
    say_report(as_text(report), out)
    return 0
