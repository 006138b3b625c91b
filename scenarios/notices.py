"""What must be read before the figures of a run: on the terminal, in the first lines of the page, in ``metrics.json``.

Assumptions stand further down the page; nothing that may mislead stands there alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Final

import numpy as np

from signals.stress.labels import funding_handovers
from simulator.core.market import MarketData
from simulator.core.rhythm_nb import WEEKDAYS
from simulator.data import foreknown, inspect
from simulator.engine import RunResult
from simulator.features import Workspace

from .assumptions import annualised
from .bad_prints import bad_prints
from .build import Scenario
from .crises import crises, lacking, lived_through, one_sided
from .impossible import impossible
from .never_bought import never_bought
from .never_invested import never_invested
from .shock_effect import left_alone
from .shocks.reach import cut_off
from .universe import born_later
from .waiting import waited


@dataclass(frozen=True, eq=False)
class Replayed:
    """What notices are found in.

    Attributes
    ----------
    scenario
        As validated.
    world
        What happened, on every session of the market.
    start, stop
        The sessions replayed are ``[start, stop)`` of them.
    results
        Runs by policy; a sweep keeps none, and finds no notices in them.
    """

    scenario: Scenario
    world: MarketData
    start: int
    stop: int
    results: Mapping[str, RunResult] = field(default_factory=dict)

    @cached_property
    def market(self) -> MarketData:
        """What happened, over the sessions replayed alone."""
        return self.world.between(self.start, self.stop)


#: Signals that look at no exogenous series.
_OF_PRICES: Final = ("calendar", "volatility", "volatility-past", "volatility-hindsight")
#: A cash rate that is never above this may be one in fractions.
_LOW: Final = 0.0025
#: Days from first close to last of which annual figures can be made: a calendar year begins and ends with holidays.
_YEAR: Final = 355
#: Grave notes on data that stand before the figures.
_MOST: Final = 8


def notices(replayed: Replayed) -> tuple[str, ...]:
    """A sentence each, the gravest sources first; empty where a run has nothing to say before its figures."""
    return tuple(text for source in _SOURCES for text in source(replayed))


def _foreknown(replayed: Replayed) -> Iterator[str]:
    """Series that know the future: before all else."""
    said = foreknown(replayed.market)
    if said:
        yield said


def _cut_shocks(replayed: Replayed) -> Iterator[str]:
    """Shocks whose windows the ends of the run cut."""
    yield from cut_off(replayed.scenario.shocks, replayed.world, replayed.start, replayed.stop)


def _waiting(replayed: Replayed) -> Iterator[str]:
    """On which day shocks struck that wait for something."""
    yield from waited(replayed.scenario)


def _blind(replayed: Replayed) -> Iterator[str]:
    """Series that stay calm while shocks move prices, where a signal may look at them."""
    scenario = replayed.scenario
    if replayed.world.close is scenario.market.close or np.array_equal(
        replayed.world.close, scenario.market.close, equal_nan=True
    ):
        return
    looking = [name for name, table in scenario.file.signals.items() if table.get("kind") not in _OF_PRICES]
    alone = left_alone(scenario)
    if looking and alone:
        yield (
            f"the shocks leave {', '.join(alone)} as {'they were' if len(alone) > 1 else 'it was'}: what "
            f"{', '.join(looking)} make{'s' if len(looking) == 1 else ''} of that is blind to this stress; series = "
            "{ NAME = 1.5 } of a shock multiplies one, shifts = { NAME = 0.5 } adds to it"
        )


def _crises(replayed: Replayed) -> Iterator[str]:
    """Crises of the catalogue that strike a history that has them already, and what of them finds nothing to strike."""
    market = replayed.scenario.market
    for table in replayed.scenario.file.shocks:
        crisis = crises().get(str(table.get("kind")))
        if crisis is None or table.get("severity") == 0.0:
            continue
        if lived_through(crisis, table.get("from"), market):
            yield (
                f"{crisis.name} strikes within {crisis.first} to {crisis.last}, which this history has lived through: "
                "it comes on top of what happened"
            )
        moves = str(table.get("moves", "measured"))
        alone = one_sided(crisis, market, moves)
        if alone:
            yield alone
        left_out = lacking(crisis, market, moves)
        if left_out:
            yield f"{crisis.name}: left out, as this market has nothing to strike so: {', '.join(left_out)}"


def _defaults(replayed: Replayed) -> Iterator[str]:
    """Which assets the shocks make default."""
    before = replayed.scenario.market.delistings
    for name, delisting in replayed.world.delistings.items():
        if name not in before:
            yield f"{name} defaults on {delisting.date} and pays {delisting.recovery:.1%} of its last price"


def _data(replayed: Replayed) -> Iterator[str]:
    """What is gravely odd about the data."""
    notes = inspect(replayed.market, replayed.scenario.market)
    texts = [f"{note.subject}: {note.text}" for note in notes if note.grave]
    found = [text for text in texts if text != foreknown(replayed.market)]
    yield from found[:_MOST]
    if len(found) > _MOST:
        yield f"{len(found) - _MOST} more such notes on the data: `undertow check` lists them all"


def _whole(replayed: Replayed) -> Iterator[str]:
    """From when the book is whole, where assets that it has a target for list after the run begins."""
    scenario, market = replayed.scenario, replayed.market
    born = born_later(market, scenario.weights, market.sessions[0])
    if born:
        how = "shared by the others" if scenario.file.portfolio.unlisted == "share" else "in cash"
        names = ", ".join(f"{name} (listed {day})" for name, day in born.items())
        yield f"the book is whole from {max(born.values())} on; until then the target of {names} is {how}"
        judge = scenario.file.judge
        if judge is not None and judge.start is None:
            yield f"signals are judged from {max(born.values())} on, when the book is whole (judge.start)"


def _flows(replayed: Replayed) -> Iterator[str]:
    """Flows that no run of these days can see."""
    last = replayed.scenario.file.scenario.end
    dates = [flow.date for flow in replayed.scenario.file.flows if flow.date is not None]
    days = [str(day) for day in dates if last is not None and day > last]
    if days:
        more = " and more" if len(days) > _MOST else ""
        yield f"flows after the run's last day, {last}, are left out: {', '.join(days[:_MOST])}{more}"


def _impossible(replayed: Replayed) -> Iterator[str]:
    """What no market or broker would have done."""
    return impossible(replayed.results)


def _never_bought(replayed: Replayed) -> Iterator[str]:
    """What a book asked for and never had."""
    return never_bought(replayed.results)


def _never_invested(replayed: Replayed) -> Iterator[str]:
    """What investors brought and no policy invested."""
    return never_invested(replayed.results, replayed.scenario.flows)


def _bad_prints(replayed: Replayed) -> Iterator[str]:
    """Days traded on whose range was no price to trade at."""
    before = replayed.scenario.market if replayed.scenario.shocks else None
    return bad_prints(replayed.results, getattr(replayed.scenario.costs, "volatility_cap", inf), before)


def _remarked(replayed: Replayed) -> Iterator[str]:
    """Decisions of which a policy says that a bound gave way, or that there was none."""
    for name, result in replayed.results.items():
        if result.remarks:
            t = min(result.remarks)
            times = "a decision" if len(result.remarks) == 1 else f"{len(result.remarks)} decisions"
            yield f"{name}: {times} not as asked; first on {result.sessions[t]}: {result.remarks[t]}"


def _rhythm(replayed: Replayed) -> Iterator[str]:
    """That a year has not 252 sessions here, unless the scenario says so."""
    records = replayed.results.values()
    if any(record.sessions_per_year != WEEKDAYS and not record.per_year_stated for record in records):
        yield annualised(replayed.results)


def _short(replayed: Replayed) -> Iterator[str]:
    """That annual figures are of less than a year; GIPS (2020, 2.A.12) does not annualise such returns."""
    days = int((replayed.market.sessions[-1] - replayed.market.sessions[0]).astype(int))
    if days < _YEAR:
        lasts = f"the run lasts {days} {'day' if days == 1 else 'days'}"
        yield f"{lasts}: its annual figures make a year of less than one; GIPS does not annualise such returns"


def _read(replayed: Replayed) -> Iterator[str]:
    """What was changed in reading the scenario."""
    yield from replayed.scenario.file.said


def _low_rate(replayed: Replayed) -> Iterator[str]:
    """That a file's rates may be fractions: in percent they would hardly be above nothing."""
    highest = float(replayed.scenario.market.cash_rate.max())
    if not isinstance(replayed.scenario.file.market.cash_rate, float | int | None) and 0.0 < highest < _LOW:
        yield (
            f"cash_rate: the file is read as percent a year, and then cash never earns more than {highest:.4%}; if it "
            "holds fractions, write them in percent"
        )


def _labels(replayed: Replayed) -> Iterator[str]:
    """From when stress is measured by something else."""
    names = [name for name, signal in replayed.scenario.signals.items() if _by_rule(signal)]
    if names:
        handovers = funding_handovers(Workspace(replayed.scenario.market))
        yield from (
            f"{', '.join(names)}: {handover}" for handover in handovers if handover.date <= replayed.market.sessions[-1]
        )


def _by_rule(signal: object) -> bool:
    """Whether a signal forecasts, or knows, days of stress by the rule with its funding leg."""
    event, label = getattr(signal, "event", ""), getattr(signal, "label", "")
    funded = event in ("stress", "onset") and "funding" in getattr(signal, "legs", ())
    return funded or (isinstance(label, str) and label.startswith("stress"))


#: A new source is one function and one entry.
_SOURCES: Final[tuple[Callable[[Replayed], Iterable[str]], ...]] = (
    _foreknown,
    _impossible,
    _never_bought,
    _never_invested,
    _whole,
    _cut_shocks,
    _waiting,
    _blind,
    _crises,
    _defaults,
    _flows,
    _data,
    _bad_prints,
    _remarked,
    _low_rate,
    _labels,
    _read,
    _rhythm,
    _short,
)
