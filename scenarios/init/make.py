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
    scenario = assemble(file, market)
    begins = _begins(scenario, market)
    later = _whole_from(market, begins)
    if later not in (begins, None) and choices.start == book.first:  # nobody asked for that day
        choices = replace(choices, start=str(later), moved=_without_price(market, begins))
        file = validate(read_text(scenario_text(book, choices), path), path)
        scenario = assemble(file, market)
    choices = replace(choices, begins=str(_first_session(scenario, market)))
    write_whole(path, scenario_text(book, choices))
    return choices, [f"{note.subject}: {note.text}" for note in inspect(market) if note.grave]


def _first_session(scenario: Scenario, market: MarketData) -> np.datetime64:
    """The session on which a run begins, after what its signals look back; the opening positions have prices then."""
    begins = _begins(scenario, market)
    later = _whole_from(market, begins)
    if later != begins:
        hint = f"state --start {later}, when all have" if later is not None else "no later session has prices of all"
        raise ScenarioError(f"init: {_without_price(market, begins)}, the session on which a run begins: {hint}")
    opening_terms(scenario, market, begins)
    return begins


def _begins(scenario: Scenario, market: MarketData) -> np.datetime64:
    """The first session after what the signals look back."""
    world = shocked(scenario, market)
    begins: np.datetime64 = market.sessions[np.searchsorted(market.sessions, common_start(scenario, world))]
    if begins >= market.sessions[-1]:
        raise ScenarioError(
            f"init: the prices have {market.sessions.size} sessions, and the signal turbulence looks back over 21 "
            "before a run begins: give prices of more days"
        )
    return begins


def _whole_from(market: MarketData, begins: np.datetime64) -> np.datetime64 | None:
    """The first session from a day on, but for the last, on which every asset has a price; ``None`` if none has."""
    whole = market.sessions[:-1][np.all(np.isfinite(market.close), axis=1)[:-1]]
    later = whole[whole >= begins]
    return later[0] if later.size else None


def _without_price(market: MarketData, day: np.datetime64) -> str:
    """The first asset that has no price on a day, in words."""
    row = market.close[int(np.searchsorted(market.sessions, day))]
    return f"{market.assets[int(np.argmin(np.isfinite(row)))]} has no price on {day}"


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
