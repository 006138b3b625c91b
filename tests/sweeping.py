"""A small scenario for sweeps: three assets over three years, with a signal and policies that do and do not read it."""

from __future__ import annotations

from pathlib import Path

from tests.support import random_market

SMALL = """
[scenario]
name = "small"
start = 2001-03-01
end = 2002-06-28
initial_cash = 1_000_000
benchmark = "passive"
seed = 3
[market]
source = "csv"
path = "prices"
prices = "adjusted"
cash_rate = 0.01
[portfolio.weights]
A = 0.5
B = 0.3
C = 0.1
CASH = 0.1
[execution]
max_participation = 0.2
[signals.vol]
kind = "volatility"
enter = 0.2
exit = 0.17
[policies.passive]
kind = "hold"
[policies.threshold]
kind = "threshold-band"
band = 0.05
[policies.volatility]
kind = "de-risk"
signal = "vol"
base = "threshold"
"""


def write_small(folder: Path, sessions: int = 700, *, crises: bool = False) -> Path:
    """Write ``small.toml`` and ``data/prices/*.csv``; return the scenario's path."""
    market = random_market(11, sessions, 3, volume=300_000.0, gaps=0.01, silent=0.01, crises=crises)
    prices = folder / "data" / "prices"
    prices.mkdir(parents=True)
    for name in market.assets:
        frame = {field.title(): market.frame(field)[name] for field in ("open", "high", "low", "close", "volume")}
        table = market.frame("close")[[]].assign(**frame)
        table.insert(4, "Adj Close", table["Close"])
        table.dropna().to_csv(prices / f"{name}.csv", index_label="Date")
    (folder / "small.toml").write_text(SMALL)
    return folder / "small.toml"
