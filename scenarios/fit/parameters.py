"""What a generator estimated, as tables: read from its plain figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.fit import Table
from reports.text import bps, integer, percent, plain

_HEADS = {
    "alpha": "alpha",
    "beta": "beta",
    "gamma": "gamma",
    "mean_a_year": "Mean a year",
    "volatility_a_year": "Volatility a year",
    "jump_mean": "Mean of a jump",
    "jump_volatility": "Volatility of a jump",
}


def tables(figures: Mapping[str, Any], assets: Sequence[str]) -> Iterator[Table]:
    """One for each kind of parameter there is."""
    if "regimes" in figures:
        yield from _regimes(figures)
    if "assets" in figures:
        yield _by_asset(figures["assets"])
    for key, title in (("correlation", "Correlations"), ("jump_correlation", "Correlations of jumps")):
        if key in figures:
            yield _matrix(title, figures[key], assets)
    single = {
        "block": ("Sessions of a block", integer),
        "dof": ("Degrees of freedom", plain),
        "jumps_a_year": ("Jumps a year", plain),
    }
    rows = [(title, show(figures[key])) for key, (title, show) in single.items() if figures.get(key) is not None]
    if figures.get("dcc"):
        rows += [(f"DCC {name}", plain(value, 4)) for name, value in figures["dcc"].items()]
    if rows:
        yield Table("Of all assets", ("", ""), rows)


def _regimes(figures: Mapping[str, Any]) -> Iterator[Table]:
    regimes = figures["regimes"]
    head = ["", "Share of sessions", "Sessions at a time", "Degrees of freedom"]
    yield Table(
        "Regimes",
        head,
        [
            (regime["name"], percent(regime["share"]), integer(regime["sessions_at_a_time"]), plain(regime["dof"], 1))
            for regime in regimes
        ],
    )
    names = [regime["name"] for regime in regimes]
    moves = [
        (name, *(percent(share, 2) for share in row)) for name, row in zip(names, figures["transition"], strict=True)
    ]
    yield Table("From one session to the next: from the row to the column", ["", *names], moves)
    shown = (
        ("mean_a_year", "Mean a year", percent),
        ("volatility_a_year", "Volatility a year", percent),
        ("volume_over_usual", "Volume over the usual", plain),
        ("half_spread_bps", "Half-spread, bp", bps),
        ("range_bps", "High over low, bp", bps),
    )
    for key, title, show in shown:
        if regimes[0][key] is not None:
            rows = [(name, *(show(regime[key][name]) for regime in regimes)) for name in regimes[0][key]]
            yield Table(title, ["", *names], rows)
    for regime in regimes:
        yield _matrix(f"Correlations, {regime['name']}", regime["correlation"], list(regime["mean_a_year"]))


def _by_asset(assets: Mapping[str, Mapping[str, float]]) -> Table:
    keys = list(next(iter(assets.values())))
    rows = [
        (name, *(plain(asset[key], 4) if key in ("alpha", "beta", "gamma") else percent(asset[key], 2) for key in keys))
        for name, asset in assets.items()
    ]
    return Table("By asset", ["", *(_HEADS[key] for key in keys)], rows)


def _matrix(title: str, matrix: Sequence[Sequence[float]], names: Sequence[str]) -> Table:
    rows = [(name, *(plain(value) for value in row)) for name, row in zip(names, matrix, strict=True)]
    return Table(title, ["", *names], rows)
