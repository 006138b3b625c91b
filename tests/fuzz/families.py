"""Families of hostile input. Each draws a case: what it changes in the folder, and the command it then gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from .home import SCENARIO

RUN: Final = ("run", "small.toml", "--data", "data", "--quiet", "--out", "made")
_KEYS: Final = sorted(
    {
        *re.findall(r"^(\w+) =", SCENARIO, re.MULTILINE),
        *(
            "start",
            "end",
            "seed",
            "extends",
            "without",
            "title",
            "description",
            "assets",
            "prices",
            "delistings",
            "halts",
        ),
        *("assumed_adv", "waterfall", "lot", "stressed_haircut", "level", "fill", "size_at", "schedule", "sessions"),
        *("risk_aversion", "newer", "max_turnover", "annual_turnover", "max_cost_bps", "annual_cost_bps", "min_trade"),
        *("unfilled", "marks", "min_cash", "max_leverage", "allow_short", "min_liquid_share", "no_trade", "groups"),
        *("eta", "gamma", "delta", "half_life_days", "per_share", "min_commission", "borrow_bps", "by_asset"),
        *(
            "redemption_stress",
            "stressed_volume",
            "stressed_spread",
            "participation",
            "weights",
            "into",
            "to",
            "review",
        ),
        *("dates", "of", "share", "exit_ratio", "lookback", "every", "cash", "severity", "dispersion", "size", "days"),
        *(
            "remaining",
            "multiplier",
            "amount",
            "signals",
            "policies",
            "judge",
            "policy",
            "against",
            "draws",
            "placebos",
        ),
    }
)
_TABLES: Final = (
    *("scenario", "market", "portfolio", "portfolio.weights", "instruments.A", "execution", "bounds", "costs"),
    *("liquidity", "signals.month", "signals.vol", "signals.fear", "policies.passive", "policies.often"),
    *("policies.band", "policies.out", "shocks.0", "flows.0", "judge", "costs.by_asset.A", "bounds.groups.g"),
)
_HOSTILE: Final = (
    *("", "0", "-1", "1", "2", "nan", "inf", "-inf", "1e308", "-1e308", "5e-324", "1" + "0" * 30, "9" * 5000, "true"),
    *("[]", "{}", "[[]]", "[1, 2]", "['A', 'B']", "['month', 'vol']", "{A = 1}", "{CASH = 1}", "{A = 0.9999, B = 0.0}"),
    *("2024-01-10", "2024-02-30", "1999-01-01", "9999-12-31", "'2024-01-10'", "2024-01-10T10:00:00Z", "10:00:00"),
    *("unset", "None", "null", "''", "'\\u0000'", '"\\u0000"', '"\\u202e"', "'../../x'", "'/etc/passwd'", "'a/b'"),
    *("[" * 200 + "]" * 200, "[" * 3000, "{a = " * 100 + "1" + "}" * 100, "x" * 300, "é", "日本", "0x7f", "1_000"),
    *("[['2024-01-05', '2024-01-08']]", "{A = [['2024-01-05', '2024-01-08']]}", "'os:system'", "'json:loads'"),
    *("hold", "periodic", "de-risk", "threshold-band", "equal-weight", "calendar", "volatility", "threshold"),
    *("volatility-past", "volatility-hindsight", "published-status", "stress-forecast", "foresight", "saved-forecast"),
    *(
        "price-gap",
        "volume-collapse",
        "spread-widening",
        "month",
        "fear",
        "passive",
        "out",
        "A",
        "CASH",
        "twap",
        "open",
    ),
)


@dataclass(frozen=True)
class Case:
    """One hostile input.

    Attributes
    ----------
    words
        The command.
    files
        Content of files that differ from what was laid out.
    """

    words: tuple[str, ...] = RUN
    files: tuple[tuple[str, bytes], ...] = ()

    def lay(self, home: Path) -> None:
        """Write the files that differ."""
        for name, content in self.files:
            (home / name).write_bytes(content)


def numbers() -> st.SearchStrategy[str]:
    """Numbers of every size, as text."""
    whole = st.integers(-(10**12), 10**12).map(str)
    return whole | st.floats(width=64).map(repr) | st.floats(-2.0, 2.0).map(repr) | st.integers(-3, 70).map(str)


def texts() -> st.SearchStrategy[str]:
    """Text that is no key and no value."""
    return st.text(max_size=12) | st.text(alphabet="=.,:[]{}\"'\\#\n\t\0 ab1", max_size=12)


def values() -> st.SearchStrategy[str]:
    """What may stand behind an equals sign."""
    return st.sampled_from(_HOSTILE) | numbers() | texts()


def keys() -> st.SearchStrategy[str]:
    """Dotted keys: known ones, known ones out of place, and nonsense."""
    known = st.tuples(st.sampled_from(_TABLES), st.sampled_from(_KEYS)).map(".".join)
    stated = st.sampled_from([f"{table}.{key}" for table, key in _stated()])
    odd = st.sampled_from(["", ".", "a..b", "shocks.1.kind", "shocks.-1.kind", "flows", "x" * 500, ".".join("a" * 400)])
    return stated | stated | known | st.sampled_from(_TABLES) | odd | texts()


def _stated() -> list[tuple[str, str]]:
    found, table = [], ""
    for line in SCENARIO.splitlines():
        header = re.fullmatch(r"\[+([\w.]+)\]+", line)
        if header:
            table = header[1] + (".0" if header[1] in ("shocks", "flows") else "")
        elif "=" in line:
            found.append((table, line.partition(" =")[0]))
    return found


def settings() -> st.SearchStrategy[Case]:
    """``--set`` of one key or two."""
    one = st.tuples(keys(), values()).map("=".join) | texts()
    command = st.sampled_from([RUN, RUN, ("show", "small.toml")])
    return st.tuples(command, st.lists(one, min_size=1, max_size=2)).map(
        lambda drawn: Case((*drawn[0], *(word for text in drawn[1] for word in ("--set", text))))
    )


def tables() -> st.SearchStrategy[Case]:
    """One line of the scenario file replaced, or one more."""
    lines = SCENARIO.splitlines()
    line = st.tuples(st.sampled_from(_KEYS), values()).map(" = ".join) | texts() | st.sampled_from(lines)
    at = st.integers(0, len(lines) - 1)

    def made(drawn: tuple[int, str, bool]) -> Case:
        number, text, instead = drawn
        changed = [*lines[:number], text, *lines[number + instead :]]
        return Case(files=(("small.toml", "\n".join(changed).encode("utf-8", "surrogatepass")),))

    return st.tuples(at, line, st.booleans()).map(made)


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """Bytes cut short, emptied, flipped, doubled, spliced with others."""
    size = max(len(content), 1)
    at = st.integers(0, size - 1)
    other = st.sampled_from(
        [
            b"\0",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"\n",
            b",",
            b'"',
            b"\r\n",
            b"nan",
            b"-",
            b"1e400",
            b"[" * 3000,
            b"\xc3\x28",
        ]
    ) | st.binary(max_size=8)
    flip = st.tuples(at, st.integers(1, 255)).map(
        lambda drawn: content[: drawn[0]] + bytes([content[drawn[0]] ^ drawn[1]]) + content[drawn[0] + 1 :]
    )
    cut = at.map(lambda number: content[:number])
    spliced = st.tuples(at, other).map(lambda drawn: content[: drawn[0]] + drawn[1] + content[drawn[0] :])
    dropped = st.tuples(at, st.integers(1, 200)).map(lambda d: content[: d[0]] + content[d[0] + d[1] :])
    doubled = at.map(lambda number: content + content[number:])
    return flip | cut | spliced | dropped | doubled | st.sampled_from([b"", content[::-1]])


def toml() -> st.SearchStrategy[Case]:
    """The scenario file, damaged as bytes."""
    return damaged(SCENARIO.encode()).map(lambda content: Case(files=(("small.toml", content),)))


def table_of(path: str, home: Path) -> st.SearchStrategy[Case]:
    """A CSV file: damaged as bytes, or one of its cells, rows or headings replaced."""
    content = (home / path).read_text()
    rows = [line.split(",") for line in content.splitlines()]
    cell = st.sampled_from(
        [
            *(
                "",
                "nan",
                "inf",
                "-1",
                "0",
                "1e308",
                "1e-308",
                "abc",
                "1,5",
                '"',
                "2024-13-01",
                "01/02/2024",
                "20240105",
            ),
            *(
                "2024-01-07",
                "1700-01-01",
                "9999-12-31",
                "2024-01-05 09:30:00-05:00",
                "Close",
                "Date",
                "Adj_Close",
                "CASH",
            ),
        ]
    ) | texts().map(lambda text: text.replace("\n", " "))

    def replaced(drawn: tuple[int, int, str]) -> bytes:
        row, column, text = drawn
        copy = [list(one) for one in rows]
        copy[row][column % len(copy[row])] = text
        return "\n".join(",".join(one) for one in copy).encode("utf-8", "surrogatepass")

    def few(count: int) -> bytes:
        return "\n".join(",".join(one) for one in rows[:count]).encode()

    cells = st.tuples(st.integers(0, len(rows) - 1) | st.just(0), st.integers(0, 6), cell).map(replaced)
    kinds = cells | cells | damaged(content.encode()) | st.integers(0, 6).map(few)
    return kinds.map(lambda made: Case(files=((path, made),)))


def prices(home: Path) -> st.SearchStrategy[Case]:
    """A file of prices."""
    return table_of("data/prices/A.csv", home)


def series(home: Path) -> st.SearchStrategy[Case]:
    """A file of a series, or of the cash rate."""
    return table_of("data/VIX.csv", home) | table_of("data/own.csv", home) | table_of("data/rate.csv", home)


def shocks() -> st.SearchStrategy[Case]:
    """``--shock``."""
    kind = st.sampled_from(
        ["price-gap", "volatility", "volume-collapse", "spread-widening", "", "x", "os:system", "a.b:C"]
    )
    key = st.sampled_from(
        [
            *(
                "from",
                "to",
                "days",
                "assets",
                "severity",
                "dispersion",
                "size",
                "multiplier",
                "remaining",
                "series",
                "start",
            )
        ]
    )
    day = st.sampled_from(["2024-01-10", "2024-01-13", "2024-03-04", "1999-01-01", "2030-01-01", "9999-12-31", "soon"])
    part = st.tuples(key, values() | day).map("=".join) | texts()
    first = day.map(lambda text: f"from={text}")
    text = st.tuples(kind, first, st.lists(part, max_size=2)).map(lambda d: f"{d[0]}:{','.join([d[1], *d[2]])}")
    return (text | texts()).map(lambda one: Case((*RUN, "--shock", one)))


def grids() -> st.SearchStrategy[Case]:
    """``--grid``, ``--paths`` and their like, of a sweep."""
    span = st.tuples(
        numbers(), numbers(), st.sampled_from(["0", "1", "2", "3", "5"]), st.sampled_from(["", ":log", ":x"])
    )
    value = st.lists(values(), min_size=1, max_size=3).map(",".join) | span.map(lambda d: f"{d[0]}:{d[1]}:{d[2]}{d[3]}")
    usual = st.sampled_from(["policies.band.band=0.01,0.02", "execution.lag=0:2:3", "shocks.0.severity=0,1"])
    text = st.tuples(keys(), value).map("=".join) | usual | texts()
    options = st.sampled_from(
        [
            (),
            (),
            ("--paths", "1"),
            ("--paths", "-1"),
            ("--block", "0"),
            ("--chunk", "0"),
            ("--workers", "0"),
            ("--block", "9" * 30),
            ("--paths", "1", "--block", "3"),
            ("--paths", "x"),
        ]
    )
    command = ("sweep", "small.toml", "--data", "data", "--quiet", "--out", "made", "--workers", "1")
    return st.tuples(text, options).map(lambda drawn: Case((*command, "--grid", drawn[0], *drawn[1])))


def words() -> st.SearchStrategy[Case]:
    """Whole command lines: names of files and folders above all."""
    name = (
        st.sampled_from(
            [
                *(
                    ".",
                    "..",
                    "/",
                    "",
                    "small.toml",
                    "small.toml/x",
                    "data",
                    "x" * 256,
                    "a/" * 3000,
                    "a\nb",
                    "a\tb",
                    "a\x1bb",
                    "\udcff",
                ),
                *(
                    "/proc/x",
                    "/dev/null",
                    "/dev/null/x",
                    "/dev/full",
                    "-",
                    "--",
                    "~",
                    "a b",
                    "é",
                    "\x00",
                    "nul",
                    "../" * 50,
                ),
            ]
        )
        | texts()
    )
    run = name.map(lambda text: (*RUN[:-1], text))
    shown = name.map(lambda text: ("show", text))
    data = name.map(lambda text: ("run", "small.toml", "--quiet", "--out", "made", "--data", text))
    commands = st.sampled_from(["audit", "explain", "sweep", "run", "show", "verify", "check", "x"])
    other = st.tuples(commands, name.filter(bool), st.lists(name, max_size=2))  # without a name they run the default
    strange = other.map(lambda drawn: (drawn[0], drawn[1], *drawn[2]))
    studies = st.lists(name, max_size=2).map(lambda drawn: ("study", *drawn))
    return (run | run | shown | data | strange | studies).map(Case)


Family = Callable[[Path], st.SearchStrategy[Case]]
#: By name. The rest, which damage what commands have written themselves, are in ``kept.py``.
FAMILIES: Final[dict[str, Family]] = {
    "keys": lambda _: tables(),
    "toml": lambda _: toml(),
    "csv": prices,
    "series": series,
    "set": lambda _: settings(),
    "shock": lambda _: shocks(),
    "grid": lambda _: grids(),
    "words": lambda _: words(),
}


def family(name: str, home: Path) -> st.SearchStrategy[Case]:
    """The cases of a family, in a folder that is laid out."""
    made: Any = FAMILIES[name](home)
    return made
