"""Writing a new scenario that has been proven to load."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from scenarios.build import Scenario, assemble, check, load_market
from scenarios.held import opening_terms
from scenarios.load import read_text, validate
from scenarios.runner import common_start, shocked
from simulator.core.errors import ScenarioError
from simulator.core.files import write_whole
from simulator.core.market import MarketData
from simulator.core.names import slug
from simulator.data import inspect

from .book import Book
from .text import Choices, scenario_text


def check_file(path: Path) -> None:
    """Raise :class:`ScenarioError` unless a new scenario can be written there."""
    if path.suffix != ".toml":
        raise ScenarioError(f"init: {path} must end in .toml")
    if path.exists():
        raise ScenarioError(f"init: {path} exists already; choose another name, or remove it")
    if not path.parent.is_dir():
        raise ScenarioError(f"init: {path.parent}: no such folder")
    if slug(path.stem) != path.stem:
        raise ScenarioError(f"init: {path.stem!r} is no name of a scenario; write it as {slug(path.stem)}.toml")


def made(book: Book, choices: Choices, path: Path, data: Path) -> tuple[Choices, list[str]]:
    """Write the scenario, once it has been built on the data as a run would build it.

    Returns
    -------
    tuple
        The choices with the session on which a run begins, and what is gravely odd about the prices, a sentence each.

    Raises
    ------
    UndertowError
        If what was stated cannot be: nothing is written then.
    """
    _check(book, choices)
    text = scenario_text(book, choices)
    file = validate(read_text(text, path), path)
    check(file)
    market = load_market(file, data)
    choices = replace(choices, begins=str(_first_session(assemble(file, market), market)))
    write_whole(path, scenario_text(book, choices))
    return choices, [f"{note.subject}: {note.text}" for note in inspect(market) if note.grave]


def _first_session(scenario: Scenario, market: MarketData) -> np.datetime64:
    """The session on which a run begins, after what its signals look back; the opening positions have prices then."""
    world = shocked(scenario, market)
    begins = market.sessions[np.searchsorted(market.sessions, common_start(scenario, world))]
    if begins >= market.sessions[-1]:
        raise ScenarioError(
            f"init: the prices have {market.sessions.size} sessions, and the signal turbulence looks back over 21 "
            "before a run begins: give prices of more days"
        )
    priced = np.all(np.isfinite(market.close), axis=1)
    first = int(np.searchsorted(market.sessions, begins))
    if not priced[first]:
        absent = market.assets[int(np.argmin(np.isfinite(market.close[first])))]
        later = market.sessions[first:-1][priced[first:-1]]
        hint = f"state --start {later[0]}, when all have" if later.size else "no later session has prices of all"
        raise ScenarioError(f"init: {absent} has no price on {begins}, the session on which a run begins: {hint}")
    opening_terms(scenario, market, begins)
    return begins


def _check(book: Book, choices: Choices) -> None:
    if not (math.isfinite(choices.value) and choices.value > 0.0):
        raise ScenarioError(f"init: the book must be worth something, not {choices.value:g}")
    if not -0.5 < choices.rate < 1.0:
        raise ScenarioError(f"init: a cash rate of {choices.rate:g} is {choices.rate:.0%} a year; write 0.02 for 2%")
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", choices.start):
            raise ValueError
        start = np.datetime64(choices.start, "D")
    except ValueError:
        raise ScenarioError(f"init: {choices.start!r} is no date; write YYYY-MM-DD") from None
    if not np.datetime64(book.first) <= start < np.datetime64(book.last):
        raise ScenarioError(f"init: start {start} lies outside the common history, {book.first} to {book.last}")
