"""Comparison pages of any size, made from runs on a random market."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from reports import Comparison, write_page
from reports.spreadsheets import trades_table
from simulator import Execution, MarketData, simulate
from simulator.core.panels import SignalPanel
from simulator.engine import RunResult
from simulator.metrics import by_decision, policy_metrics
from strategies import ThresholdBand
from tests.support import random_market


def made(policies: int, signals: int, sessions: int = 1500, volume: float = 2_000.0) -> Comparison:
    """So many policies with different bands, and so many signals with a level."""
    market = random_market(3, sessions, 6, crises=True, volume=volume)
    weights = dict.fromkeys(market.assets, 1.0 / 6.0)
    records = {}
    for number in range(policies):
        name = f"band-{number:03d}"
        policy = ThresholdBand(weights, band=0.005 + 0.3 * number / max(policies, 2))
        records[name] = simulate(
            market, policy, execution=Execution(max_participation=0.05), initial_cash=1e6, name=name
        )
    metrics = {name: policy_metrics(record) for name, record in records.items()}
    panels = {f"signal-{number:02d}": panel(market.sessions, number) for number in range(signals)}
    fills = trades_table(records, market)
    decided = {name: by_decision(record, record.run.actions) for name, record in records.items()}
    shown = Comparison(
        "made", "a made market", "", "band-000", records, metrics, panels, ["None."], [], [], fills=fills
    )
    return replace(shown, decided=decided, days_to_cash=days(market, records))


def days(market: MarketData, records: dict[str, RunResult]) -> pd.DataFrame:
    """Sessions until 90% is cash, at every fifth session; on the tenth of them never."""
    rows = np.arange(0, len(market.sessions), 5)
    found = np.random.default_rng(0).lognormal(0.0, 1.0, (rows.size, len(records)))
    found[10] = np.inf
    return pd.DataFrame(found, pd.DatetimeIndex(market.sessions[rows]), list(records))


def panel(sessions: np.ndarray, seed: int) -> SignalPanel:
    """A level that wanders, and a state that is on where it is high."""
    level = np.random.default_rng(seed).normal(size=sessions.size).cumsum() / 20.0
    state = (level > np.quantile(level, 0.8)).astype(float)
    return SignalPanel(sessions, ("level", "state"), np.column_stack([level, state]), sessions)


def page(
    folder: Path, policies: int, signals: int, sessions: int = 1500, volume: float = 2_000.0
) -> tuple[Comparison, Path]:
    """Write one."""
    comparison = made(policies, signals, sessions, volume)
    path = folder / f"page-{policies}-{signals}.html"
    write_page(comparison, path)
    return comparison, path
