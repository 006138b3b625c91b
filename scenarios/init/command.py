"""``undertow init``: what the command line asks, says and does."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from scenarios.data.command import add_spelling
from simulator.core.errors import ScenarioError

_T = TypeVar("_T")
#: Grave notes on prices that the terminal shows.
_MOST: Final = 6


def add_init(commands: Any) -> None:
    """Register the command; nothing heavy is imported."""
    about = (
        "Write a scenario from what is held and a folder of prices: weights, cash, known classes, four policies, all "
        "the dates there are, and what it assumes. Asks at most five questions; with --yes none."
    )
    init = commands.add_parser("init", help="write a scenario from your holdings and prices", description=about)
    init.add_argument("file", type=Path, metavar="FILE.toml", help="the scenario to write")
    init.add_argument(
        "--holdings", type=Path, metavar="FILE", help="CSV or Excel: ticker and weight, shares or value; CASH is cash"
    )
    init.add_argument(
        "--data", type=Path, metavar="DIR", default=os.environ.get("UNDERTOW_DATA"), help="folder of prices, any layout"
    )
    init.add_argument(
        "--value", type=float, metavar="AMOUNT", help="what the book is worth, where holdings are weights"
    )
    init.add_argument(
        "--currency", metavar="CODE", help="what the book is in: USD, EUR... (default: what its cash or all prices are)"
    )
    init.add_argument("--cash-rate", type=float, metavar="RATE", help="annual rate of cash: 0.02 for 2%%")
    init.add_argument("--start", metavar="YYYY-MM-DD", help="first day; by default the first with all prices")
    init.add_argument("--yes", action="store_true", help="ask nothing: take what is assumed")
    add_spelling(init)


def run_init(given: argparse.Namespace) -> int:
    """Ask what is missing, write the scenario, and say what it assumes; return the exit status."""
    from simulator.data.layouts import Spelling

    from .book import book_of
    from .holdings import read_holdings
    from .make import check_file, made
    from .text import RATE, VALUE, Choices, assumed

    check_file(given.file)
    ask = _Asker(given.yes)
    path = given.holdings or ask(
        "Holdings file (ticker, and weight, shares or value); empty for equal weights", None, Path
    )
    data = given.data or ask("Folder of prices", None, Path)
    if data is None:
        raise ScenarioError("init: give the folder of prices: --data DIR")
    spelling = Spelling(given.zone, given.dates, given.decimal)
    book = book_of(
        None if path is None else read_holdings(Path(path), given.decimal),
        Path(data),
        given.prices,
        spelling,
        given.currency,
    )
    if book.value is not None and given.value is not None:
        raise ScenarioError(
            f"init: --value is for holdings that are weights; {path} has amounts worth {book.value:,.2f}"
        )
    value = _first(book.value, given.value)
    value = value if value is not None else ask("What the book is worth, in currency", VALUE, float)
    rate = given.cash_rate if given.cash_rate is not None else ask("Annual rate of cash (0.02 for 2%)", RATE, float)
    start = given.start or ask("First day", book.first, str)
    command = shlex.join(["undertow", "run", str(given.file), "--data", str(data)])
    choices = Choices(given.file.stem, command, value, rate, start, given.prices, spelling)
    choices, grave = made(book, choices, given.file, Path(data))
    print(
        f"{given.file}: {_counted(len(book.weights))}, {choices.begins} to {book.last}, four policies. It assumes that"
    )
    print("\n".join(f"  - {sentence}" for sentence in assumed(book, choices)))
    _warn(grave)
    print(f"\nnext: {command}")
    return 0


def _warn(grave: list[str]) -> None:
    if grave:
        more = len(grave) - _MOST
        shown = [*grave[:_MOST], *([f"and {more} more"] if more > 0 else [])]
        print("\nGrave about the prices (`undertow data check` says what to do):")
        print("\n".join(f"  ! {sentence}" for sentence in shown))


def _counted(positions: int) -> str:
    return f"{positions} position{'s' if positions > 1 else ''}"


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


class _Asker:
    """Asks on the terminal, or takes what is assumed."""

    def __init__(self, silent: bool) -> None:
        self.silent = silent

    def __call__(self, question: str, assumed: _T, read: Callable[[str], Any]) -> _T:
        """The answer to a question, or what is assumed where it is empty or none is to be asked."""
        if self.silent:
            return assumed
        known = "" if assumed is None else f" [{assumed}]"
        print(f"{question}{known}: ", end="", flush=True)
        answer = sys.stdin.readline()
        if not answer:
            raise ScenarioError("init: nobody answers; state it by options, or take what is assumed with --yes")
        try:
            return read(answer.strip()) if answer.strip() else assumed
        except ValueError:
            raise ScenarioError(f"init: {answer.strip()!r} is no number") from None
