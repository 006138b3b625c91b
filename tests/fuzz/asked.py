"""Commands as their own parsers have them: lines that run, and options drawn from those that each command has.

An option that is not in the tables below takes what its type says, so that new ones are tried by themselves.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from scenarios import kinds
from scenarios.cli import parser
from scenarios.configure import parameters
from scenarios.crises import crises
from scenarios.payments.terms import PaymentSystem
from scenarios.redemptions.asked import KINDS as TOOLS
from simulator.core import chain
from simulator.redemptions import Investors, Trigger

from . import draws, tables, text
from .families import TO, Case, Draw, setting, shock
from .home import ask
from .kept import other_json
from .text import damaged

_DAYS: Final = ("2024-01-22", "2024-02-12", "2024-03-01", "2024-04-01", "2024-04-08")
_OTHER_DAYS: Final = ("2024-01-13", "2024-01-02", "1999-01-01", "2030-01-01", "9999-12-31", "soon", "", "2024-02-30")
_WORDS: Final = (
    *("", "0", "-1", "1", "x", "nan", "inf", "1e308", "1e-308", "9" * 30, "9" * 5000, "-0", "1_0", "\u0661", "é"),
    *("\0", "\udcff", "\u202ex", "a\tb", "a\nb", "x" * 300, "../x", "/dev/null", "data", "small.toml", "a=b", "a:b:c"),
    *(":", ",", "=", "a=1,a=1", "[" * 300, "{}", "CASH", "A", "passive", "vol", "--", "1:2:3", "0:1:1e9", "1:0:2:log"),
)
PROPOSE: Final = ("propose", "small.toml", *TO, "--policy", "band", "--as-of", "2024-02-06")
_BOOK: Final = ("--policy", "band", "--journal", "rulings.jsonl")
BANKS: Final = ("study", "bank-stress", "--log", "log.csv", "--stress", "stress.csv", "--untuned", "--workers", "1")
_BRIEF: Final = ("--sizes", "1e5,1e6", "--delays", "0,2", "--fall", "0.02")
_PATHS: Final = (
    "sweep",
    "long.toml",
    "--data",
    "kept/ml/data",
    "--quiet",
    "--out",
    "made",
    "--workers",
    "1",
    "--paths",
    "2",
)
_SHARDS: Final = ("sweep", "small.toml", *TO, "--workers", "1", "--grid", "execution.lag=1,2")
_TOUGH: Final = ("stress", "small.toml", *TO, "--workers", "1", "--severity", "0,1")

#: Lines that run as they stand, by family.
LINES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "fit": (("fit", "long.toml", "--data", "kept/ml/data", "--quiet", "--out", "made", "--paths", "20"),),
    "stress": (
        (*_TOUGH, "--shock", "price-gap:size=-0.2"),
        (*_TOUGH, "--window", "dash-for-cash"),
        (*_TOUGH, "--shock", "market-fall:size=-0.1,days=5", "--reverse", "drawdown:0.1"),
    ),
    "paths": (*((*_PATHS, "--generator", kind) for kind in kinds.GENERATORS), (*_SHARDS, "--shard", "1/2")),
    "redemptions": (("redemptions", "small.toml", *TO, "--sessions", "8"),),
    "herd": (("herd", "small.toml", *TO, "--funds", "2", "--rounds", "8"),),
    "money": (("study", "money", "small.toml", *TO, "--policy", "out", *_BRIEF),),
    "liquidity": (("liquidity", "small.toml", *TO),),
    "rulings": (
        PROPOSE,
        ("approve", "proposal", "--by", "R. Officer", "--why", "within limits"),
        ("reject", "proposal", "--by", "R. Officer", "--why", "too large"),
        ("advance", "small.toml", *TO, "--to", "2024-03-01", *_BOOK),
        ("advance", "small.toml", *TO, "--to", "2024-03-01", *_BOOK),
        ("journal", "verify", "rulings.jsonl"),
    ),
    "trials": (("trials",), ("trials", "small"), ("run", "small.toml", *TO, "--no-tearsheets")),
    "pull": (("data", "pull", "fred", "DGS10", "--to", "made", "--pause", "0", "--quiet"),),
    "banks": ((*BANKS, "--quiet", "--out", "made"),),
    "inputs": (
        ("data", "check", "data/prices"),
        ("data", "check", "data/prices/A.csv", "--out", "made"),
        ("init", "made.toml", "--holdings", "held.csv", "--data", "data/prices", "--yes"),
        ("init", "made.toml", "--holdings", "owned.csv", "--data", "abroad", "--yes"),
    ),
}
#: Files that each family damages, besides the scenario.
_FILES: Final = {
    "pull": ("answer.csv",),
    "banks": ("log.csv", "stress.csv", "log.csv", "stress.csv", "positions.csv", "rates.csv"),
    "inputs": ("held.csv", "data/prices/A.csv", "owned.csv", "owned.csv", "abroad/fx/EURUSD.csv"),
    "herd": ("data/prices/A.csv",),
    "fit": ("kept/ml/data/prices/A.csv",),
    "paths": ("kept/ml/data/prices/A.csv",),
    "liquidity": ("table.csv",),
}
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "--policy": ("passive", "band", "out", "out"),
    "--policies": ("passive,band", "band", "out,out"),
    "--lead": ("band", "out"),
    "--signal": ("fear", "vol", "month"),
    "--date": _DAYS,
    "--as-of": _DAYS,
    "--to": _DAYS,
    "--at": _DAYS,
    "--start": _DAYS,
    "--from": ("2023-01-02", "2023-01-04"),
    "--until": ("2023-06-30", "2023-01-04"),
    "--journal": ("rulings.jsonl", "other.jsonl"),
    "--head": ("0" * 64, "f" * 64),
    "--by": ("R. Officer", "<b>é"),
    "--why": ("within limits", "日本"),
    "--override": ("A=10", "B=-5", "A=1e12", "B=-1e12"),
    "--severity": ("0,1", "0:2:2", "1"),
    "--window": tuple(crises()),
    "--reverse": ("coverage", "unmet-redemption:0.1", "unpaid", "drawdown:0.05", "loss:0.1", "days-to-cash:9", "ruin"),
    "--sizes": ("1e4:1e6:2:log", "1e5", "1e3,1e9"),
    "--delays": ("0,1,2", "0,5", "3"),
    "--fall": ("0.01", "0.03", "0.5"),
    "--size": ("1e6", "1e5,1e8", "1e12"),
    "--funds": ("1", "2", "3"),
    "--rounds": ("1", "5", "20"),
    "--thinning": ("0", "1", "30"),
    "--sessions": ("1", "5", "20"),
    "--draws": ("1", "2", "6"),
    "--paths": ("20", "21"),
    "--block": ("1", "5", "63"),
    "--hours": ("07:00-18:00", "00:00-24:00", "8-9", "18:00-07:00"),
    "--central-bank": ("CB", "B01"),
    "--positions": ("positions.csv", "log.csv"),
    "--rates": ("rates.csv", "positions.csv"),
    "--system": ("banks=8,stressed=4,sessions=420,payments=12",),
    "--systems": ("0",),
    "--workers": ("1",),
    "--pause": ("0",),
    "--last": ("0", "3", "40"),
    "--value": ("1e6", "5"),
    "--cash-rate": ("0.02", "-0.01"),
    "--shock": ("price-gap:size=-0.2", "volume-collapse:remaining=0.1,days=5", "flash-crash", "halt:days=3"),
    "--out": ("made", "made.deeper", "é"),
    "--plugins": ("data",),
}
#: What would take hours, or leave this machine.
_LEFT_OUT: Final = ("--help", "--pdf", "--backend", "--address", "--fresh")
#: Numbers that are right, and too many for a case.
_DEAR: Final = ("--paths", "--draws", "--funds", "--systems", "--workers", "--pause")


def furnish(home: Path) -> None:
    """Lay out what the lines read: a payment log, holdings, a proposal, rulings on it, a journal of trials."""
    (home / "held.csv").write_text("ticker,weight\nA,0.5\nB,0.3\nCASH,0.2\n")
    (home / "answer.csv").write_text("observation_date,DGS10\n2023-01-02,\n2023-01-03,3.79\n2023-01-04,3.69\n")
    (home / "data" / "table.csv").write_text("ticker,class,level,sector,lot\nA,equity,,Tech,1\nB,bond,2A,Credit,\n")
    furnish_abroad(home)
    furnish_banks(home)
    for words in (PROPOSE, ("approve", "made", *LINES["rulings"][1][2:], "--journal", "rulings.jsonl")):
        answer = ask(words)
        assert answer.status == 0, answer.err
    shutil.move(home / "made", home / "kept" / "proposal")
    shutil.move(home / "rulings.jsonl", home / "kept" / "rulings.jsonl")
    assert ask(LINES["trials"][-1]).status == 0
    shutil.move(home / "trials", home / "kept" / "trials")


def furnish_abroad(home: Path) -> None:
    """Holdings in two currencies, their prices, and the rate between them."""
    (home / "owned.csv").write_text("ticker,shares,currency\nA,100,USD\nB,50,EUR\nCASH,1000,USD\n")
    (home / "abroad" / "fx").mkdir(parents=True)
    for name in "AB":
        shutil.copy(home / "data" / "prices" / f"{name}.csv", home / "abroad")
    days = pd.bdate_range("2024-01-02", periods=70)
    rates = "".join(f"{day:%Y-%m-%d},{1.1 + 0.01 * (number % 7):.4f}\n" for number, day in enumerate(days))
    (home / "abroad" / "fx" / "EURUSD.csv").write_text(f"Date,Close\n{rates}")


def furnish_banks(home: Path, names: Sequence[str] = ("B01", "B02", "B03", "B04", "B05", "CB")) -> None:
    """Five banks that pay one another over 90 days, three of them under stress once."""
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2010-01-04", periods=90)
    pairs = [(payer, payee) for payer in names for payee in names if payer != payee][:26]
    rows = [
        f"{day:%Y-%m-%d} {8 + number % 9:02d}:{number:02d}:00,{payer},{payee},{rng.integers(100, 9000)},customer"
        for day in days
        for number, (payer, payee) in enumerate(pairs)
    ]
    (home / "log.csv").write_text("\n".join(["time,payer,payee,amount,type", *rows, ""]))
    spans = ("2010-04-20,2010-04-28", "2010-04-12,2010-04-20", "2010-04-26,2010-05-04")
    spells = [f"{name},{span},3" for name, span in zip(names, spans, strict=False)]
    (home / "stress.csv").write_text("\n".join(["bank,from,to,code", *spells, ""]))
    (home / "rates.csv").write_text("".join(["date,rate\n", *(f"{day:%Y-%m-%d},0.005\n" for day in days)]))
    held = [f"{day:%Y-%m-%d},{name},{rng.integers(1000, 9000)},200,180,100" for day in days for name in names[:5]]
    heading = "date,bank,opening_balance,collateral_before,collateral_after,minimum_reserve"
    (home / "positions.csv").write_text("\n".join([heading, *held, ""]))


def _drawn(name: str) -> Draw:
    def draw_case(draw: random.Random, home: Path) -> Case:
        line = draw.choice(LINES[name])
        files, copies = _laid(name, draw, home)
        return Case((*line, *_options(line, draw)), files, copies)

    return draw_case


def _laid(name: str, draw: random.Random, home: Path) -> tuple[Any, Any]:
    """What differs in the folder: nothing, the scenario, or a file that the family reads."""
    copies = {"rulings": (("proposal", "proposal"),), "trials": (("trials", "trials"),)}.get(name, ())
    files: dict[str, bytes | None] = {}
    if name == "rulings":
        files["rulings.jsonl"] = _journal((home / "kept" / "rulings.jsonl").read_bytes(), draw)
        if draw.random() < 0.15:
            files["proposal/proposal.json"] = other_json((home / "kept/proposal/proposal.json").read_bytes(), draw)
    elif name == "trials":
        files["trials/small.jsonl"] = _journal((home / "kept" / "trials" / "small.jsonl").read_bytes(), draw)
    elif name in _FILES and draw.random() < 0.4:
        path = draw.choice(_FILES[name])
        where = path if (home / path).exists() else f"data/{path}"
        files[where] = tables.table((home / where).read_text(), draw)
    if draw.random() < 0.3:
        files["small.toml"] = text.changed(draw).encode("utf-8", "surrogatepass")
    return tuple(files.items()), copies


def _journal(content: bytes, draw: random.Random) -> bytes:
    """A journal as it is, damaged, or with a value of an entry of another kind and its chain made right again."""
    chance = draw.random()
    if chance < 0.4:
        return content
    if chance < 0.6:
        return damaged(content, draw)
    entries = [json.loads(line) for line in content.splitlines()]
    at = draw.randrange(len(entries))
    entries[at] = json.loads(other_json(json.dumps(entries[at]).encode(), draw))
    previous, lines = chain.GENESIS, []
    for number, entry in enumerate(entries, start=1):
        whole = {**entry, "number": number, "previous": previous} if isinstance(entry, dict) else {}
        whole.pop("hash", None)
        try:
            whole = chain.linked(whole, number, previous)
            lines.append(chain.line_of(whole))
        except (ValueError, TypeError):
            return content
        previous = whole["hash"]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def _options(line: Sequence[str], draw: random.Random) -> list[str]:
    """Up to three options that the command has."""
    actions = [action for action in _parser_of(line)._actions if not set(action.option_strings) & set(_LEFT_OUT)]
    words: list[str] = []
    for action in draw.choices(actions, k=draw.choice((0, 1, 1, 2, 3))):
        words += _stated(action, line, draw)
    return words


def _parser_of(line: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command or of its own action."""
    at: argparse.ArgumentParser = parser()
    for word in line:
        inner = next((action for action in at._actions if isinstance(action, argparse._SubParsersAction)), None)
        if inner is None or word not in inner.choices:
            return at
        at = inner.choices[word]
    return at


def _stated(action: argparse.Action, line: Sequence[str], draw: random.Random) -> list[str]:
    """An option with its value; a positional one as a word more."""
    name = action.option_strings[-1] if action.option_strings else ""
    if action.nargs == 0:
        return [name]
    if not name:
        return [draw.choice(_WORDS)] if draw.random() < 0.1 else []
    if draw.random() < 0.15:
        word = draw.choice(_WORDS)
        return [] if name in _DEAR and _is_large(word) else [f"{name}={word}"]
    return [f"{name}={_value(name, action, line, draw)}"]


def _is_large(word: str) -> bool:
    """Whether a word is a number that a command may rightly take hours over."""
    try:
        return 20 < float(word) < 1e12
    except ValueError:
        return False


def _value(name: str, action: argparse.Action, line: Sequence[str], draw: random.Random) -> str:
    made: dict[str, Callable[[random.Random], str]] = {
        "--set": setting,
        "--generator": lambda draw: _keyed(draw.choice(tuple(draws.KINDS["generator"])), draw),
        "--investors": lambda draw: _of_class(draw.choice(("retail", "x")), Investors, draw),
        "--tool": lambda draw: _of_class(kind := draw.choice(tuple(TOOLS)), TOOLS[kind], draw, Trigger),
        "--system": lambda draw: _of_class("", PaymentSystem, draw).removeprefix(":"),
        "--shock": shock if line[0] != "stress" else lambda draw: draw.choice(_VALUES["--shock"]),
    }
    if name in made:
        return made[name](draw)
    if name == "--to" and line[0] == "data":
        return "made"
    if action.choices:
        return str(draw.choice([*action.choices]))
    days = draw.random() < 0.3 and _VALUES.get(name) == _DAYS
    fallback = ("1", "2", "0.5") if action.type in (int, float) else _WORDS
    return draw.choice(_OTHER_DAYS if days else _VALUES.get(name, fallback))


def _keyed(kind: str, draw: random.Random) -> str:
    """A generator with some of its keys."""
    keys = draws.of_kind(kind, "generator")
    return _written(kind, draw.sample(keys, k=min(len(keys), draw.choice((0, 0, 1, 2)))), draw)


def _of_class(name: str, cls: Any, draw: random.Random, *more: Any) -> str:
    """A class of investors, a tool or a system with some of its keys."""
    keys = [
        draws.Key("", key, parameter.type, parameter.within)
        for each in (cls, *more)
        for key, parameter in parameters(each).items()
        if key != "trigger"
    ]
    stated = [key for key in keys if key.name == "share" and draw.random() < 0.9]
    return _written(name, [*stated, *draw.sample(keys, k=min(len(keys), draw.choice((0, 1, 2))))], draw)


def _written(kind: str, keys: Sequence[draws.Key], draw: random.Random) -> str:
    said = [
        f"{key.name}={'1' if key.name == 'share' and draw.random() < 0.8 else draws.value(key, draw)}" for key in keys
    ]
    return f"{kind}:{','.join(said)}" if said else kind


ASKED: Final[dict[str, Draw]] = {name: _drawn(name) for name in LINES}
