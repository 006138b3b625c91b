"""The ``undertow`` command. Heavy imports wait until a command needs them."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from simulator.core.names import slug

from .data.command import add_data, run_data
from .fit.command import add_fit, run_fit
from .governance.command import add_governance, run_advance, run_journal, run_propose, run_rule
from .herd.command import add_herd, run_herd
from .importing import uncollected
from .init.command import add_init, run_init
from .liquidity.command import add_liquidity, run_liquidity
from .net import caught, check_arguments, one_line
from .options import (
    add_common,
    add_fresh,
    add_journal,
    data_of,
    refits_of,
    say_report,
    scenario_of,
    target_of,
    tries_of,
)
from .redemptions.command import add_redemptions, run_redemptions
from .stopping import left, stopped, unwinding
from .stress.command import add_stress, run_stress
from .study.command import add_study, run_study
from .sweep.command import add_sweep, run_sweep
from .trials.command import add_trials, run_trials

if TYPE_CHECKING:
    from .runner import Outcome

_ABOUT = """\
Replays rebalancing policies over market history day by day, at what liquidity really costs, and writes one
comparison of return, drawdown, trading cost and liquidity coverage.
"""

_EXAMPLES = """\
examples:
  undertow run                                  the default scenario, on the bundled market, offline
  undertow run etf-core --data DIR              a book of ETFs, from a folder of CSV files
  undertow run my.toml --set execution.lag=2    a scenario of your own, with one key changed
  undertow init my.toml --holdings H.csv --data DIR --yes    a scenario from what you hold and your prices
  undertow tearsheet out/etf-core quarterly     one policy's tear-sheet, after a run
  undertow run etf-core --data DIR --shock volume-collapse:from=2008-09-15,days=40
  undertow sweep us-large-caps --grid policies.threshold.band=0.005:0.20:40 --grid execution.lag=0,1,2,5
  undertow fit etf-core --data DIR --generator regimes      whether to trust the paths of a generator
  undertow stress etf-core --data DIR --shock price-gap:size=-0.2 --severity 0:3:7
  undertow redemptions redemption-run --policy quarterly
  undertow herd etf-core --data DIR --funds 20 --size 2e9
  undertow trials us-large-caps                 every trial ever made of a scenario
  undertow audit my.toml                        prove that nothing in it sees the future
  undertow check etf-core --data DIR            what is odd about its data; or: undertow check DIR
  undertow data check PATH --out DIR            your own price files: their layout, and everything odd about them
  undertow data pull fred DGS10 NFCI --to DIR   series from FRED; of yahoo: prices through yfinance
  undertow explain etf-core --data DIR --date 2008-09-15    what made the forecast of that day
  undertow liquidity etf-core --data DIR --date 2008-10-10    what of a book is cash, when, at what cost
  undertow study early-warning --data DIR       a paper's table as published, and what is left of it forward
  undertow verify out/etf-core                  check that a folder is as it was written
  undertow list                                 the named scenarios
  undertow show etf-core                        a scenario with every default filled in and explained
"""


#: Exit status of an audit that found something.
SAW_THE_FUTURE = 3


class _Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with status 2."""
        self.exit(2, f"undertow: {one_line(message)}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Build the command line."""
    top = _Parser(
        prog="undertow", description=_ABOUT, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action="store_true", help="print the version and leave")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    run = commands.add_parser("run", help="run a scenario and write its report", description="Run a scenario.")
    run.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    run.add_argument("--out", type=Path, metavar="DIR", help="where the report goes (default: out/NAME)")
    add_common(run)
    add_fresh(run)
    add_journal(run)
    run.add_argument("--quiet", action="store_true", help="no progress, only the table")
    run.add_argument("--no-tearsheets", action="store_true", help="write no tear-sheets (default: up to 12 policies)")
    run.add_argument("--excel", action="store_true", help="one workbook of it all too, report.xlsx (extra: excel)")
    run.add_argument("--pdf", action="store_true", help="the page as report.pdf too, by a headless Chromium")
    _add_tearsheet(commands)
    add_sweep(commands)
    add_fit(commands)
    add_stress(commands)
    add_trials(commands)
    add_herd(commands)
    _add_audit(commands)
    _add_explain(commands)
    add_liquidity(commands)
    add_redemptions(commands)
    add_governance(commands)
    _add_check(commands)
    add_data(commands)
    add_init(commands)
    add_study(commands)
    _add_verify(commands)
    commands.add_parser(
        "list",
        help="list the named scenarios and shocks",
        description="List the named scenarios and shocks, and the kinds of shocks.",
    )
    about = "Print a scenario, or a shock of the catalogue or of a kind, with every key explained."
    show = commands.add_parser("show", help="print a scenario or a shock, resolved and explained", description=about)
    show.add_argument("scenario", metavar="NAME_OR_PATH")
    add_common(show)
    return top


def _add_tearsheet(commands: argparse._SubParsersAction[_Parser]) -> None:
    about = "Write the tear-sheet of a policy of a finished run into its folder, and link it on the page."
    sheet = commands.add_parser("tearsheet", help="write one policy's tear-sheet of a finished run", description=about)
    sheet.add_argument("folder", type=Path, metavar="DIR", help="the folder that undertow run has written")
    sheet.add_argument("policy", metavar="POLICY", help="its name, as in the table")


def _add_audit(commands: argparse._SubParsersAction[_Parser]) -> None:
    about = "Replay a scenario on histories cut short and on other futures: nothing up to the cut may change."
    audit = commands.add_parser("audit", help="prove that a scenario does not see the future", description=about)
    audit.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    audit.add_argument("--cuts", type=int, default=8, metavar="N", help="dates at which history is cut (8)")
    audit.add_argument("--out", type=Path, metavar="DIR", help="where the certificate goes (default: out/NAME-audit)")
    add_common(audit)
    audit.add_argument("--quiet", action="store_true", help="no progress, only the verdict")


def _add_explain(commands: argparse._SubParsersAction[_Parser]) -> None:
    about = (
        "What made a stress forecast of one day: the contribution of every column, the model in three questions, what "
        "families of columns are worth, and whether its reasons last from one refit to the next."
    )
    explain = commands.add_parser("explain", help="what made the forecast of one day", description=about)
    explain.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    explain.add_argument("--date", required=True, metavar="YYYY-MM-DD", help="the session to explain")
    explain.add_argument("--signal", metavar="NAME", help="the stress forecast meant (where there are several)")
    explain.add_argument("--out", type=Path, metavar="DIR", help="where the page goes (default: out/NAME-explain-DATE)")
    add_common(explain)
    add_fresh(explain)
    explain.add_argument("--quiet", action="store_true", help="no progress, only the table")


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> None:
    about = (
        "What is odd about the data of a scenario, or about every CSV file of a folder: spikes, jumps of units, "
        "forgotten splits, gaps, series that end. Exits with 0, or with 2 where a run would be refused."
    )
    check = commands.add_parser("check", help="look at the data of a scenario or of a folder", description=about)
    check.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH_OR_DIR", help="default: us-large-caps")
    conventions = ("adjusted", "split-adjusted", "raw")
    check.add_argument("--prices", choices=conventions, help="what a folder's prices carry, where files do not say")
    add_common(check)


def _add_verify(commands: argparse._SubParsersAction[_Parser]) -> None:
    about = "Compare every file of an output folder with the digests in its manifest; one line for each that differs."
    verify = commands.add_parser("verify", help="check that an output folder is as it was written", description=about)
    verify.add_argument("folder", type=Path, metavar="DIR", help="of any command, or a saved forecast")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status.

    0 done, 1 a defect, 2 bad input, 3 an audit found that the future was seen, 130 interrupted, 143 terminated.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    wrong = check_arguments(words)
    if wrong:
        print(f"undertow: {wrong}", file=sys.stderr)
        return 2
    given = parser().parse_args(words)
    if given.version:
        from importlib.metadata import version

        print(f"undertow {version('undertow')}")
        return 0
    if given.command is None:
        parser().print_help()
        return 0
    return _guarded(given)


def _guarded(given: argparse.Namespace) -> int:
    """Carry out the command that was given; whatever goes wrong is a line."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what matters is on the page; a library's own remarks are for developers
    try:
        with unwinding():
            return _COMMANDS[given.command](given)
    except BrokenPipeError:  # the reader of our output has left, as `undertow run | head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as error:
        word, status = stopped(error)
        print(f"undertow: {word}; {left()}", file=sys.stderr)
        return status
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the last net
        line, status = caught(error, f"undertow {given.command}")
        print(f"undertow: {line}", file=sys.stderr)
        return status


def _run(given: argparse.Namespace) -> int:
    from .progress import progressing

    file = scenario_of(given)
    out = target_of(given, slug(file.scenario.name), "run")
    _check_extras(given)
    with uncollected("scenarios.runner"):
        from .runner import run

    sheets, tries = False if given.no_tearsheets else None, tries_of(given, file.scenario.name)
    with progressing(given.quiet) as progress:
        outcome = run(file, out, data_of(given), progress, refits_of(given), sheets, given.excel, given.pdf, tries)
    _report(outcome, out)
    return 0


def _check_extras(given: argparse.Namespace) -> None:
    """Refuse, before anything is computed, what this machine cannot write."""
    if given.excel:
        from reports.spreadsheets import check_excel

        check_excel()
    if given.pdf:
        from reports.pdf import browser

        browser()


def _tearsheet(given: argparse.Namespace) -> int:
    from reports.sheet_data import add_sheet, take_back

    from .verify import check_sources, complete_sheet, is_whole

    take_back(given.folder)
    whole = is_whole(given.folder)
    if not whole:
        check_sources(given.folder)
    sheet = add_sheet(given.folder, given.policy)
    complete_sheet(given.folder, whole)  # where it was not, its digests go on saying so
    print(f"tear-sheet: {sheet}")
    return 0


def _report(outcome: Outcome, out: Path) -> None:
    from .table import comparison_table
    from .titles import titles

    called = titles(outcome.scenario.file)
    print(comparison_table(outcome))
    if outcome.effect is not None:
        from reports.shock_effect import shock_table

        print(f"\n{shock_table(outcome.effect.titled(called.policies))}")
    if outcome.verdicts is not None:
        from reports.verdict_text import table

        print(f"\n{table(outcome.verdicts.titled(called.policies, called.signals))}")
    print(f"\nreport: {out / 'index.html'}")


def _audit(given: argparse.Namespace) -> int:
    from .progress import progressing

    file = scenario_of(given)
    out = target_of(given, f"{slug(file.scenario.name)}-audit", "audit")
    from .audit import audit
    from .audit.certificate import CLEAN, summary

    with progressing(given.quiet) as progress:
        found = audit(file, out, data_of(given), given.cuts, progress)
    print("\n".join([*summary(found), f"certificate: {out / 'index.html'}"]))
    return 0 if found["verdict"] == CLEAN else SAW_THE_FUTURE


def _explain(given: argparse.Namespace) -> int:
    from .progress import progressing

    file = scenario_of(given)
    out = target_of(given, f"{slug(file.scenario.name)}-explain-{slug(given.date)}", "explanation")
    from .explain.run import explain
    from .explain.table import summary

    with progressing(given.quiet) as progress:
        told = explain(file, given.date, out, given.signal, data_of(given), progress, refits_of(given))
    say_report(summary(told), out)
    return 0


def _check(given: argparse.Namespace) -> int:
    from .check import looked_at, status, table
    from .load import DEFAULT

    rows = looked_at(given.scenario or DEFAULT, data_of(given), given.overrides, given.prices, given.plugins)
    print(table(rows))
    return status(rows)


def _verify(given: argparse.Namespace) -> int:
    from .verify import faults

    found = faults(given.folder)
    for fault in found:
        print(f"undertow: {given.folder}: {fault}", file=sys.stderr)
    if not found:
        print(f"{given.folder}: every file is as it was written")
    return 2 if found else 0


def _list(_: argparse.Namespace) -> int:
    from .crises import crises
    from .load import DEFAULT, catalogued, read_toml
    from .resolved import shock_kinds

    paths, shock_of = catalogued(), dict(shock_kinds())
    width = max(map(len, (*paths, *crises(), *shock_of)))
    for name, path in paths.items():
        default = " (the default)" if name == DEFAULT else ""
        print(f"{name:<{width}}  {read_toml(path)['scenario'].get('description', '')}{default}")
    for name, crisis in crises().items():
        print(f"{name:<{width}}  a shock: {crisis.description}")
    for kind, does in shock_of.items():
        print(f"{kind:<{width}}  a kind of shock: {does[:1].lower()}{does[1:]}")
    return 0


def _show(given: argparse.Namespace) -> int:
    from .build import check
    from .crises import known_shocks
    from .load import catalogued, load
    from .resolved import explained, shock_explained

    name = given.scenario
    if name in known_shocks() and name not in catalogued() and not Path(name).exists():
        print(shock_explained(name), end="")
        return 0
    file = load(given.scenario, given.overrides, given.shocks, given.plugins)
    check(file)
    print(explained(file), end="")
    return 0


_COMMANDS = {
    "run": _run,
    "tearsheet": _tearsheet,
    "sweep": run_sweep,
    "fit": run_fit,
    "stress": run_stress,
    "trials": run_trials,
    "herd": run_herd,
    "audit": _audit,
    "explain": _explain,
    "liquidity": run_liquidity,
    "redemptions": run_redemptions,
    "propose": run_propose,
    "approve": run_rule,
    "reject": run_rule,
    "journal": run_journal,
    "advance": run_advance,
    "check": _check,
    "data": run_data,
    "init": run_init,
    "study": run_study,
    "verify": _verify,
    "list": _list,
    "show": _show,
}


if __name__ == "__main__":
    sys.exit(main())
