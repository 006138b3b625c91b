"""``undertow stress``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scenarios.options import add_backend, add_data, add_plugins, data_of, place_of, refits_of, say_report, target_of

_ABOUT = (
    "Strike a scenario with shocks of growing severity, every policy beside the others: drawdown, coverage, days to "
    "cash, redemptions that wait, cost. With --reverse, how severe it must get before each policy fails."
)


def add_stress(commands: Any) -> None:
    """Register the command; nothing heavy is imported."""
    parser = commands.add_parser(
        "stress", help="strike every policy with shocks of growing severity", description=_ABOUT
    )
    parser.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    parser.add_argument(
        "--shock",
        dest="shocks",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME_OR_KIND",
        help="what to strike with: a name or a kind, also KIND:key=value,...; the scenario's own shocks by default",
    )
    parser.add_argument(
        "--window",
        default="",
        metavar="NAME",
        help="a crisis of the catalogue: over its own dates as it happened where the data reach, and put onto the book "
        "through betas of the past (on --at DATE), besides what --shock says",
    )
    parser.add_argument(
        "--severity", default="0:3:7", metavar="a:b:n", help="n severities from a to b, or v1,v2,... (0:3:7)"
    )
    parser.add_argument("--at", metavar="DATE", help="first day of the shocks that state none (the latest that fits)")
    parser.add_argument(
        "--reverse",
        dest="failures",
        action="extend",
        nargs="+",
        default=[],
        metavar="FAILURE",
        help="search the smallest severity that causes it: coverage[:x], unmet-redemption[:x], unpaid, drawdown:x, "
        "loss:x, days-to-cash:x, cost:x, 22e-4, lcr[:x], ruin",
    )
    parser.add_argument(
        "--refit", action="store_true", help="fit models on every severity; otherwise history's are applied"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="threads (one a core); the results do not depend on it"
    )
    add_backend(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the report goes (default: out/NAME-stress)")
    add_data(parser)
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="key.path=value", help="change one key"
    )
    add_plugins(parser)
    parser.add_argument("--fresh", action="store_true", help="fit models again instead of reading kept ones")
    parser.add_argument("--quiet", action="store_true", help="no progress, only the table")


def run_stress(given: argparse.Namespace) -> int:
    """Carry it out."""
    from scenarios.load import DEFAULT, load
    from scenarios.progress import progressing
    from simulator.core.names import slug

    file = load(given.scenario or DEFAULT, given.overrides, (), given.plugins)
    out = target_of(given, f"{slug(file.scenario.name)}-stress", "stress test")
    from .remote import Remote
    from .run import Options, stress
    from .table import as_text

    data, place = data_of(given), place_of(given)
    remote = None
    if place is not None:
        name = given.scenario or DEFAULT
        remote = Remote(place, name, tuple(given.overrides), tuple(given.plugins), data, not given.fresh)
    options = Options(
        given.shocks, given.severity, given.at, given.failures, given.refit, given.workers, remote, given.window
    )
    with progressing(given.quiet) as progress:
        outcome = stress(file, out, options, data, progress, refits_of(given))
    say_report(as_text(outcome.shown), out)
    return 0
