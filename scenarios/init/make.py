"""Writing a new scenario that has been proven to load."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from scenarios.build import assemble, check, load_market
from scenarios.load import read_text, validate
from simulator.core.errors import ScenarioError
from simulator.core.files import write_whole
from simulator.core.names import slug

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


def made(book: Book, choices: Choices, path: Path, data: Path) -> None:
    """Write the scenario, once it has been built on the data as a run would build it.

    Raises
    ------
    UndertowError
        If what was stated cannot be: nothing is written then.
    """
    _check(book, choices)
    text = scenario_text(book, choices)
    file = validate(read_text(text, path), path)
    check(file)
    assemble(file, load_market(file, data))
    write_whole(path, text)


def _check(book: Book, choices: Choices) -> None:
    if not (math.isfinite(choices.value) and choices.value > 0.0):
        raise ScenarioError(f"init: the book must be worth something, not {choices.value:g}")
    if not -0.5 < choices.rate < 1.0:
        raise ScenarioError(f"init: a cash rate of {choices.rate:g} is {choices.rate:.0%} a year; write 0.02 for 2%")
    try:
        start = np.datetime64(choices.start, "D")
    except ValueError:
        raise ScenarioError(f"init: {choices.start!r} is no date; write YYYY-MM-DD") from None
    if not np.datetime64(book.first) <= start < np.datetime64(book.last):
        raise ScenarioError(f"init: start {start} lies outside the common history, {book.first} to {book.last}")
