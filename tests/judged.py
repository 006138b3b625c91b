"""A market with crashes that nothing announces, and signals whose worth on it is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scenarios.load import validate
from scenarios.plugins import OwnFiles
from scenarios.schema import ScenarioFile
from simulator import SignalPanel

SESSIONS = 1600
_CRASHES = 14


def crash_days(sessions: int = SESSIONS) -> np.ndarray:
    """(T,) True on the sessions of each crash: eight in a row, at times of their own."""
    rng = np.random.default_rng(41)
    days = np.zeros(sessions, bool)
    for start in rng.choice(np.arange(60, sessions - 40, 25), _CRASHES, replace=False):
        days[start : start + 8] = True
    return days


def write_market(folder: Path) -> None:
    """CSV files of two shares that crash together, and a bond."""
    rng = np.random.default_rng(7)
    days = pd.bdate_range("2005-01-03", periods=SESSIONS)
    crash = crash_days()
    (folder / "prices").mkdir(parents=True)
    for name, drift, fall, spread in (
        ("AAA", 9e-4, -0.013, 0.01),
        ("BBB", 8e-4, -0.012, 0.011),
        ("CCC", 1e-4, 0, 0.002),
    ):
        returns = rng.normal(np.where(crash, fall, drift), spread)
        close = 100.0 * np.exp(np.cumsum(returns))
        table = pd.DataFrame({"Date": days, "Open": close, "High": close * 1.004, "Low": close * 0.996, "Close": close})
        table["Adj Close"], table["Volume"] = close, rng.lognormal(14.0, 0.3, SESSIONS).round()
        table.to_csv(folder / "prices" / f"{name}.csv", index=False)


class Oracle:
    """Knows the crashes: those of the next ten sessions, or (``ahead = 0``) that today is one.

    Parameters
    ----------
    ahead
        Sessions ahead that it sees.
    """

    name, warmup = "oracle", 0

    def __init__(self, ahead: int = 10) -> None:
        self.ahead = ahead

    def compute(self, features: Any) -> SignalPanel:
        days = crash_days(features.sessions.size)
        state = days.copy()
        for h in range(1, self.ahead + 1):
            state[:-h] |= days[h:]
        known_at = np.full(days.size, features.sessions[-1])
        return SignalPanel(features.sessions, ("state",), state[:, None].astype(float), known_at, hindsight=True)


class FallAhead:
    """Knows whether the market's first asset falls by more than ``fall`` over the next ten sessions.

    Parameters
    ----------
    fall
        As a fraction.
    """

    name, warmup = "fall-ahead", 0

    def __init__(self, fall: float = 0.03) -> None:
        self.fall = fall

    def compute(self, features: Any) -> SignalPanel:
        price = features.prices().iloc[:, 0]
        state = (price.shift(-10) / price - 1.0 < -self.fall).to_numpy()
        known_at = np.full(state.size, features.sessions[-1])
        return SignalPanel(features.sessions, ("state",), state[:, None].astype(float), known_at, hindsight=True)


class Noise:
    """On by chance: each spell and each pause ends with a fixed chance a day.

    Parameters
    ----------
    number
        Which one of many.
    """

    name, warmup = "noise", 0

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def compute(self, features: Any) -> SignalPanel:
        rng = np.random.default_rng(1000 + self.number)
        chance = rng.random(features.sessions.size)
        state = np.zeros(chance.size)
        for t in range(1, chance.size):
            state[t] = chance[t] > 0.08 if state[t - 1] else chance[t] < 0.015
        return SignalPanel(features.sessions, ("state",), state[:, None], features.sessions)


TABLES: dict[str, Any] = {
    "scenario": {"name": "judged", "initial_cash": 10_000_000, "seed": 3},
    "market": {"source": "csv", "path": "prices", "prices": "adjusted", "cash_rate": 0.01},
    "portfolio": {"weights": {"AAA": 0.5, "BBB": 0.3, "CCC": 0.1, "CASH": 0.1}},
    "instruments": {"CCC": {"class": "treasury"}},
    "signals": {
        "month": {"kind": "calendar", "every": "month"},
        "volatility": {"kind": "volatility", "enter": 0.17, "exit": 0.15},
        "percentile": {"kind": "volatility", "scale": "percentile", "enter": 0.9, "exit": 0.7},
        "past": {"kind": "volatility-past", "share": 0.15},
        "oracle": {"kind": "tests.judged:Oracle"},
        "label": {"kind": "tests.judged:Oracle", "ahead": 0},
        "noise": {"kind": "tests.judged:Noise"},
        "noise-2": {"kind": "tests.judged:Noise", "number": 2},
    },
    "policies": {
        "passive": {"kind": "hold"},
        "monthly": {"kind": "periodic", "trigger": "month"},
        "out": {"kind": "de-risk", "signal": "noise", "base": "monthly", "share": 1.0, "into": {"CASH": 1.0}},
    },
    "judge": {"policy": "out", "against": ["volatility", "percentile", "past"], "draws": 400, "placebos": 199},
}


def scenario(**changes: Any) -> ScenarioFile:
    """The scenario, with keys of ``judge`` and other tables changed."""
    return with_own(validate({**TABLES, **changes}, Path("judged.toml")))


def with_own(file: ScenarioFile) -> ScenarioFile:
    """The file with the signals of this module among the user's own."""
    file._own = OwnFiles(plugins=(Path(__file__).parents[1],))
    return file


def judge_keys(**keys: Any) -> dict[str, Any]:
    """The table ``judge`` with some keys changed."""
    return {**TABLES["judge"], **keys}
