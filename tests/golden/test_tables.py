"""Ledgers worked by hand: a table in ``ledgers/`` holds a small market, the books it must lead to, and the arithmetic.

A column is ``<asset> close``, ``volume``, ``split`` or ``dividend`` (what is given), or ``<asset> shares``, ``cash``,
``nav``, a cost component, ``flows``, ``dividends``, ``interest``, ``owed``, ``unpaid`` (what must come out).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator import HOLD, AlmgrenChriss, Bounds, Execution, Flow, Instrument, MarketData, RunResult, simulate
from simulator.ledger import Kind
from simulator.ledger.events import NO_COMPONENT, NOTHING_LEFT
from strategies import Hold

FOLDER = Path(__file__).parent / "ledgers"
GIVEN = {"close": "close", "volume": "volume", "split": "splits", "dividend": "dividends"}


class Script:
    """A policy that says what it is told to, by date."""

    def __init__(self, **weights: float) -> None:
        self.weights = {f"2024-{day[1:3]}-{day[3:]}": weight for day, weight in weights.items()}

    def decide(self, day: Any) -> Any:
        weight = self.weights.get(f"{day.date:%Y-%m-%d}")
        return HOLD if weight is None else {"A": weight}


def spread(bps: float, **other: Any) -> AlmgrenChriss:
    return AlmgrenChriss(half_spread_bps=bps, eta=0.0, gamma=0.0, **other)


REDEMPTIONS = (Flow(date="2024-01-03", amount=-2000.0), Flow(date="2024-01-04", amount=-5000.0))
LIQUID_AND_NOT = {"A": Instrument("treasury"), "B": Instrument("equity")}
#: What each table is replayed with.
CASES: dict[str, dict[str, Any]] = {
    "zero_volume": {"strategy": Hold({"A": 0.5}), "costs": spread(10)},
    "collapsing_volume": {
        "strategy": Hold({"A": 0.6}),
        "costs": spread(10),
        "execution": Execution(max_participation=0.05),
        "initial_cash": 10_000.0,
    },
    **{
        f"redemption_{name.replace('-', '_')}": {
            "strategy": Hold({"A": 0.4, "B": 0.5}),
            "costs": spread(100),
            "execution": Execution(lag=0, max_participation=0.10),
            "initial_cash": 10_000.0,
            "flows": REDEMPTIONS,
            "waterfall": name,
            "instruments": LIQUID_AND_NOT,
        }
        for name in ("most-liquid", "pro-rata")
    },
    "redemption_whole": {
        "strategy": Hold({"A": 0.5, "B": 0.4}),
        "costs": spread(100),
        "execution": Execution(lag=0, max_participation=0.10),
        "initial_cash": 10_000.0,
        "flows": (Flow(date="2024-01-04", share=-1.0), Flow(date="2024-01-08", amount=5000.0)),
    },
    "split": {"strategy": Hold({"A": 0.5}), "costs": spread(10), "execution": Execution(lag=2)},
    "dividend": {"strategy": Hold({"A": 0.5}), "execution": Execution(lag=0)},
    "delisting": {
        "strategy": Hold({"A": 0.4}),
        "execution": Execution(max_participation=0.05),
        "delistings": {"A": ("2024-01-04", 0.25)},
    },
    "short": {
        "strategy": Hold({"A": -0.5}),
        "costs": spread(0, borrow_bps=360.0),
        "execution": Execution(lag=0),
        "bounds": Bounds(allow_short=True),
    },
    "overdraft": {
        "strategy": Hold({"A": 1.5}),
        "costs": spread(0, financing_bps=360.0),
        "execution": Execution(lag=0),
        "bounds": Bounds(max_leverage=1.5),
        "cash_rate": 0.018,
    },
    "commission": {
        "strategy": Hold({"A": 0.005, "B": 0.8, "C": 0.1}),
        "costs": spread(
            0, commission_bps=10.0, min_commission=1.0, fixed_commission=0.5, by_asset={"C": {"per_share": 0.02}}
        ),
        "execution": Execution(lag=0),
        "initial_cash": 10_000.0,
    },
    "lot": {
        "strategy": Script(d0102=0.9, d0108=0.0),
        "execution": Execution(max_participation=0.05),
        "instruments": {"A": Instrument(lot=10.0)},
    },
    "twap": {
        "strategy": Hold({"A": 0.9}),
        "costs": spread(10),
        "execution": Execution(schedule="twap", sessions=3),
    },
    **{
        f"twap_{ending}": {
            "strategy": Script(d0102=0.9, d0103=0.3),
            "execution": Execution(schedule="twap", sessions=3, newer=newer),
        }
        for newer, ending in (("cancel", "cancelled"), ("net", "netted"))
    },
}


def table_of(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", comment="#", index_col="date", parse_dates=["date"])


def market_of(table: pd.DataFrame, **options: Any) -> MarketData:
    panels = {
        field: table[[column for column in table if column.endswith(f" {word}")]].rename(
            columns=lambda column: column.split()[0]
        )
        for word, field in GIVEN.items()
    }
    close = panels.pop("close")
    given = {name: frame for name, frame in panels.items() if frame.size}
    return MarketData.from_frames(close, **given, raw_known=True, **options)


def replayed(name: str) -> RunResult:
    options = {"costs": spread(0), "initial_cash": 1000.0, "liquidity": False, **CASES[name]}
    standing = {key: options.pop(key) for key in ("instruments", "delistings", "cash_rate") if key in options}
    return simulate(market_of(table_of(name), **standing), options.pop("strategy"), **options)


def books_of(result: RunResult) -> pd.DataFrame:
    """Everything a table may state, by its column names."""
    shares = result.shares.rename(columns=lambda asset: f"{asset} shares")
    daily = {name: result.daily[name] for name in ("cash", "nav", "flows", "dividends", "interest")}
    for column, component in (("owed", NO_COMPONENT), ("unpaid", NOTHING_LEFT)):
        daily[column] = np.zeros(result.sessions.size)
        chosen = (result.records["kind"] == Kind.SHORTFALL) & (result.records["component"] == component)
        short = result.records[chosen]
        daily[column][short["session"]] = short["amount"]
    return pd.concat([shares, pd.DataFrame(daily, result.index), result.costs], axis=1)


def test_every_table_is_replayed():
    assert sorted(CASES) == sorted(path.stem for path in FOLDER.glob("*.csv"))


@pytest.mark.parametrize("name", CASES)
def test_books_are_the_ones_worked_by_hand(name):
    table, books = table_of(name), books_of(replayed(name))
    stated = [column for column in table if column in books]
    assert {"cash", "nav"} <= set(stated)
    for column in stated:
        assert books[column].to_numpy() == pytest.approx(table[column].to_numpy(), rel=1e-12, abs=1e-9), column
    unstated = set(books) - set(stated) - {"flows", "owed"}
    assert not books[sorted(unstated)].to_numpy().any(), "something happened that the table does not state"


def test_the_unmet_part_of_a_redemption_is_recorded_and_cash_never_negative():
    for name in ("redemption_most_liquid", "redemption_pro_rata"):
        result = replayed(name)
        short = result.limits[result.limits["kind"] == "shortfall"]
        assert [f"{day:%m-%d}" for day in short["date"]] == ["01-04", "01-05"]
        assert short["amount"].to_list() == pytest.approx([2030.0, 50.0])
        assert result.cash.min() >= 0.0
        assert result.daily["flows"].sum() == pytest.approx(10_000.0 - 7_000.0)


def test_returns_count_what_was_paid_from_sales_until_the_close():
    """01-04 of the most-liquid redemption: 2,970 of the 5,000 due is paid from sales that cost 30.

    They cost those who stay, who have 7,898.99 less the 5,000.
    """
    result = replayed("redemption_most_liquid")
    assert result.returns.iloc[2] == pytest.approx(-30.0 / (7898.98989898989 - 5000.0))


def test_the_order_of_a_delisted_asset_goes_with_it():
    assert replayed("delisting").state.book[3].tolist() == [0.0]
    assert replayed("delisting").state.tally[2] == 0
