"""A folder with a small scenario and its data, and the command line run in it without leaving the process."""

from __future__ import annotations

import io
import os
import pickle
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
import pandas as pd

from reports import TearSheet, manifest, page, template
from reports.tearsheet import render_tearsheet
from scenarios import runner
from scenarios.cli import main
from scenarios.data.pull import fred

SCENARIO: Final = """
[scenario]
name = "small"
initial_cash = 100000
benchmark = "passive"
[market]
source = "csv"
path = "prices"
cash_rate = { path = "rate.csv", release = "business-days:1" }
series = { VIX = "VIX.csv", OWN = { path = "own.csv", column = "value", release = "business-days:1" } }
[portfolio.weights]
A = 0.5
B = 0.4
CASH = 0.1
[instruments.A]
class = "equity"
[execution]
lag = 1
max_participation = 0.5
[bounds]
max_weight = 0.9
[costs]
half_spread_bps = 2
[liquidity]
horizon_days = 5
[signals.month]
kind = "calendar"
every = 5
[signals.vol]
kind = "volatility"
lookback = 3
enter = 0.2
exit = 0.1
min_hold = 1
[signals.fear]
kind = "threshold"
of = "VIX"
scale = "level"
enter = 21
exit = 20
min_hold = 1
[policies.passive]
kind = "hold"
[policies.band]
kind = "threshold-band"
band = 0.02
trigger = ["month", "vol"]
[policies.out]
kind = "de-risk"
base = "passive"
signal = "fear"
"""
ACCEPTED: Final = (0, 2, 3, 130)
#: How every line begins where a command lists what is wrong with a folder, or a journal.
_LISTED: Final = re.compile(r"undertow: (made|rulings\.jsonl|\S*/trials/small\.jsonl): ")


@dataclass(frozen=True)
class Answer:
    """What a command came to.

    Attributes
    ----------
    status
        Exit status.
    out, err
        What it wrote.
    """

    status: int
    out: str
    err: str

    @property
    def fault(self) -> str:
        """What is wrong with how it ended; empty where nothing is."""
        lines = self.err.splitlines()
        if self.status not in ACCEPTED:
            return f"exit {self.status}: {self.err[:600]}"
        if len(lines) > 1 and not all(map(_LISTED.match, lines)):
            return f"{len(lines)} lines on stderr: {self.err[:600]}"
        return "" if self.status in (0, 3, 130) or lines or self.out else "bad input without a line"


def furnish(home: Path) -> None:
    """Lay out the scenario and its data."""
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2024-01-02", periods=70)
    (home / "data" / "prices").mkdir(parents=True)
    for name in "AB":
        (home / "data" / "prices" / f"{name}.csv").write_text(prices(rng, days))
    for name, column in (("VIX", "Close"), ("own", "value"), ("rate", "value")):
        values = 20.0 + rng.normal(0.0, 1.5, days.size)
        text = "".join(
            f"{day:%Y-%m-%d},{value / (8 if name == 'rate' else 1):.3f}\n"
            for day, value in zip(days, values, strict=True)
        )
        (home / "data" / f"{name}.csv").write_text(f"Date,{column}\n{text}")
    (home / "small.toml").write_text(SCENARIO)


def prices(rng: np.random.Generator, days: pd.DatetimeIndex) -> str:
    """A file of prices, as vendors write them."""
    close = 10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.015, days.size)))
    rows = [
        f"{day:%Y-%m-%d},{c * 0.999:.4f},{c * 1.01:.4f},{c * 0.99:.4f},{c:.4f},{c:.4f},{rng.integers(1e4, 1e6)}"
        for day, c in zip(days, close, strict=True)
    ]
    return "\n".join(["Date,Open,High,Low,Close,Adj Close,Volume", *rows, ""])


class Sheets:
    """Stands for the processes that write tear-sheets: takes what they are given, and renders one of ten.

    One of two hundred has its charts too: they take fifty times longer than all the rest.
    """

    rendered_of, drawn_of = 10, 200
    _asked = 0

    def __init__(self, *_: Any) -> None:
        self._names: list[str] = []

    def __enter__(self) -> Sheets:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, name: str, sheet: TearSheet, page: Path) -> None:
        """Take a sheet's input as it would be sent."""
        sent = pickle.loads(pickle.dumps(sheet))
        self._names.append(name)
        Sheets._asked += 1
        if Sheets._asked % self.rendered_of:
            page.write_text("<html></html>")
        else:
            page.write_text(render_tearsheet(sent, charts=Sheets._asked % self.drawn_of == 0), encoding="utf-8")

    def finished(self) -> int:
        """All of them."""
        return len(self._names)

    def results(self) -> list[str]:
        """All of them."""
        return self._names


class SomeCharts:
    """The charts of every fifth page: they take longer than all that can go wrong before them."""

    def __init__(self, charts: Callable[..., Any]) -> None:
        self._charts, self._calls = charts, 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        """The charts, or none."""
        self._calls += 1
        return [] if self._calls % 5 else self._charts(*given, **named)


@contextmanager
def entered(home: Path) -> Iterator[None]:
    """Be in a folder, without a user's own folders.

    What is the same whatever the input is made once: versions, the hash of the source, templates. The script of Plotly
    is left out of pages, and charts are drawn in one run of five.
    """
    before = Path.cwd()
    environment = {"UNDERTOW_DATA": "", "UNDERTOW_CACHE_DIR": str(home / "cache"), "TMPDIR": str(home)}
    environment |= {"XDG_CACHE_HOME": str(home / ".cache"), "UNDERTOW_TRIALS": str(home / "trials")}
    with (
        mock.patch.dict(os.environ, environment),
        mock.patch.object(runner, "SheetWorkers", Sheets),
        mock.patch.object(page, "charts", SomeCharts(page.charts)),
        mock.patch.object(fred, "_got", partial(_answered, home)),
        mock.patch.object(manifest, "versions", lru_cache(manifest.versions)),
        mock.patch.object(manifest, "source_hash", lru_cache(manifest.source_hash)),
        mock.patch.object(manifest, "revision", lru_cache(manifest.revision)),
        mock.patch.object(template.jinja2, "Environment", _once(template.jinja2.Environment)),
        mock.patch.object(template._Plotly, "__html__", return_value=""),
        mock.patch.object(os, "fsync", return_value=None),
        mock.patch.object(tempfile, "tempdir", str(home)),
    ):
        os.environ.pop("UNDERTOW_DATA")
        os.chdir(home)
        try:
            yield
        finally:
            os.chdir(before)


def _answered(home: Path, *_: str) -> bytes:
    """What FRED sends."""
    return (home / "answer.csv").read_bytes()


def _once(kind: Callable[..., Any]) -> Callable[..., Any]:
    """A class of which there is one object."""
    made: list[Any] = []

    def only(**named: Any) -> Any:
        if not made:
            made.append(kind(**named))
        return made[0]

    return only


def ask(words: Sequence[str]) -> Answer:
    """The answer of the command line."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("default")
        try:
            status = main(list(words))
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
    return Answer(status, out.getvalue(), err.getvalue())


#: What stays in the folder from one case to the next.
KEPT: Final = (
    *("data", "small.toml", "saved.toml", "fitted.toml", "long.toml", "kept", ".cache"),
    *("held.csv", "owned.csv", "abroad", "answer.csv", "log.csv", "stress.csv", "positions.csv", "rates.csv"),
)
#: What a command may leave though it is refused: it stands for a user's own folder for data.
_OWN: Final = ("trials",)


def made(home: Path) -> list[str]:
    """What commands have written, but for the tracebacks of defects."""
    return sorted(
        path.name
        for path in home.iterdir()
        if path.name not in (*KEPT, *_OWN) and not path.name.startswith("undertow-")
    )


def clear(home: Path) -> None:
    """Remove what commands have written."""
    for path in home.iterdir():
        if path.name not in KEPT and not path.name.startswith("undertow-"):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() and not path.is_symlink() else path.unlink()
