"""``undertow herd``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scenarios.options import add_common, add_fresh, data_of, refits_of, say_report, scenario_of, target_of

_ABOUT = (
    "Put many funds into one market whose prices, volume and depth answer to what they trade together: amplification "
    "against the number and similarity of funds, what they have in common, whom a fall reaches by way of others, what "
    "diversity of policies is worth."
)


def add_herd(commands: Any) -> None:
    """Register the command; nothing heavy is imported."""
    command = commands.add_parser("herd", help="many funds in one market that answers to them", description=_ABOUT)
    command.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    command.add_argument("--funds", type=int, default=10, metavar="N", help="how many funds (default: 10)")
    command.add_argument(
        "--size", dest="sizes", metavar="S[,S...]", help="of a fund, taken in turn (default: the scenario's cash)"
    )
    command.add_argument(
        "--policies", metavar="A[,B...]", help="of the funds, taken in turn (default: all of the scenario)"
    )
    command.add_argument(
        "--lead", metavar="POLICY", help="whose share of funds is varied (default: the one that amplifies most)"
    )
    command.add_argument(
        "--thinning",
        type=float,
        default=1.0,
        metavar="X",
        help="how a net flow wears depth: 1 / (1 + X times the flow in days of volume) is left (default: 1)",
    )
    command.add_argument(
        "--rounds", type=int, default=50, metavar="N", help="rounds a day may take to settle (default: 50)"
    )
    command.add_argument("--out", type=Path, metavar="DIR", help="where the report goes (default: out/NAME-herd)")
    add_common(command)
    add_fresh(command)
    command.add_argument("--quiet", action="store_true", help="no progress, only the table")


def run_herd(given: argparse.Namespace) -> int:
    """Carry it out."""
    from scenarios.progress import progressing
    from simulator.core.names import slug

    file = scenario_of(given)
    out = target_of(given, f"{slug(file.scenario.name)}-herd", "herd")
    from .run import Options, herd
    from .table import as_text

    options = Options(given.funds, given.sizes, given.policies, given.lead, given.thinning, given.rounds)
    with progressing(given.quiet) as progress:
        report = herd(file, out, options, data_of(given), progress, refits_of(given))
    say_report(as_text(report), out)
    return 0
