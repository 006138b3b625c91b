"""The commands that are killed, on histories so short that each takes a fraction of a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.study_folder import write_study_folder
from tests.support import random_market

SMALL = """
[scenario]
name = "small"
initial_cash = 1_000_000
benchmark = "passive"
seed = 3
[market]
source = "csv"
path = "prices"
prices = "adjusted"
cash_rate = 0.01
[portfolio.weights]
A = 0.6
B = 0.4
[signals.vol]
kind = "volatility"
enter = 0.2
exit = 0.17
[policies.passive]
kind = "hold"
[policies.threshold]
kind = "threshold-band"
band = 0.01
"""


@dataclass(frozen=True)
class Command:
    """A command line without ``--out``, one of the same kind that gives something else, and what they read."""

    words: tuple[str, ...]
    earlier: tuple[str, ...]
    furnish: Callable[[Path], object]


def write_tiny(folder: Path) -> None:
    """Write a scenario of two assets over 60 sessions and its prices."""
    market = random_market(11, 60, 2, volume=300_000.0, gaps=0.0, silent=0.0)
    prices = folder / "data" / "prices"
    prices.mkdir(parents=True)
    for name in market.assets:
        frame = {field.title(): market.frame(field)[name] for field in ("open", "high", "low", "close", "volume")}
        table = market.frame("close")[[]].assign(**frame)
        table.insert(4, "Adj Close", table["Close"])
        table.to_csv(prices / f"{name}.csv", index_label="Date")
    (folder / "small.toml").write_text(SMALL)


def _study(folder: Path) -> None:
    write_study_folder(folder / "data", end="2010-06-30")


def _tiny(*words: str, earlier: tuple[str, ...]) -> Command:
    common = (words[0], "small.toml", "--data", "data", "--quiet")
    return Command((*common, *words[1:]), (*common, *(earlier or words[1:])), write_tiny)


_SEED = ("--set", "scenario.initial_cash=2e6")
_BOOK = ("--policy", "threshold")
_STUDY = ("study", "stress-forecast", "--data", "data", "--quiet", "--workers", "1", "--model", "logit-state")
_FORWARD = ("--protocol", "forward", "--horizon")
COMMANDS = {
    "run": _tiny("run", "--no-tearsheets", earlier=("--no-tearsheets", *_SEED)),
    "sweep": _tiny("sweep", "--chunk", "2", "--grid", "execution.lag=0,1", earlier=("--grid", "execution.lag=0,2")),
    "audit": _tiny("audit", "--cuts", "1", earlier=("--cuts", "1", *_SEED)),
    "advance": _tiny("advance", *_BOOK, "--to", "2000-03-20", earlier=(*_BOOK, "--to", "2000-02-07")),
    "study": Command((*_STUDY, *_FORWARD, "5"), (*_STUDY, *_FORWARD, "6"), _study),
}
