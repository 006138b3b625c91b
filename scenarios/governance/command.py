"""``undertow propose | approve | reject | journal | advance``: what the command line says and does."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from scenarios.options import add_common, add_fresh, data_of, refits_of
from simulator.core.names import printable, slug

_PROPOSE: Final = (
    "What a policy decides at the close of a day on that day's information: trades, reasons, expected cost, liquidity "
    "before and after, bounds that bite. Nothing later is read."
)
_RULE: Final = (
    "Rule on a proposal; the ruling goes into the journal beside it, whose lines each carry the hash of the one before."
)
_ADVANCE: Final = (
    "Carry the book that approvals have made forward to a day: a paper broker fills approved orders on the bars after "
    "their decision. The bytes are those of one replay, however many steps it takes."
)


def add_governance(commands: Any) -> None:
    """Register the commands; nothing heavy is imported."""
    propose = commands.add_parser("propose", help="write the decision of a policy for approval", description=_PROPOSE)
    propose.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    propose.add_argument("--as-of", required=True, metavar="DATE", help="the session at whose close it decides")
    _add_book(propose, "default: out/NAME-POLICY-DATE")
    for action, help_ in (("approve", "approve a proposal"), ("reject", "reject a proposal")):
        rule = commands.add_parser(action, help=help_, description=_RULE)
        rule.add_argument(
            "proposal", type=Path, metavar="PROPOSAL", help="the folder that undertow propose has written"
        )
        rule.add_argument("--by", required=True, metavar="WHO", help="who rules")
        rule.add_argument("--why", required=True, metavar="TEXT", help="for what reason")
        rule.add_argument("--journal", type=Path, metavar="FILE", help="default: beside the proposal")
        if action == "approve":
            rule.add_argument(
                "--override",
                dest="replaced",
                action="append",
                default=[],
                metavar="TICKER=SHARES",
                help="trade these shares instead, as traded, negative to sell (may be repeated)",
            )
    journal = commands.add_parser(
        "journal", help="check a journal of rulings", description="Check a journal of rulings."
    )
    journal.add_argument("action", choices=["verify"], help="name every entry that is not as it was written")
    journal.add_argument("journal", type=Path, metavar="FILE")
    journal.add_argument("--head", metavar="HASH", help="of the last entry, as it is known from elsewhere")
    advance = commands.add_parser("advance", help="carry a live book forward", description=_ADVANCE)
    advance.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    advance.add_argument("--to", required=True, metavar="DATE", help="the session whose close it goes to")
    _add_book(advance, "default: out/NAME-POLICY-book")


def _add_book(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument("--policy", metavar="NAME", help="which policy (default: the benchmark)")
    command.add_argument("--journal", type=Path, metavar="FILE", help="rulings; without one every decision is traded")
    command.add_argument("--out", type=Path, metavar="DIR", help=f"where it goes ({default})")
    add_common(command)
    add_fresh(command)
    command.add_argument("--quiet", action="store_true", help="no progress")


def run_propose(given: argparse.Namespace) -> int:
    """Write a proposal and say it in a sentence."""
    from reports.proposal import beyond, lead

    from .propose import propose

    told, out = _made(propose, given, given.as_of, f"-{given.as_of}", "proposal")
    for text in [*told["notices"], *beyond(told)]:
        print(f"! {text}")
    if told["remark"]:
        print(f"! the policy says of this decision: {told['remark']}")
    if told["journal"] and told["journal"]["unruled"]:
        print(f"! decisions without a ruling, which were not traded: {', '.join(told['journal']['unruled'])}")
    print(f"{told['policy']} of {told['scenario']}, {told['date']}: {lead(told)}")
    for row in told["trades"]:
        print(f"  {row['side']:<4}  {row['asset']:<8}  {row['shares']:>+16,.2f}  at {row['price']:,.2f}")
    print(f"\nproposal: {out / 'index.html'}")
    return 0


def run_rule(given: argparse.Namespace) -> int:
    """Append a ruling to the journal."""
    from .decide import rule

    path, entry, may_cut = rule(
        given.proposal, given.command, given.by, given.why, getattr(given, "replaced", ()), given.journal
    )
    said = "approved" if entry.action == "approve" else "rejected"
    print(f"{said}: {printable(entry.policy)} of {printable(entry.date)}, entry {entry.number} of {path}")
    if may_cut:
        print(
            f"! what replaces the proposal is brought within {', '.join(may_cut)}, as a decision is: less may be traded"
        )
    print(f"head: {entry.hash}")
    return 0


def run_journal(given: argparse.Namespace) -> int:
    """Check a journal; 2 if it is not as it was written."""
    from simulator.core.errors import ScenarioError

    from .journal import faults, head_of, read

    if not given.journal.is_file():
        raise ScenarioError(f"{given.journal}: no such journal")
    found = faults(given.journal.read_bytes(), given.head)
    for fault in found:
        print(f"undertow: {given.journal}: {fault}", file=sys.stderr)
    if found:
        return 2
    entries = read(given.journal)
    print(f"{given.journal}: {len(entries)} entries, whole")
    print(
        f"head: {head_of(entries)}"
        + ("" if given.head else "  (entries cut off the end show against a head kept elsewhere: --head)")
    )
    return 0


def run_advance(given: argparse.Namespace) -> int:
    """Carry the live book forward and say where it is."""
    from .advance import KIND, advance

    told, out = _made(advance, given, given.to, "-book", KIND)
    for text in told["notices"]:
        print(f"! {text}")
    if told["unruled"]:
        print(f"! decisions without a ruling, which were not traded: {', '.join(told['unruled'])}")
    flying = f", {len(told['in_flight'])} orders not filled yet" if told["in_flight"] else ""
    print(
        f"{told['policy']} of {told['scenario']}, {told['date']}: net assets {told['nav']:,.2f}, cash "
        f"{told['cash']:,.2f}, "
        f"{len(told['held'])} holdings{flying}"
    )
    print(f"\nbook: {out / 'book.json'}")
    return 0


def _made(make: Any, given: argparse.Namespace, day: str, end: str, kind: str) -> tuple[dict[str, Any], Path]:
    from scenarios.load import DEFAULT, load
    from scenarios.output import check_target
    from scenarios.progress import progressing

    file = load(given.scenario or DEFAULT, given.overrides, given.shocks, given.plugins)
    policy = given.policy or file.scenario.benchmark
    out = given.out or Path("out") / f"{slug(file.scenario.name)}-{slug(policy)}{end}"
    check_target(out, kind)
    with progressing(given.quiet) as progress:
        return make(file, day, out, given.policy, given.journal, data_of(given), progress, refits_of(given)), out
