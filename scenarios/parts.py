"""The parts of a policy as a scenario file writes them: what to hold, when to trade, what stress changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from signals.calendar import Calendar
from simulator.core.errors import PluginError, ScenarioError, nearest, shown
from simulator.core.market import MarketData
from simulator.core.names import CASH, quoted
from simulator.core.within import SOME
from strategies import AllOf, AnyOf, OnSignal, Policy
from strategies.holdings import Holdings
from strategies.overlays import Overlay
from strategies.triggers import TradeTrigger

from . import kinds
from .book import check_weights
from .configure import arguments
from .making import construct, split
from .plugins import find
from .schema import ScenarioFile

#: A part: a kind or a name alone, or a table with a kind.
Said = str | dict[str, Any]
#: Periods of the calendar that a trigger may be, unless a signal bears the name.
PERIODS: Final = ("week", "month", "quarter", "year")
#: Triggers of several, by kind: ``of`` are those.
_SEVERAL: Final[Mapping[str, Callable[..., TradeTrigger]]] = {"any": AnyOf, "all": AllOf}
#: Keys that name a signal.
_SIGNALS: Final = ("trigger", "signal", "red")


@dataclass(frozen=True, eq=False)
class Parts:
    """What parts of a policy are made with.

    Attributes
    ----------
    file, weights, market
        The scenario, its portfolio, and the market.
    where
        The policy's table, for errors.
    """

    file: ScenarioFile
    weights: Mapping[str, float]
    market: MarketData
    where: str

    @property
    def supplied(self) -> dict[str, Any]:
        """What a part or policy has from the scenario where its own table does not state it."""
        portfolio = {"weights": self.weights, "unlisted": self.file.portfolio.unlisted}
        return {**portfolio, "seed": self.file.scenario.seed, "book_value": self.file.scenario.initial_cash}

    def holdings(self, said: Said) -> Holdings:
        """What to hold."""
        made: Holdings = self._made(_table(said), kinds.HOLDINGS, f"{self.where}.holdings", "rows")
        return made

    def when(self, said: Said | list[Said], where: str = "") -> TradeTrigger:
        """When to trade: on any of several where it is a list."""
        where = where or f"{self.where}.when"
        if not isinstance(said, list):
            return self._trigger(said, where)
        if not said:
            raise ScenarioError(f"{where}: is an empty list; leave it out to trade once")
        made = [self._trigger(trigger, f"{where}[{number}]") for number, trigger in enumerate(said)]
        return made[0] if len(made) == 1 else AnyOf(*made)

    def overlay(self, said: Said, where: str) -> Overlay:
        """What stress changes: a table of the file's overlays by name, or one written in place."""
        if isinstance(said, str):
            if said not in self.file.overlays:
                known = self.file.overlays
                raise ScenarioError(f"{where}: no overlay {quoted(said)} under [overlays]{nearest(said, known)}")
            said, where = self.file.overlays[said], f"overlays.{said}"
        made: Overlay = self._made(said, kinds.OVERLAYS, where, "over")
        return made

    def check(self, given: Mapping[str, Any], where: str) -> None:
        """Raise :class:`ScenarioError` for a signal or an asset that is not there, and for weights that are none."""
        for key in _SIGNALS:
            named = given.get(key)
            for signal in [named] if isinstance(named, str) else named if isinstance(named, list) else []:
                if signal not in self.file.signals:
                    hint = nearest(str(signal), self.file.signals)
                    raise ScenarioError(f"{where}.{key}: no signal {shown(signal)}{hint}")
        for key in ("weights", "into"):
            if isinstance(given.get(key), dict):
                self._check_weights(given[key], f"{where}.{key}")

    def _check_weights(self, table: Mapping[str, float], where: str) -> None:
        unknown = [name for name in table if name != CASH and name not in self.market.assets]
        if unknown:
            raise ScenarioError(f"{where}: no asset {quoted(unknown[0])}{nearest(unknown[0], self.market.assets)}")
        check_weights(table, self.file.bounds, where)

    def _trigger(self, said: Said, where: str) -> TradeTrigger:
        if isinstance(said, str) and said in self.file.signals:
            return OnSignal(said)
        if isinstance(said, str) and said in PERIODS:
            return OnSignal(Calendar(said))
        table = _table(said)
        if table.get("kind") in _SEVERAL:
            return self._several(table, where)
        if table.get("kind") == "calendar":
            _, rest = split(table, where)
            return OnSignal(construct(Calendar, arguments(Calendar, rest, where), where))
        if isinstance(said, str) and said not in kinds.TRIGGERS:
            hint = nearest(said, [*self.file.signals, *PERIODS, *kinds.TRIGGERS])
            raise ScenarioError(f"{where}: {quoted(said)} is no signal, no period and no kind of trigger{hint}")
        made: TradeTrigger = self._made(table, kinds.TRIGGERS, where, "when")
        return made

    def _several(self, table: Mapping[str, Any], where: str) -> TradeTrigger:
        kind, rest = split(table, where)
        of = rest.pop("of", None)
        if rest or not isinstance(of, list) or not of:
            raise ScenarioError(f"{where}: write {{ kind = {kind!r}, of = [...] }}, a list of triggers")
        return _SEVERAL[kind](*(self._trigger(trigger, f"{where}.of[{number}]") for number, trigger in enumerate(of)))

    def _made(self, table: Mapping[str, Any], known: Mapping[str, str], where: str, method: str) -> Any:
        kind, rest = split(table, where)
        cls = find(kind, known, where, self.file.own, _ROOM_OF[method])
        given = arguments(cls, rest, where)
        self.check(given, where)
        made = construct(cls, given, where, **self.supplied)
        if not callable(getattr(made, method, None)):
            raise PluginError(f"{where}: {quoted(kind)} has no {method}(...)")
        return made


_ROOM_OF: Final = {"rows": "holdings", "when": "triggers", "over": "overlays"}


def composed(
    holdings: Said,
    when: Said | list[Said] | None = None,
    overlays: list[Said] | None = None,
    part: Annotated[float, SOME] = 1.0,
    *,
    parts: Parts,
    name: str = "policy",
) -> Policy:
    """A policy put together of what to hold, when to trade and what stress changes.

    Parameters
    ----------
    holdings
        What to hold: a kind, or a table with one.
    when
        When to trade besides the first session: a signal, a period of the calendar, a kind of trigger or a table with
        one; or a list of these, of which any one will do; ``{ kind = "all", of = [...] }`` where all must.
    overlays
        What stress changes, in order: names of tables under ``[overlays]``, or tables with a kind.
    part
        Share of the way to the targets that a trade goes; its first one and those that overlays ask for go all of it.
    """
    said = enumerate(overlays or ())
    return Policy(
        holdings=parts.holdings(holdings),
        when=None if when is None else parts.when(when),
        overlays=[parts.overlay(overlay, f"{parts.where}.overlays[{number}]") for number, overlay in said],
        name=name,
        part=part,
    )


def part_tables(file: ScenarioFile) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, str]]]:
    """Every table that a part of a policy is made from, where it stands, and the kinds it may have."""
    for name, table in file.overlays.items():
        yield f"overlays.{name}", table, kinds.OVERLAYS
    for name, table in file.policies.items():
        if table.get("kind") == "composed":
            yield from _of_policy(f"policies.{name}", table)


def _of_policy(where: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, str]]]:
    if isinstance(table.get("holdings"), dict):
        yield f"{where}.holdings", table["holdings"], kinds.HOLDINGS
    when = table.get("when")
    for number, trigger in enumerate(when if isinstance(when, list) else [when]):
        yield from _of_trigger(f"{where}.when[{number}]", trigger)
    for number, overlay in enumerate(table.get("overlays") or ()):
        if isinstance(overlay, dict):
            yield f"{where}.overlays[{number}]", overlay, kinds.OVERLAYS


def _of_trigger(where: str, said: Any) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, str]]]:
    if not isinstance(said, dict):
        return
    inner = said.get("of") if said.get("kind") in _SEVERAL else None
    if inner is None:
        yield where, said, kinds.TRIGGERS
    for number, trigger in enumerate(inner if isinstance(inner, list) else ()):
        yield from _of_trigger(f"{where}.of[{number}]", trigger)


def _table(said: Said) -> dict[str, Any]:
    return {"kind": said} if isinstance(said, str) else dict(said)
