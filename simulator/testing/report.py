"""What a conformance check says: a summary when all is well, else one error naming the rule, the place, the remedy."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from simulator.core.errors import DataError, ParameterError, PluginError, UndertowError
from simulator.core.market import MarketData

_T = TypeVar("_T")


class ConformanceError(PluginError, AssertionError):
    """A plug-in breaks a rule of its kind. An ``AssertionError`` too, so that test runners call it a failure.

    Attributes
    ----------
    rule
        The rule, as :class:`Summary` lists it.
    """

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(message)
        self.rule = rule


class RuleRefused(Exception):  # noqa: N818 - not an error: a plug-in may say that it needs what a market lacks
    """A plug-in cannot use a market and says so clearly."""


@dataclass(frozen=True)
class Summary:
    """What was checked, and kept.

    Attributes
    ----------
    subject
        The kind of plug-in and its name.
    rules
        The rules it keeps.
    markets
        The markets on which it was checked.
    refused
        Why it would not run on the others, by market.
    notes
        What else an author may want to know.
    """

    subject: str
    rules: tuple[str, ...]
    markets: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.subject}: {len(self.rules)} rules kept on {len(self.markets)} markets"]
        lines.append(f"  rules: {'; '.join(self.rules)}")
        lines.append(f"  markets: {', '.join(self.markets)}")
        lines += [f"  refused: {name}: {why}" for name, why in self.refused.items()]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


@dataclass
class Checklist:
    """Collects what a check has done, and words its failures."""

    subject: str
    rules: list[str] = field(default_factory=list)
    markets: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def kept(self, *rules: str) -> None:
        """Record rules as kept."""
        self.rules += [rule for rule in rules if rule not in self.rules]

    def note(self, text: str) -> None:
        """Record something an author may want to know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def fail(self, rule: str, what: str, remedy: str, where: str = "") -> NoReturn:
        """Raise: which rule, where, what to do."""
        place = f" on market {where!r}" if where else ""
        raise ConformanceError(f"{self.subject} breaks the rule {rule!r}{place}: {what}; {remedy}", rule)

    def require(self, holds: object, rule: str, what: str, remedy: str, where: str = "") -> None:
        """Fail unless something holds."""
        if not holds:
            self.fail(rule, what, remedy, where)

    def call(self, rule: str, where: str, function: Callable[..., _T], *arguments: Any) -> _T:
        """Call the plug-in; what goes wrong in it breaks ``rule``.

        Raises
        ------
        Refused
            If it raises :class:`DataError` or :class:`ParameterError`: it cannot use this market and says so.
        ConformanceError
            On anything else.
        """
        try:
            return function(*arguments)
        except ConformanceError:
            raise
        except (DataError, ParameterError) as refusal:
            raise RuleRefused(str(refusal)) from refusal
        except UndertowError as error:
            remedy = "see simulator/README.md, and name the exogenous series it needs in series="
            self.fail(rule, str(error), remedy, where)
        except ValueError as error:
            if "read-only" in str(error):
                remedy = "work on a copy: inputs are shared with everything else that runs"
                self.fail("leaves its input alone", f"it writes into an input ({error})", remedy, where)
            self._crashed(error, where)
        except Exception as error:  # noqa: BLE001 - the author's own code may raise anything
            self._crashed(error, where)

    def _crashed(self, error: Exception, where: str) -> NoReturn:
        message = f"it raised {type(error).__name__}: {error}"
        remedy = "handle the case, or raise simulator.DataError saying what the market lacks"
        place = f" on market {where!r}" if where else ""
        rule = "runs, or refuses clearly"
        raise ConformanceError(f"{self.subject} breaks the rule {rule!r}{place}: {message}; {remedy}", rule) from error

    def over(self, markets: Mapping[str, MarketData], check: Callable[[str, MarketData], None]) -> None:
        """Check each market; those refused are recorded, and refusing all of them is a failure."""
        for name, market in markets.items():
            try:
                check(name, market)
            except RuleRefused as refusal:
                self.refused[name] = str(refusal)
            else:
                self.markets.append(name)
        if not self.markets:
            first = next(iter(self.refused.items()))
            what = f"it accepts none of {len(self.refused)} markets ({first[0]}: {first[1]})"
            self.fail("runs, or refuses clearly", what, "name its assets in assets=, or give a market= it can use")
        self.kept("runs, or refuses clearly")

    def summary(self) -> Summary:
        """What has been checked."""
        return Summary(self.subject, tuple(self.rules), tuple(self.markets), dict(self.refused), tuple(self.notes))


def duplicate(plugin: _T) -> Callable[[], _T]:
    """A maker of fresh copies of a plug-in, as it is now; of the plug-in itself where it cannot be copied."""
    try:
        pristine = copy.deepcopy(plugin)
    except Exception:  # noqa: BLE001 - an open file, a lock, a native handle: anything may refuse to be copied
        return lambda: plugin
    return lambda: copy.deepcopy(pristine)


def chosen_markets(
    given: MarketData | Mapping[str, MarketData] | None, made: Callable[[], Mapping[str, MarketData]]
) -> Mapping[str, MarketData]:
    """The author's own markets by name, else the made ones."""
    if given is None:
        return made()
    return {"given": given} if isinstance(given, MarketData) else given


def name_of(plugin: object) -> str:
    """The name a plug-in gives itself, else its class's."""
    own = getattr(plugin, "name", None)
    return own if isinstance(own, str) and own else type(plugin).__name__
