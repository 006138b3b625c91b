"""Why a policy decides as it does: the signals it reads as of the day, and what made a forecast."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from scenarios.build import Scenario
from scenarios.liquidity.day import known
from scenarios.runner import followed, naming
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Signal
from simulator.engine import RunResult
from simulator.features import Features

#: Columns of a forecast shown, the largest contributions first.
MOST: Final = 10


def signals_on(scenario: Scenario, result: RunResult) -> list[dict[str, Any]]:
    """The signals that the policy of a run reads, as known at its last close."""
    run = result.run
    return [
        {
            "name": name,
            **_state(run.signals[name], result),
            "levels": _levels(scenario.signals.get(name)),
            "made_by": _contributions(scenario, name, result),
        }
        for name in followed(run.strategy, run.signals)
    ]


def _state(panel: SignalPanel, result: RunResult) -> dict[str, Any]:
    state, last = panel.state(), len(result.sessions) - 1
    changes = np.flatnonzero(state[1:] != state[:-1])
    since = int(changes[-1]) + 1 if changes.size else 0
    return {
        "on": bool(state[last]),
        "since": str(result.sessions[since]),
        "fires": bool(panel.fires()[last]),
        "values": {column: known(value) for column, value in zip(panel.columns, panel.values[last], strict=True)},
    }


def _levels(signal: Signal | None) -> dict[str, float]:
    """What a signal enters and leaves its state at, where it says so."""
    found = {name: getattr(signal, name, None) for name in ("enter", "exit")}
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}


def _contributions(scenario: Scenario, name: str, result: RunResult) -> dict[str, Any] | None:
    """What made the forecast of the last close; ``None`` for signals that are no stress forecast."""
    from signals.stress.explain import explain_day, walk
    from signals.stress.forecast import StressForecast
    from signals.stress.saved import SavedForecast

    rule = scenario.signals.get(name)
    if not isinstance(rule, StressForecast | SavedForecast):
        return None
    features = Features(result.run.observed)
    with naming(name, rule):
        found = walk(rule if isinstance(rule, StressForecast) else rule.frozen(features), features)
    told = explain_day(found, found.row_of(str(result.sessions[-1])))
    return {
        "text": told.text,
        "probability": known(told.probability),
        "reasons": [
            {
                "column": reason.column,
                "value": known(reason.value),
                "standing": reason.standing,
                "contribution": known(reason.contribution),
            }
            for reason in told.reasons[:MOST]
        ],
    }
