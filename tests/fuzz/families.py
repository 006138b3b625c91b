"""Families of hostile input. Each draws a case: what it changes in the folder, and the command it then gives.

Draws are mostly plausible (``draws.py``), so that cases die at every depth, and a good share of them not at all.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hypothesis import strategies as st

from scenarios import kinds

from . import draws, tables, text
from .home import SCENARIO

TO: Final = ("--data", "data", "--quiet", "--out", "made")
RUN: Final = ("run", "small.toml", *TO)


@dataclass(frozen=True)
class Case:
    """One hostile input.

    Attributes
    ----------
    words
        The command.
    files
        Content of files that differ from what was laid out; ``None`` for one that is gone.
    copies
        Folders under ``kept`` that are copied, and to where, before files differ.
    """

    words: tuple[str, ...] = RUN
    files: tuple[tuple[str, bytes | None], ...] = ()
    copies: tuple[tuple[str, str], ...] = ()

    def lay(self, home: Path) -> None:
        """Write what differs."""
        for source, target in self.copies:
            shutil.copytree(home / "kept" / source, home / target)
        for name, content in self.files:
            path = home / name
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)


Draw = Callable[[random.Random, Path], Case]


def _command(draw: random.Random) -> tuple[str, ...]:
    """A run, nearly always: what reads a scenario otherwise stops earlier, or takes longer."""
    chance = draw.random()
    if chance < 0.80:
        return (*RUN, "--no-tearsheets") if chance < 0.4 else RUN
    if chance < 0.88:
        return ("show", "small.toml")
    if chance < 0.94:
        return ("check", "small.toml", "--data", "data")
    if chance < 0.97:
        return ("sweep", "small.toml", *TO, "--workers", "1", "--grid", "execution.lag=1,2")
    return ("audit", "small.toml", *TO, "--cuts", "1")


def scenario(draw: random.Random, _: Path) -> Case:
    """The scenario file with a key or a table stated, changed or taken out."""
    return Case(_command(draw), (("small.toml", text.changed(draw).encode("utf-8", "surrogatepass")),))


def toml(draw: random.Random, _: Path) -> Case:
    """The scenario file as bytes: damaged, or written otherwise and meaning the same."""
    content = text.harmless(SCENARIO, draw) if draw.random() < 0.4 else text.damaged(SCENARIO.encode(), draw)
    return Case(_command(draw), (("small.toml", content),))


def prices(draw: random.Random, home: Path) -> Case:
    """A file of prices with one thing changed."""
    return _with_table("data/prices/A.csv", draw, home)


def series(draw: random.Random, home: Path) -> Case:
    """A file of a series, or of the cash rate."""
    return _with_table(draw.choice(("data/VIX.csv", "data/own.csv", "data/rate.csv")), draw, home)


def _with_table(path: str, draw: random.Random, home: Path) -> Case:
    return Case(_command(draw), ((path, tables.table((home / path).read_text(), draw)),))


def settings(draw: random.Random, _: Path) -> Case:
    """``--set`` of one key or two."""
    words = [word for _ in range(draw.choice((1, 1, 2))) for word in ("--set", setting(draw))]
    return Case((*_command(draw), *words))


def setting(draw: random.Random) -> str:
    """A key and its value: one of the file's, one of a list, or nonsense."""
    chance = draw.random()
    if chance < 0.05:
        return "".join(draw.choices("=.,:[]{}\"'\\#\n\t ab1é", k=draw.randrange(12)))
    if chance < 0.10:
        path = draw.choice(
            ("", ".", "a..b", "shocks.1.kind", "shocks.-1.kind", "flows", "x" * 500, ".".join("a" * 400))
        )
        return f"{path}={draws.value(draw.choice(draws.keys()), draw)}"
    if chance < 0.2:
        path = draw.choice(
            ("portfolio.weights.A", "bounds.max_weight.A", "costs.by_asset.A.gamma", "instruments.B.lot")
        )
        return f"{path}={draw.choice(('0.5', '0.9', '0', '-0.2', '1', '100', 'nan', 'unset'))}"
    key = draw.choice(draws.keys())
    return f"{key.path}={'unset' if chance > 0.95 else draws.value(key, draw)}"


_SHOCKS: Final = {
    "price-gap": ("size=-0.2", "size=0.1", "size=-0.95"),
    "volatility": ("multiplier=2", "multiplier=10"),
    "volume-collapse": ("remaining=0.1", "remaining=0.001", "remaining=0"),
    "spread-widening": ("multiplier=3", "multiplier=1000"),
}
_COMMON: Final = (
    *("days=5", "days=1", "to=2024-03-01", "severity=0", "severity=0.5", "severity=2", "severity=30", "dispersion=0.3"),
    *(
        "days=0",
        "to=2023-01-01",
        "severity=-1",
        "assets=A",
        "assets=[A,B]",
        "assets=Z",
        "series={VIX=2}",
        "days=100000",
    ),
)
_DAYS: Final = ("2024-01-22", "2024-02-12", "2024-03-01", "2024-04-01")
_OTHER_DAYS: Final = ("2024-01-13", "2024-04-08", "1999-01-01", "2030-01-01", "9999-12-31", "soon", "", "2024-02-30")


def shocks(draw: random.Random, _: Path) -> Case:
    """``--shock``, once or twice."""
    given = [word for _ in range(draw.choice((1, 1, 2))) for word in ("--shock", shock(draw))]
    return Case((*(RUN if draw.random() < 0.8 else _command(draw)), *given))


def shock(draw: random.Random) -> str:
    """A shock as the command line writes it."""
    kind = draw.choice(tuple(_SHOCKS)) if draw.random() < 0.95 else draw.choice(("", "x", "os:system", "a.b:C"))
    day = draw.choice(_DAYS if draw.random() < 0.88 else _OTHER_DAYS)
    parts = [f"from={day}"]
    parts += draw.choices((*_COMMON, *_SHOCKS.get(kind, ())), k=draw.randrange(3))
    if draw.random() < 0.1:
        key = draw.choice(draws.of_kind(draw.choice(tuple(kinds.SHOCKS)), "shocks"))
        parts.append(f"{key.name}={draws.value(key, draw)}")
    return f"{kind}:{','.join(dict.fromkeys(parts))}"


_AXES: Final = (
    *("policies.band.band=0.01,0.02", "execution.lag=0:2:3", "execution.lag=1,2", "signals.vol.enter=0.1,0.3"),
    *(
        "bounds.max_weight=0.6,0.9",
        "costs.half_spread_bps=0:20:2",
        "costs.eta=0.01:1:2:log",
        "policies.out.share=0.5,1",
    ),
    *("portfolio.waterfall=most-liquid,pro-rata", "execution.fill=open,close", "scenario.start=2024-01-22,2024-02-01"),
    *("policies.band.trigger=month,fear", "portfolio.weights.A=0.4,0.5", "signals.month.every=5,10"),
)
_OPTIONS: Final = (
    *((), (), (), ("--paths", "1"), ("--paths", "2", "--block", "5"), ("--chunk", "1"), ("--paths", "-1")),
    *(("--block", "0"), ("--chunk", "0"), ("--workers", "0"), ("--block", "9" * 30), ("--paths", "x"), ("--restart",)),
)


def grids(draw: random.Random, _: Path) -> Case:
    """``--grid``, ``--paths`` and their like, of a sweep."""
    words = [word for _ in range(draw.choice((1, 1, 1, 2))) for word in ("--grid", axis(draw))]
    return Case(("sweep", "small.toml", *TO, "--workers", "1", *words, *draw.choice(_OPTIONS)))


def axis(draw: random.Random) -> str:
    """A key and its values."""
    chance = draw.random()
    if chance < 0.65:
        return draw.choice(_AXES)
    key = draw.choice(draws.keys())
    if chance < 0.85:
        return f"{key.path}={','.join(draws.value(key, draw) for _ in range(draw.choice((1, 2))))}"
    first, last = draw.choice(("0", "1", "0.1", "-1", "nan", "1e308")), draw.choice(("1", "2", "0.1", "1e9", "inf"))
    count, spacing = draw.choice(("2", "1", "0", "-1", "3", "1e9")), draw.choice(("", "", ":log", ":x"))
    return f"{key.path}={first}:{last}:{count}{spacing}"


_PLACES: Final = (
    *("made", "made/deeper", "a b", "é", "x.html", "日本", "made.", "-x", "a'b", "..made", ".made"),
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
    *("/proc/x", "/dev/null", "/dev/null/x", "/dev/full", "-", "--", "\x00", "kept/run", "kept/sweep", "kept"),
)
_STUDIES: Final = (*("early-warning", "stress-forecast", "augmentation", "transfer", "robustness", "drift", "x", ""),)
_NAMES: Final = (
    "etf-core",
    "us-large-caps",
    "crunch-2008",
    "stress-signals",
    "redemption-run",
    "small.toml",
    "small",
    "",
)


def command_lines(draw: random.Random, _: Path) -> Case:
    """Whole command lines: names of files, folders, policies and dates above all."""
    place = draw.choice(_PLACES[:11] if draw.random() < 0.6 else _PLACES)
    name = draw.choice(_NAMES if draw.random() < 0.8 else _PLACES)
    day = draw.choice((*_DAYS, *_OTHER_DAYS))
    policy = draw.choice(("passive", "band", "out", "x", "", "../x"))
    lines: tuple[tuple[str, ...], ...] = (
        ("run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out", place),
        ("run", "small.toml", "--data", "data", "--quiet", "--out", place),
        ("run", "small.toml", "--quiet", "--out", "made", "--data", draw.choice(("data", "data/prices", place))),
        ("sweep", "small.toml", "--data", "data", "--quiet", "--grid", "execution.lag=1,2", "--out", place),
        ("show", name),
        ("show", name),
        ("list",),
        ("check", draw.choice(("data", "data/prices", "small.toml", place)), "--data", "data"),
        ("check", "data/prices", "--prices", draw.choice(("raw", "adjusted", "split-adjusted", "x"))),
        ("verify", draw.choice(("kept/run", "kept/sweep", "kept/ml/models/stress", "data", place))),
        ("tearsheet", draw.choice(("kept/sweep", "data", place)), policy),
        ("explain", "small.toml", "--data", "data", "--quiet", "--out", "made", "--date", day),
        (
            "study",
            draw.choice(_STUDIES),
            "--data",
            draw.choice(("data", place, "kept/study")),
            "--quiet",
            "--out",
            "made",
        ),
        ("audit", "small.toml", *TO, "--cuts", draw.choice(("1", "0", "-1", "x", "9" * 30))),
        (draw.choice(("--version", "x", "run", "--help", "study")), *draw.choice(((place,), ("small.toml", place)))),
    )
    return Case(draw.choice(lines))


FAMILIES: dict[str, Draw] = {
    "keys": scenario,
    "toml": toml,
    "csv": prices,
    "series": series,
    "set": settings,
    "shock": shocks,
    "grid": grids,
    "words": command_lines,
}


def family(name: str, home: Path) -> st.SearchStrategy[Case]:
    """The cases of a family, in a folder that is laid out: one a seed that hypothesis draws."""
    draw = _all()[name]
    return st.integers(0, 2**64 - 1).map(lambda number: draw(random.Random(f"{name} {number}"), home))


def names() -> list[str]:
    """Of all families."""
    return list(_all())


def _all() -> dict[str, Draw]:
    from .asked import ASKED
    from .kept import KEPT

    return {**FAMILIES, **KEPT, **ASKED}
