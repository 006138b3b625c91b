"""What a key may be given: mostly what it takes, else the ends of its range, what lies just beyond, and nonsense."""

from __future__ import annotations

import inspect
import random
import types
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib import import_module
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from scenarios import kinds, schema, schema_redemptions, schema_words
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
    "base": ('"passive"', '"band"', '"regimes"'),
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
    "model": ('"ridge"', '"logistic"', '"mlp-relu"'),
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
    "instruments": ('{ from = "table.csv" }', '{ from = "table.csv", study = "kept" }', '{ from = "study" }'),
    "from": ('"table.csv"', '"study"', "2024-02-05"),
    "fx": ('{ EUR = "OWN.csv" }', '{ EUR = { path = "own.csv", inverse = true } }', '{ EUR = "VIX.csv" }'),
    "made": (
        '{ S = { kind = "inverse", of = "A", adv = 1e6, times = 2.0 } }',
        '{ S = { kind = "credit-hedge", series = "OWN", dv01 = 4.0, adv = 1e6 } }',
    ),
    "settlement_days": ("1", "2", '"us-equities"', "{ A = 2 }", "{ A = 1, B = 3 }", '{ B = { "2024-03-01" = 2 } }'),
    "sections": ('["liquidity", "trades"]', '["comparison"]'),
    "liabilities": ("{ stable-retail = 0.6, corporate = 0.3 }", "{ financial = 0.9 }", "{ operational = 0.2 }"),
    "inflows": ("{ retail = 0.1 }", "{ financial = 0.2 }", "{}"),
    "rates": ("{ corporate = 0.5 }", "{ stable-retail = 0.03 }", "{}"),
    "stressed": ("{ corporate = 0.9 }", "{}"),
    "stress": ('"kept"', '"study"'),
    "bank": ('"B01"',),
    "delay": ("2", "0", "[0.2, 0.5, 0.3]", "[1.0]"),
    "layout": ('"plain"', '"auto"'),
    "instrument": ('"B"', '"A"'),
    "market": ('"A"', '"VIX"'),
    "estimator": ('"InverseVolatility"', '"skfolio.optimization:EqualWeighted"', '"RiskBudgeting"'),
    "options": ("{}", "{ n_estimators = 2 }"),
    "ladder": ("{ A = 7.0, B = 2.0 }", "{ B = 1.0 }"),
    "holdings": ('"fixed"', '"equal-weight"', '{ kind = "equal-weight", cash = 0.1 }', '"minimum-variance"'),
    "overlays": (
        '[{ kind = "de-risk", signal = "vol" }]',
        '[{ kind = "volatility-target", target = 0.1 }, { kind = "de-risk", signal = "fear", share = 0.5 }]',
        '[{ kind = "liquidity-ladder", signal = "vol" }]',
    ),
    "when": ('"month"', '{ kind = "every", sessions = 5 }', '["week", "vol"]', '{ kind = "band", band = 0.02 }'),
    "returns": ("{ A = 0.05, B = 0.02 }", "{ A = 0.1 }"),
    "shapes": ("[{ depth = 0.5, spread = 2.0, redemption = 0.2 }]",),
    "legs": ('["volatility"]', '["drawdown", "volatility"]'),
    "columns": ('["volatility"]',),
    "column": ('"value"', '"probability"'),
    "crisis": ('"covid-2020"', '"crunch-2008"'),
    "estimate": ('"betas"', '"stated"'),
    "which": ('["A"]', '["VIX"]'),
    "red": ('"fear"', '"vol"'),
    "investors": (
        "{ retail = { share = 1.0 } }",
        "{ a = { share = 0.5, count = 2 }, b = { share = 0.5, notice = 3 } }",
    ),
    "tools": ('{ gate = { kind = "gate", most = 0.05 } }', '{ a = { kind = "swing" }, b = { kind = "suspension" } }'),
    "until": ("2024-03-15", "2024-12-31"),
    "currency": ('"USD"', '"EUR"'),
    "shifts": ("{ OWN = 1.0 }", "{ VIX = -2.0 }"),
    "moves": ('"betas"', "{ A = -0.2, B = -0.1 }"),
    "window": ("63",),
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


#: Names by the type that checks them.
_NAMES: Final = {
    schema_words.Asset: ("A", "B"),
    schema_words.Holding: ("A", "B", "CASH"),
    schema_words.Currency: ("EUR", "USD"),
    schema_words.Title: ("Every 5th", "<b>é"),
}


#: Tables of the small scenario by the class behind them.
_CLASSES: Final = {
    "execution": "simulator.core.execution:Execution",
    "liquidity": "simulator.liquidity:LiquidityStress",
    "governance": "simulator.core.committee:Governance",
    "funding": "scenarios.funding.terms:Funding",
    "fees": "simulator.core.fees:Fees",
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
    "report": schema.ReportSection,
    "redemptions": schema_redemptions.RedemptionsSection,
}
#: Tables of a file that keys stand in: those above, and those that are made whole (``text.stated``).
TABLES: Final = {path.partition(".")[0] for path in (*_CLASSES, *_SECTIONS)} | {"flows", "shocks", "overlays"}


@lru_cache(maxsize=1)
def keys() -> tuple[Key, ...]:
    """Every key of the schema and of the parameters of the kinds that the small scenario names."""
    found = [key for table, model in _SECTIONS.items() for key in _fields(table, model)]
    for table, text in _CLASSES.items():
        found += [
            Key(table, parameter.name, parameter.type, parameter.within)
            for parameter in parameters(_class(text)).values()
        ]
    return tuple(found)


def _fields(table: str, model: type[BaseModel]) -> list[Key]:
    """The keys of a table with a schema."""
    return [
        Key(table, field.alias or name, field.annotation, _range(field)) for name, field in model.model_fields.items()
    ]


def _range(field: FieldInfo) -> Within | None:
    return next((held for held in field.metadata if isinstance(held, Within)), None)


#: What may be of a kind, by the table that it stands in.
KINDS: Final = {
    "signals": kinds.SIGNALS,
    "policies": kinds.POLICIES,
    "overlays": kinds.OVERLAYS,
    "shocks": kinds.SHOCKS,
    "holdings": kinds.HOLDINGS,
    "when": kinds.TRIGGERS,
    "generator": kinds.GENERATORS,
}


@lru_cache(maxsize=128)
def of_kind(kind: str, table: str = "") -> tuple[Key, ...]:
    """The keys of what is of a kind: of any table that has the kind, unless one is named."""
    return tuple(
        Key("", _spelled(name, table), parameter.type, parameter.within) for name, parameter in _given(kind, table)
    )


@lru_cache(maxsize=128)
def needed(kind: str, table: str = "") -> tuple[Key, ...]:
    """The keys that a kind cannot do without."""
    return tuple(
        Key("", _spelled(name, table), parameter.type, parameter.within)
        for name, parameter in _given(kind, table)
        if parameter.default is inspect.Parameter.empty and name != "weights"
    )


def _given(kind: str, table: str) -> list[tuple[str, Any]]:
    known = KINDS[table] if table else next(those for those in KINDS.values() if kind in those)
    return list(parameters(_class(known[kind])).items())


def _spelled(name: str, table: str) -> str:
    return next((alias for alias, meant in ALIASES.items() if meant == name), name) if table == "shocks" else name


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
    return _of(key.type, key.within, draw)


def _of(kind: Any, within: Within | None, draw: random.Random) -> str:
    """A value of a type: tables and lists hold what their own types say."""
    if kind in _NAMES:
        return f'"{draw.choice(_NAMES[kind])}"'
    if get_origin(kind) is Annotated:
        within = next((held for held in get_args(kind)[1:] if isinstance(held, Within)), within)
    member = draw.choice([each for each in _members(_plain(kind)) if each is not type(None)])
    if member in _NAMES or get_origin(member) is Annotated:
        return _of(member, within, draw)
    origin, inner = get_origin(member), get_args(member)
    if origin is Literal:
        return _toml(draw.choice(inner))
    if inspect.isclass(member) and issubclass(member, BaseModel):
        return table(member, draw)
    if origin in (dict, Mapping):
        name = _of(inner[0], None, draw) if inner[0] in _NAMES else '"g"'
        return f"{{ {name} = {_of(inner[1], within, draw)} }}"
    if origin in (list, tuple, Sequence):
        return f"[{', '.join(_of(each, within, draw) for each in inner[: draw.choice((1, 2))] if each is not ...)}]"
    return _plainly(member, within, draw)


def _plainly(kind: Any, within: Within | None, draw: random.Random) -> str:
    if kind is bool:
        return draw.choice(("true", "false"))
    if kind is date:
        return draw.choice(_DAYS)
    if within is not None:
        return _inside(within, kind is int, draw)
    return draw.choice(('"A"', '"OWN"', '"vol"')) if kind is str else draw.choice(("1", "0.5", "2", "10", "0.01"))


def table(model: type[BaseModel], draw: random.Random) -> str:
    """A table with a schema, written in a line: what it needs, and some of the rest."""
    stated = [
        f"{key.name} = {right(key, draw)}"
        for key, field in zip(_fields("", model), model.model_fields.values(), strict=True)
        if field.is_required() or draw.random() < 0.3
    ]
    return f"{{ {', '.join(stated)} }}"


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
