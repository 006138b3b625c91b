"""``undertow study bank-stress``: what the command line says and does."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.study.kit import Finished, StudyCommand, add_out, add_quiet, add_seed, add_workers

if TYPE_CHECKING:
    from scenarios.payments.terms import PaymentSystem
    from scenarios.progress import Progress

    from .data import BankData
    from .run import BankStudy
    from .truth import Made

_NAME: Final = "bank-stress"
_PATHS: Final = {
    "--log": "payments: time, payer, payee, amount, type and, if there is one, id",
    "--stress": "spells (bank, from, to, code 1 to 4) or dated news (bank, date, severity 1 to 3)",
    "--positions": "date, bank, opening_balance, collateral_before, collateral_after, minimum_reserve",
    "--rates": "date, rate: the overnight benchmark, a year as a fraction",
}


def _add(parser: argparse.ArgumentParser) -> None:
    for option, about in _PATHS.items():
        parser.add_argument(option, type=Path, metavar="FILE", help=about)
    parser.add_argument("--hours", default="07:00-18:00", metavar="A-B", help="the day of the system (07:00-18:00)")
    parser.add_argument("--central-bank", metavar="NAME", help="its account in the log (CB, if there is one)")
    parser.add_argument(
        "--system",
        default="",
        metavar="key=value,...",
        help="of the simulated system: banks, stressed, sessions, payments, strength, lateness, missed, misleading, "
        "odd, contagion",
    )
    parser.add_argument(
        "--systems",
        type=int,
        default=0,
        metavar="N",
        help="also simulate N systems under clean, usual and poor labels and half, usual and double stress (0; takes "
        "half a minute of a processor each)",
    )
    parser.add_argument(
        "--untuned",
        action="store_true",
        help="take usual hidden units and decay instead of searching them; much faster",
    )
    add_out(parser, _NAME)
    add_seed(parser, "system, models and resamples")
    add_workers(parser)
    add_quiet(parser)


def _run(given: argparse.Namespace, progress: Progress) -> Finished:
    from scenarios.study.result import write_result

    _check(given)
    from .output import result
    from .run import Options, run_banks
    from .text import summary

    data, simulated = _data(given)
    study = run_banks(data, Options(given.seed, given.workers, not given.untuned), progress)
    systems = None
    if given.systems:
        from .systems import run_systems

        systems = run_systems(_system(given), given.systems, given.seed, given.workers, progress)
    truth = _truth(simulated, study)
    return Finished(partial(write_result, result(study, truth, systems)), summary(study, truth))


def _check(given: argparse.Namespace) -> None:
    from simulator.core.errors import ParameterError

    if (given.log is None) != (given.stress is None):
        missing = "--log" if given.log is None else "--stress"
        raise ParameterError(
            f"{missing} is missing: a log and its stress codes go together; without both one is simulated"
        )
    if given.log is None:
        for name in ("positions", "rates"):
            if getattr(given, name) is not None:
                raise ParameterError(f"--{name} belongs to a log of your own; say --log and --stress as well")
    elif given.system and not given.systems:
        raise ParameterError("--system describes a simulated system; with --log there is none")


def _system(given: argparse.Namespace) -> PaymentSystem:
    """What the simulated system is made of, as the command line has it."""
    from scenarios.load import parse_shock
    from scenarios.making import make
    from scenarios.payments.terms import PaymentSystem
    from simulator.core.errors import ParameterError, ScenarioError

    keys = parse_shock(f"system:{given.system}", "--system", "key=value,key=value") if given.system else {}
    keys.pop("kind", None)
    try:
        made: PaymentSystem = make(PaymentSystem, keys, "--system")
    except ParameterError as error:
        raise ScenarioError(f"--system: {error}") from None
    return made


def _data(given: argparse.Namespace) -> tuple[BankData, tuple[Any, Any] | None]:
    """The log as given, or that of a simulated system, with the system and its news."""
    from signals.payments.log import CENTRAL_BANK

    from .data import Sources, bank_data, read_hours, read_source

    hours = read_hours(given.hours)
    if given.log is not None:
        positions, rates = (None if path is None else read_source(path) for path in (given.positions, given.rates))
        sources = Sources(
            read_source(given.log),
            read_source(given.stress),
            positions,
            rates,
            hours,
            given.central_bank or CENTRAL_BANK,
        )
        return bank_data(sources, central_stated=given.central_bank is not None), None
    from scenarios.payments.system import simulate_payments

    from .simulated import sources_of
    from .systems import seeds_of
    from .truth import news_of

    simulated = simulate_payments(_system(given), seeds_of(given.seed, 0)[0])
    news = news_of(simulated, given.seed)
    return bank_data(sources_of(simulated, news)), (simulated, news)


def _truth(simulated: tuple[Any, Any] | None, study: BankStudy) -> Made | None:
    from .truth import made

    return None if simulated is None else made(*simulated, study)


#: The study.
BANKS: Final = StudyCommand(
    _NAME,
    "which banks are under liquidity stress, by how they pay",
    "Which banks are under liquidity stress, by how they pay (Heuver & Triepels): classifiers of a payment log, each "
    "tried on a bank that it has not seen. Without --log a payment system is simulated, since real logs are "
    "confidential; a log of the same columns can be used in its place.",
    _add,
    _run,
)
