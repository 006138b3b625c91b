"""The tear-sheets of a run: each policy against the benchmark policy, on the days that both are observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from reports import TearSheet
from simulator.data import foreknown
from simulator.engine import RunResult

from .titles import titles

if TYPE_CHECKING:
    from .runner import Outcome


def tearsheets(outcome: Outcome) -> dict[str, TearSheet]:
    """A tear-sheet for each policy, against the benchmark policy."""
    benchmark, metrics, called = outcome.benchmark, outcome.metrics, titles(outcome.scenario.file)
    return {
        name: TearSheet(
            title=called.policies[name],
            returns=_on(result, result),
            benchmark=None if result is benchmark else _on(benchmark, result),
            benchmark_title=called.policies[benchmark.name],
            cash_rate=0.0,
            liquidity=result.coverage,
            cash=result.observations.cash,
            sessions_per_year=result.sessions_per_year,
            figures=metrics[name].as_dict(),
            benchmark_figures=metrics[benchmark.name].as_dict(),
            scenario=called.scenario,
            foreknown=foreknown(outcome.market),
        )
        for name, result in outcome.results.items()
    }


def _on(result: RunResult, other: RunResult) -> pd.Series:
    """Returns of a run from each observation of another to the next, by date."""
    if other.observed.all():
        return result.returns
    level = (1.0 + result.returns).cumprod()[other.observed]
    return level / level.shift(1, fill_value=1.0) - 1.0
