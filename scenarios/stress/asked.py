"""What a stress test is asked to do: which shocks, how severe, and from which day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np

from scenarios.build import Scenario, assemble, check, load_market, make_shocks, naming_origins
from scenarios.load import parse_shock, parse_value
from scenarios.runner import common_start
from scenarios.schema import ScenarioFile
from scenarios.shocks import Shock, SignalFault, World
from scenarios.shocks.dated import SEVERITY, DatedShock
from scenarios.sweep import parse_axis
from simulator.core.errors import ParameterError, ScenarioError, shown
from simulator.core.market import MarketData

#: Sessions after the last of a shock that still count as its stress: redemptions are paid and books are mended then.
AFTER: Final = 63
#: As a sweep spells the axis of all severities.
_AXIS: Final = "shocks.*.severity"


@dataclass(frozen=True, eq=False)
class Asked:
    """A stress test, validated against its market.

    Attributes
    ----------
    scenario
        With its own shocks alone, ending where the stress is judged until.
    tables
        The shocks that are turned, one dial each, as a scenario file states them.
    severities
        What the dials are turned to, as texts and in the order asked for.
    at
        The first day of the shocks that state none.
    begin, first, stop
        The run begins on session ``begin``; the stress is judged over sessions ``[first, stop)``.
    said
        What must be read before the figures.
    """

    scenario: Scenario
    tables: tuple[Mapping[str, Any], ...]
    severities: tuple[str, ...]
    at: np.datetime64
    begin: int
    first: int
    stop: int
    said: tuple[str, ...]

    def at_severity(self, dials: Sequence[float]) -> Scenario:
        """The scenario with each shock turned to its dial: a stated severity times that."""
        tables = [
            {**table, "severity": float(table.get("severity", 1.0)) * dial}
            for table, dial in zip(self.tables, dials, strict=True)
        ]
        shocks = [*self.scenario.file.shocks, *tables]
        file = self.scenario.file.model_copy(update={"shocks": shocks})
        return replace(self.scenario, file=file, shocks=make_shocks(file, self.scenario.market))


def asked(
    file: ScenarioFile, data: Any, shocks: Sequence[str], severity: str, at: str | None, heard: Any, kept: Any
) -> Asked:
    """Validate what was asked for; load the market.

    Parameters
    ----------
    file
        The scenario; its own shocks are turned where ``shocks`` is empty, and stay as they are otherwise.
    data
        The folder that data paths are under.
    shocks
        As ``--shock`` writes them: ``KIND``, or ``KIND:key=value,key=value``.
    severity
        ``a:b:n``, or values between commas.
    at
        The first day of the shocks that state none; by default the latest from which all of them fit.
    heard, kept
        Progress of fits, and where fits are kept.

    Raises
    ------
    UndertowError
        Naming the option, or the key of the scenario, that cannot be used.
    """
    severities = severities_of(severity)
    tables, own = _tables(file, shocks)
    file = file.model_copy(update={"shocks": own, "judge": None})
    with naming_origins(file):
        check(file)
        market = load_market(file, data)
        scenario = assemble(file, market, heard, kept)
    start = common_start(scenario, World(market, market))
    begin, stop = int(np.searchsorted(market.sessions, start)), _last(file, market)
    day, said = _day(file, market, tables, at, begin, stop)
    dated = tuple(table if "from" in table or ":" in table["kind"] else {**table, "from": day} for table in tables)
    found = _made(file, market, dated)
    if not found:
        names = " and ".join(str(table["kind"]) for table in tables)
        raise ScenarioError(
            f"stress: {names} moves nothing of this market: no asset is of a class it strikes; choose another"
        )
    first, until = _judged(found, market, begin, stop)
    last = market.sessions[until - 1].astype(object)
    ending = file.model_copy(update={"scenario": file.scenario.model_copy(update={"end": last})})
    scenario = assemble(ending, market, heard, kept)
    return Asked(scenario, dated, severities, np.datetime64(day), begin, first, until, said)


def severities_of(text: str) -> tuple[str, ...]:
    """The severities that ``--severity`` asks for.

    Raises
    ------
    ScenarioError
        If it asks for none, for text, or for what no severity can be.
    """
    if not text.strip():
        raise ScenarioError(f"--severity {shown(text)}: write a:b:n, or v1,v2")
    try:
        axis = parse_axis(f"{_AXIS}={text}")
        for value in axis.values:
            SEVERITY.check("--severity", value)
    except (ScenarioError, ParameterError) as error:
        said = str(error)
        for spelled in (f"--grid {shown(f'{_AXIS}={text}')}", f"--grid {_AXIS}"):
            said = said.replace(spelled, f"--severity {shown(text)}")
        raise ScenarioError(said) from None
    return axis.texts


def _tables(file: ScenarioFile, shocks: Sequence[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The shocks that are turned, and those that stay as they are."""
    given = [parse_shock(text) for text in shocks]
    for table in given:
        _check_severity(table)
    if given:
        return given, list(file.shocks)
    if not file.shocks:
        raise ScenarioError(
            "stress: no shock to strike with: give --shock NAME_OR_KIND, financial-crisis-2008 for example; "
            "undertow list names them"
        )
    return [dict(table) for table in file.shocks], []


def _check_severity(table: Mapping[str, Any]) -> None:
    stated = table.get("severity", 1.0)
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        raise ScenarioError(f"--shock {table['kind']}: severity must be a number, not {shown(stated)}")


def _last(file: ScenarioFile, market: MarketData) -> int:
    end = file.scenario.end
    return market.sessions.size if end is None else int(np.searchsorted(market.sessions, np.datetime64(end), "right"))


def _day(
    file: ScenarioFile, market: MarketData, tables: Sequence[Mapping[str, Any]], at: str | None, begin: int, stop: int
) -> tuple[date, tuple[str, ...]]:
    """The first day of shocks that state none, and what is to be said of it."""
    sessions = market.sessions
    if at is not None:
        day = parse_value(at)
        if type(day) is not date:
            raise ScenarioError(f"--at {shown(at)}: is no date; write YYYY-MM-DD")
        if not sessions[begin] < np.datetime64(day) <= sessions[stop - 1]:
            raise ScenarioError(
                f"--at {day}: lies outside the run, whose first session is {sessions[begin]} and whose last is "
                f"{sessions[stop - 1]}; a shock needs a session before it"
            )
        return day, _moved(sessions, day)
    if all("from" in table for table in tables):
        return sessions[begin].astype(object), ()
    probe = sessions[begin + 1 if begin + 1 < stop else begin].astype(object)
    dated = [table if "from" in table or ":" in table["kind"] else {**table, "from": probe} for table in tables]
    shocks = _timed(_made(file, market, dated))
    room = max(stop - 1 - _lasts(shocks, market) - AFTER, min(begin + 1, stop - 1))
    day = sessions[room].astype(object)
    if all(_waits(shock) for shock in shocks):
        return day, (f"the shocks wait from {day}, the second session of the run, for what they strike on (--at)",)
    if all(isinstance(shock, SignalFault) and not shock.ends for shock in shocks):
        return day, (f"the shocks strike on {day}, the second session of the run, and last to its end (--at)",)
    return day, (f"the shocks strike on {day}, the latest day from which all of them and a quarter fit (--at)",)


def _moved(sessions: Any, day: date) -> tuple[str, ...]:
    """What is said of a day that is no session: shocks strike on the next one."""
    session = sessions[np.searchsorted(sessions, np.datetime64(day))].astype(object)
    return () if session == day else (f"--at {day} is no session; the shocks strike on the next one, {session}",)


def _made(file: ScenarioFile, market: MarketData, tables: Sequence[Mapping[str, Any]]) -> tuple[Shock, ...]:
    """The shocks of some tables; errors name the option, and not a place in a file."""
    made = file.model_copy(update={"shocks": [dict(table) for table in tables]})
    check(made)
    return make_shocks(made, market)


def _timed(shocks: Sequence[Shock]) -> Sequence[Shock]:
    """The shocks that say when a stress is over: faults of signals without an end do where there are no others."""
    others = [shock for shock in shocks if not isinstance(shock, SignalFault) or shock.ends]
    return others or shocks


def _waits(shock: Shock) -> bool:
    """Whether a shock waits for something to happen."""
    return isinstance(shock, DatedShock) and bool(shock.when)


def _lasts(shocks: Sequence[Shock], market: MarketData) -> int:
    """How many sessions shocks that begin together last, those that wait for something after the others at most.

    Where there are no others nobody knows: the whole market.
    """
    waiting = [_sessions(shock, market) for shock in shocks if _waits(shock)]
    others = [_sessions(shock, market) for shock in shocks if not _waits(shock)]
    if waiting and not others:
        return market.sessions.size
    return max(others, default=0) + max(waiting, default=0)


def _sessions(shock: Shock, market: MarketData) -> int:
    """How long a shock lasts; one that stays for good, or a user's own, counts no session here.

    Signals that are wrong for good are so until the run is over.
    """
    if _waits(shock):
        return getattr(shock, "days", None) or 0
    if isinstance(shock, SignalFault) and not shock.ends:
        return market.sessions.size - shock.window(market).start
    return shock.asked_sessions(market) if isinstance(shock, DatedShock) and shock.ends else 0


def _judged(shocks: Sequence[Shock], market: MarketData, begin: int, stop: int) -> tuple[int, int]:
    """The sessions over which the stress is judged: from the first shock to a quarter after the last of them.

    One that waits for something may strike until the others are over; where there are no others, or a user's own shock
    does not say when, that is to the end of the run.
    """
    shocks = _timed(shocks)
    dated = [shock for shock in shocks if isinstance(shock, DatedShock)]
    if len(dated) < len(shocks):
        return begin, stop
    first = min(int(np.searchsorted(market.sessions, shock.first_day)) for shock in dated)
    if not begin < first < stop:
        raise ScenarioError(
            f"stress: the shocks begin on {min(shock.first_day for shock in dated)}, and the run lasts "
            f"from {market.sessions[begin]} to {market.sessions[stop - 1]}; state another day with --at"
        )
    lasts = [shock.window(market).start + _sessions(shock, market) for shock in dated if not _waits(shock)]
    if not lasts:
        return first, stop
    waiting = max((_sessions(shock, market) for shock in dated if _waits(shock)), default=0)
    return first, min(stop, max(lasts) + waiting + AFTER)
