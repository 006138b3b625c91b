"""What a key may be given: mostly what it takes, else the ends of its range, what lies just beyond, and nonsense."""

from __future__ import annotations

import inspect
import random
import types
from datetime import date
from functools import lru_cache
from importlib import import_module
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

from scenarios import kinds, schema
from scenarios.configure import ALIASES, parameters
from simulator.core.within import Within

#: What is right for a key of text, lists and tables, as TOML. A key that is not here takes what its type says.
_TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "benchmark": ('"passive"', '"band"', '"out"'),
    "title": ('"Every 5th"', '"60/40"', '"<b>é"'),
    "description": ('"what it is"', '""'),
    "path": ('"prices"',),
    "prices": ('"adjusted"', '"split-adjusted"'),
    "zone": ('"America/New_York"', '"Asia/Kolkata"', '"UTC"'),
    "source": ('"csv"',),
    "of": ('"VIX"', '"OWN"'),
    "index": ('"OWN"', '"VIX"'),
    "label": ('"fear"', '"vol"'),
    "base": ('"passive"', '"band"'),
    "signal": ('"fear"', '"vol"', '"month"'),
    "trigger": ('"month"', '"vol"', '["month", "fear"]'),
    "policy": ('"out"',),
    "against": ('["vol"]',),
    "signals": ('["fear"]', '["fear", "vol"]'),
    "assets": ('["A", "B"]', '["A"]', '["B", "A"]'),
    "weights": ("{ A = 0.5, B = 0.5 }", "{ A = 0.3, B = 0.3, CASH = 0.4 }", "{ CASH = 1.0 }", '"equal"'),
    "into": ("{ CASH = 1.0 }", "{ B = 1.0 }", "{ A = 0.2, CASH = 0.8 }"),
    "dates": ("[2024-01-22, 2024-02-20]", '["2024-02-01"]', "[2024-03-04]"),
    "every": ("5", "21", '"month-end"', '"quarter-start"', '"week-end"'),
    "class": ('"equity"', '"bond"', '"etf"', '"treasury"'),
    "level": ('"1"', '"2A"', '"2B"', '"other"'),
    "delistings": ("{ B = { date = 2024-03-01, recovery = 0.3 } }", "{ A = { date = 2024-04-01, recovery = 0 } }"),
    "halts": ('{ A = [["2024-02-01", "2024-02-06"]] }', "{ B = [[2024-01-22, 2024-01-22]] }"),
    "no_trade": ('{ A = [["2024-02-01", "2024-02-06"]] }', "{ CASH = [[2024-01-22, 2024-01-22]] }"),
    "groups": ('{ g = { assets = ["A", "B"], max_weight = 0.8 } }', '{ g = { assets = ["B"], max_weight = 0.3 } }'),
    "by_asset": ("{ A = { half_spread_bps = 30.0 } }", "{ B = { borrow_bps = 50.0, gamma = 0.3 } }"),
    "cash_rate": ("0.03", "0.0", '{ path = "rate.csv", release = "business-days:1", after = 0.02 }', '"rate.csv"'),
    "series": ('{ VIX = "VIX.csv", OWN = { path = "own.csv", column = "value" } }', '{ VIX = "VIX.csv" }'),
    "without": ('["signals.month"]', "[]"),
    "extends": ('"etf-core"',),
    "unfilled": ('"carry"', '"drop"'),
    "model": ('"ridge"',),
    "days": ("1", "5", "20"),
    "severity": ("0.5", "1.0", "3.0"),
    "dispersion": ("0.0", "0.2"),
    "size": ("-0.2", "0.1", "-0.6"),
    "multiplier": ("2.0", "5.0"),
    "remaining": ("0.2", "0.01"),
    "sessions_per_year": ("252", "52"),
    "max_age_days": ("10", "40"),
    "initial_cash": ("1000", "1e6", "1e9"),
    "share": ("0.2", "-0.1", "1.0"),
    "amount": ("1000", "-5000"),
    "max_weight": ("0.6", "0.9", "{ A = 0.7 }"),
    "seed": ("1", "7"),
}
_NONSENSE: Final = (
    *("", "nan", "inf", "-inf", "1e308", "-1e308", "5e-324", "1" + "0" * 30, "9" * 5000, "true", "-1", "0"),
    *("[]", "{}", "[[]]", "[1, 2]", '["A", "B"]', "{ A = 1 }", "{ CASH = 1 }", "{ A = 0.9999, B = 0.0 }"),
    *("2024-01-10", "2024-02-30", "1999-01-01", "9999-12-31", '"2024-01-10"', "2024-01-10T10:00:00Z", "10:00:00"),
    *('"unset"', "null", "''", '"\\u0000"', '"\\u202e"', "'../../x'", "'/etc/passwd'", "'a/b'", "'os:system'"),
    *("[" * 200 + "]" * 200, "[" * 3000, "{ a = " * 100 + "1" + " }" * 100, "x" * 300, "é", "日本", "0x7f", "1_000"),
    *('"passive"', '"month"', '"A"', '"CASH"', '"open"', "[['2024-01-05', '2024-01-08']]", "'json:loads'"),
)
_DAYS: Final = ("2024-01-22", "2024-02-12", "2024-03-04", "2024-04-02")
_FAR_DAYS: Final = ("2024-01-13", "2023-12-29", "1999-01-01", "2030-01-01", "9999-12-31", "0001-01-01")


class Key(NamedTuple):
    """A key that a scenario may state."""

    table: str
    name: str
    type: Any
    within: Within | None

    @property
    def path(self) -> str:
        """As ``--set`` writes it."""
        return f"{self.table}.{self.name}"


#: Tables of the small scenario by the class behind them.
_CLASSES: Final = {
    "execution": "simulator.core.execution:Execution",
    "liquidity": "simulator.liquidity:LiquidityStress",
    "costs": kinds.COSTS["almgren-chriss"],
    "signals.month": kinds.SIGNALS["calendar"],
    "signals.vol": kinds.SIGNALS["volatility"],
    "signals.fear": kinds.SIGNALS["threshold"],
    "policies.passive": kinds.POLICIES["hold"],
    "policies.band": kinds.POLICIES["threshold-band"],
    "policies.out": kinds.POLICIES["de-risk"],
}
#: And by the section of the file.
_SECTIONS: Final = {
    "scenario": schema.ScenarioSection,
    "market": schema.MarketSection,
    "portfolio": schema.PortfolioSection,
    "bounds": schema.BoundsSection,
    "instruments.A": schema.InstrumentSpec,
    "judge": schema.JudgeSection,
}


@lru_cache(maxsize=1)
def keys() -> tuple[Key, ...]:
    """Every key of the schema and of the parameters of the kinds that the small scenario names."""
    found = [
        Key(
            table,
            field.alias or name,
            field.annotation,
            next((m for m in field.metadata if isinstance(m, Within)), None),
        )
        for table, model in _SECTIONS.items()
        for name, field in model.model_fields.items()
    ]
    for table, text in _CLASSES.items():
        found += [
            Key(table, parameter.name, parameter.type, parameter.within)
            for parameter in parameters(_class(text)).values()
        ]
    return tuple(found)


@lru_cache(maxsize=64)
def of_kind(kind: str) -> tuple[Key, ...]:
    """The keys of a signal, policy or shock by its kind."""
    text = {**kinds.SIGNALS, **kinds.POLICIES, **kinds.SHOCKS}[kind]
    spelled = {name: alias for alias, name in ALIASES.items()} if kind in kinds.SHOCKS else {}
    return tuple(
        Key("", spelled.get(n, n), parameter.type, parameter.within)
        for n, parameter in parameters(_class(text)).items()
    )


def needed(kind: str) -> tuple[str, ...]:
    """The keys that a kind cannot do without."""
    text = {**kinds.SIGNALS, **kinds.POLICIES, **kinds.SHOCKS}[kind]
    given = parameters(_class(text))
    return tuple(
        name for name, parameter in given.items() if parameter.default is inspect.Parameter.empty and name != "weights"
    )


def _class(text: str) -> Any:
    module, _, name = text.partition(":")
    return getattr(import_module(module), name)


def value(key: Key, draw: random.Random) -> str:
    """A value as TOML: right in three of four draws."""
    chance = draw.random()
    if chance < 0.06:
        return draw.choice(_NONSENSE)
    if chance < 0.22:
        return at_the_edge(key, draw)
    return right(key, draw)


def right(key: Key, draw: random.Random) -> str:
    """A value that the key takes."""
    if key.name in _TEXTS and not (key.within is not None and draw.random() < 0.5):
        return draw.choice(_TEXTS[key.name])
    kind = _plain(key.type)
    choices = [get_arg for member in _members(kind) if get_origin(member) is Literal for get_arg in get_args(member)]
    if choices:
        return _toml(draw.choice(choices))
    if bool in _members(kind):
        return draw.choice(("true", "false"))
    if date in _members(kind):
        return draw.choice(_DAYS)
    if key.within is not None:
        return _inside(key.within, int in _members(kind) and float not in _members(kind), draw)
    return draw.choice(("1", "0.5", "2", "10", "0.01"))


def at_the_edge(key: Key, draw: random.Random) -> str:
    """An end of the range, or what lies just beyond it."""
    if date in _members(_plain(key.type)):
        return draw.choice(_FAR_DAYS)
    if key.within is None:
        return draw.choice(_NONSENSE)
    end = draw.choice((key.within.least, key.within.most))
    if abs(end) == float("inf"):
        return "1e300"
    whole = int in _members(_plain(key.type)) and float not in _members(_plain(key.type))
    beyond = end + draw.choice((0, 0, 0, 1, -1)) * (1 if whole else max(abs(end), 1e-9) * 1e-3)
    return str(int(beyond)) if whole else repr(float(beyond))


def _inside(within: Within, whole: bool, draw: random.Random) -> str:
    least, most = (
        within.least,
        min(within.most, max(abs(within.least), 1.0) * (30.0 if whole or within.most > 5 else 1.0)),
    )
    if whole:
        return str(draw.randint(max(int(least), -3), max(int(most), int(least) + 3)))
    return repr(round(least + (most - least) * draw.uniform(0.02, 0.98), 4))


def _plain(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _toml(one: Any) -> str:
    return str(one).lower() if isinstance(one, bool) else f'"{one}"' if isinstance(one, str) else str(one)
