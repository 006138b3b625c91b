"""``undertow study bank-stress``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from scenarios.payments.terms import PaymentSystem

    from .data import BankData
    from .run import BankStudy
    from .truth import Made

NAME: Final = "bank-stress"
_ABOUT: Final = (
    "Which banks are under liquidity stress, by how they pay (Heuver & Triepels): classifiers of a payment log, each "
    "tried on a bank that it has not seen. Without --log a payment system is simulated, since real logs are "
    "confidential; a log of the same columns can be used in its place."
)


def add_banks(studies: Any) -> None:
    """Register the study; nothing heavy is imported."""
    study = studies.add_parser(NAME, help="which banks are under liquidity stress, by how they pay", description=_ABOUT)
    paths = {
        "--log": "payments: time, payer, payee, amount, type and, if there is one, id",
        "--stress": "spells (bank, from, to, code 1 to 4) or dated news (bank, date, severity 1 to 3)",
        "--positions": "date, bank, opening_balance, collateral_before, collateral_after, minimum_reserve",
        "--rates": "date, rate: the overnight benchmark, a year as a fraction",
    }
    for option, about in paths.items():
        study.add_argument(option, type=Path, metavar="FILE", help=about)
    study.add_argument("--hours", default="07:00-18:00", metavar="A-B", help="the day of the system (07:00-18:00)")
    study.add_argument("--central-bank", metavar="NAME", help="its account in the log (CB, if there is one)")
    study.add_argument(
        "--system",
        default="",
        metavar="key=value,...",
        help="of the simulated system: banks, stressed, sessions, payments, strength, lateness, missed, misleading, "
        "odd, contagion",
    )
    study.add_argument(
        "--systems",
        type=int,
        default=0,
        metavar="N",
        help="also simulate N systems under clean, usual and poor labels and half, usual and double stress (0; takes "
        "half a minute of a processor each)",
    )
    study.add_argument(
        "--untuned",
        action="store_true",
        help="take usual hidden units and decay instead of searching them; much faster",
    )
    study.add_argument("--out", type=Path, metavar="DIR", help=f"where the report goes (default: out/{NAME})")
    study.add_argument("--seed", type=int, default=0, metavar="N", help="of system, models and resamples (0)")
    study.add_argument("--workers", type=int, metavar="N", help="processes; the results do not depend on it")
    study.add_argument("--quiet", action="store_true", help="no progress, only the tables")


def run_bank_study(given: argparse.Namespace) -> int:
    """Carry it out."""
    from scenarios.output import check_target
    from scenarios.progress import reporter

    out = given.out or Path("out") / NAME
    check_target(out, f"{NAME} study")
    _check(given)
    from .run import Options, run_banks

    progress = reporter(given.quiet)
    try:
        data, simulated = _data(given)
        study = run_banks(data, Options(given.seed, given.workers, not given.untuned), progress)
        systems = None
        if given.systems:
            from .systems import run_systems

            systems = run_systems(_system(given), given.systems, given.seed, given.workers, progress)
    finally:
        progress.close()
    from .output import write_banks
    from .text import summary

    truth = _truth(simulated, study)
    write_banks(study, truth, systems, out)
    print(summary(study, truth))
    print(f"\nreport: {out / 'index.html'}")
    return 0


def _check(given: argparse.Namespace) -> None:
    from simulator.core.errors import ParameterError

    for name, least in (("workers", 1), ("seed", 0), ("systems", 0)):
        value = getattr(given, name)
        if value is not None and value < least:
            raise ParameterError(f"--{name} must be at least {least}, not {value}")
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
