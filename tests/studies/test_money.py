"""``undertow study money``: every point is an ordinary run, and what it says follows from its figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenarios.build import build
from scenarios.cli import main
from scenarios.load import load
from scenarios.runner import replay
from scenarios.study.money.answer import falls_below, sum_text
from scenarios.study.money.command import QUESTIONS as OFFERED
from scenarios.study.money.delay import at_cost
from scenarios.study.money.replays import Asked, Replays
from scenarios.study.money.run import QUESTIONS
from scenarios.study.money.warnings import BenchmarkFall, as_panel, falls, planted, spells, warned
from scenarios.study.money.worth import worth
from simulator.metrics import policy_metrics
from tests.sweeping import write_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small scenario."""
    folder = tmp_path_factory.mktemp("money")
    write_small(folder)
    return folder


def _study(home: Path, name: str, *more: str) -> dict[str, Any]:
    out = home / name
    asked = [str(home / "small.toml"), "--data", str(home / "data"), "--quiet", "--out", str(out), *more]
    assert main(["study", "money", *asked]) == 0
    assert (out / "index.html").is_file()
    found: dict[str, Any] = json.loads((out / "metrics.json").read_text())
    return found


def _plain(home: Path, policy: str, *settings: str) -> dict[str, Any]:
    """The figures of an ordinary run."""
    scenario = build(load(str(home / "small.toml"), settings), home / "data")
    return dict(policy_metrics(replay(scenario).results[policy]))


def test_a_point_of_capacity_is_an_ordinary_run_to_the_bit(home: Path) -> None:
    found = _study(home, "capacity", "--ask", "capacity", "--sizes", "1e6,3e8")["capacity"]
    for policy in ("passive", "threshold", "volatility"):
        for point in found["policies"][policy]["points"]:
            plain = _plain(home, policy, f"scenario.initial_cash={point['size']!r}")
            for key in ("sharpe", "cagr", "max_drawdown", "cost_bps_annual", "coverage_min", "final_nav"):
                assert point[key] == plain[key], (policy, key)


def test_a_book_too_large_to_be_invested_is_said_to_be(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A book of 1e12 takes a tenth of each day's volume and is in cash for most of the run: that is no capacity."""
    found = _study(home, "large", "--ask", "capacity", "--sizes", "1e6,1e12", "--policy", "threshold")["capacity"]
    cap = build(load(str(home / "small.toml"), ["scenario.initial_cash=1e12"]), home / "data")
    daily = replay(cap).results["threshold"].daily
    small, large = found["policies"]["threshold"]["points"]
    assert large["invested"] == pytest.approx(1.0 - float(np.mean(daily["cash"] / daily["nav"])), abs=1e-12)
    assert small["invested"] - large["invested"] > 0.05
    assert "held out of the market by what can be traded" in capsys.readouterr().out
    assert "held out of the market" in (home / "large" / "index.html").read_text()


def test_a_delay_is_a_plain_run_with_that_lag(home: Path) -> None:
    found = _study(home, "delay", "--ask", "delay", "--delays", "0,4", "--policy", "volatility")["delay"]
    assert [point["delay"] for point in found["points"]] == [0, 1, 4]
    for point in found["points"]:
        lag = f"execution.lag={point['delay']}"
        own, rival = _plain(home, "volatility", lag)["sharpe"], _plain(home, "passive", lag)["sharpe"]
        assert (point["sharpe"], point["benchmark_sharpe"]) == (own, rival)
        assert point["against_benchmark"]["value"] == pytest.approx(own - rival, abs=1e-12)
    first = found["points"][1]
    assert first["change"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    dear = _plain(home, "volatility", "execution.lag=4", *_dear(2.0))["sharpe"]
    dear -= _plain(home, "passive", "execution.lag=4", *_dear(2.0))["sharpe"]
    assert found["by_cost"]["2 x"][2] == pytest.approx(dear, abs=1e-12)
    assert found["by_participation"]["0.2 of volume"][2] == pytest.approx(
        found["points"][2]["against_benchmark"]["value"], abs=1e-12
    )


def _dear(times: float) -> tuple[str, ...]:
    """The usual costs, so many times."""
    usual = {"half_spread_bps": 2.0, "eta": 0.142, "gamma": 0.314}
    return tuple(f"costs.{key}={value * times!r}" for key, value in usual.items())


def test_costs_are_multiplied_by_asset_too_and_rates_are_not(home: Path) -> None:
    stated = ("costs.by_asset.A.half_spread_bps=10.0", "costs.by_asset.A.borrow_bps=300.0", "costs.borrow_bps=20.0")
    file = load(str(home / "small.toml"), stated)
    assert at_cost(file, 1.0) == ()
    assert set(at_cost(file, 3.0) or ()) == {*_dear(3.0), 'costs.by_asset."A".half_spread_bps=30.0'}


def test_nothing_is_replayed_or_computed_twice(home: Path) -> None:
    replays = Replays(Asked(str(home / "small.toml"), home / "data"))
    one = replays.of("passive")
    assert replays.of("passive", ("scenario.initial_cash=1000000",)) is one, "the size it has anyway"
    assert replays.of("passive", ("signals.vol.enter=0.3",)) is one, "a signal it does not read"
    assert replays.made == 1
    assert replays.of("volatility", ("signals.vol.enter=0.3",)) is not replays.of("volatility")
    assert replays.made == 3
    assert replays.panel("vol") is replays.panel("vol", ("execution.lag=2",))


def test_a_curve_falls_below_a_level_where_a_straight_line_says() -> None:
    assert falls_below([1, 2, 3], [1.0, 0.5, -0.5]) == ("once", 2.5)
    assert falls_below([1.0, 100.0], [1.0, -1.0], logs=True).at == pytest.approx(10.0)
    assert falls_below([1, 2, 3], [3.0, 2.0, 1.5], 1.0).kind == "never"
    assert falls_below([1, 2], [-1.0, -2.0]).kind == "always"
    assert falls_below([1, 2, 3], [1.0, -1.0, 1.0]).kind == "mixed"
    assert falls_below([1, 2, 3], [-1.0, 1.0, -1.0]).kind == "mixed"
    assert falls_below([1, 2, 3], [1.0, None, -1.0]) == ("once", 2.0)
    assert falls_below([1], [float("nan")]).kind == "unknown"
    assert [sum_text(value) for value in (950e3, 1e8, 1.234e9, 999.99e6)] == ["950k", "100m", "1.23bn", "1bn"]


def test_falls_and_warnings_by_hand() -> None:
    levels = np.array([1.0, 1.1, 1.0, 0.98, 0.9, 1.0, 1.02, 1.1, 1.0, 0.97, 0.96])
    first, second = falls(levels, 0.10)
    assert first == (1, 3, 4), "0.98 is the first close below 0.99; 1.0 is a ninth above 0.9, and ends the fall"
    assert second == (7, 9, 10)
    assert falls(levels, 0.5) == []
    state = np.array([0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0], bool)
    assert spells(state) == [(2, 3), (6, 6)]
    assert warned(state, [first, second], ahead=1) == (2, [1, 3], 0)
    assert warned(state, [first, second], ahead=0) == (2, [1], 1), "on before the second peak alone: a false alarm"


def test_planted_warnings_cover_falls_and_no_more_than_asked() -> None:
    met = [BenchmarkFall(200, 205, 210)]
    alone = planted(600, met, 5, 0, np.random.default_rng(1))
    assert spells(alone) == [(195, 210)]
    assert spells(planted(600, met, -5, 0, np.random.default_rng(1))) == [(205, 210)]
    more = planted(600, met, 5, 4, np.random.default_rng(1))
    assert np.array_equal(more[95:211], alone[95:211])
    assert 21 < (more & ~alone).sum() <= 4 * 21
    seen = warned(more, met)
    assert (seen.falls, seen.leads) == (1, [10])
    assert 1 <= seen.false_alarms <= 4


def test_levels_are_ordinary_runs_and_a_perfect_warning_is_worth_more(home: Path) -> None:
    found = _study(home, "levels", "--ask", "threshold", "--ask", "lead", "--policy", "volatility", "--fall", "0.1")
    points = found["threshold"]["points"]
    assert [point["level"] for point in points if not point["settings"]] == ["0.2 / 0.17"]
    for point in (points[0], points[-1]):
        assert point["sharpe"] == _plain(home, "volatility", *point["settings"])["sharpe"]
    assert points[0]["on"] > points[-1]["on"]
    planted_ones = found["lead"]["planted"]
    at_peak = planted_ones["sharpe_over_benchmark"][planted_ones["leads"].index(0)]
    assert at_peak[0] > max(point["against_benchmark"]["value"] for point in points)
    assert at_peak[0] > at_peak[-1]


def test_a_planted_warning_like_the_signal_is_the_signal(home: Path) -> None:
    replays = Replays(Asked(str(home / "small.toml"), home / "data"))
    panel, own = replays.panel("vol"), replays.of("volatility")
    same = replays.told("volatility", {"vol": as_panel(panel.sessions, 0, panel.state())})
    assert np.array_equal(same.book.returns, own.book.returns)
    never = replays.told("volatility", {"vol": as_panel(panel.sessions, 0, np.zeros(panel.sessions.size, bool))})
    assert never.sharpe == replays.of("threshold").sharpe, "its base"


def test_differences_are_paired(home: Path) -> None:
    replays = Replays(Asked(str(home / "small.toml"), home / "data"))
    own, rival = replays.of("threshold"), replays.of("passive")
    side = worth([own, rival, own], 3)
    gap = side.of([0], [1])
    assert gap.value == pytest.approx((own.sharpe or 0.0) - (rival.sharpe or 0.0))
    assert gap.low < gap.high
    assert side.of([0], [2])[:3] == (0.0, 0.0, 0.0)
    alone = np.subtract(*np.quantile(side.drawn[:, 0], [0.95, 0.05]))
    assert gap.high - gap.low < alone, "the same days for both: what they share cancels"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--policy", "volatilty"), "volatility"),
        (("--policy", "passive"), "benchmark"),
        (("--signal", "vil"), "vol"),
        (("--signal", "vol", "--policy", "threshold"), "no key signal"),
        (("--sizes", "0,1e6"), "--sizes"),
        (("--sizes", "x"), "--sizes"),
        (("--delays", "1,-2"), "--delays"),
        (("--fall", "1.5"), "--fall"),
        (("--fall", "nan"), "--fall"),
        (("--ask", "refit"), "refit_every"),
        (("--ask", "lead", "--policy", "threshold"), "no signal"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_line(
    home: Path, capsys: pytest.CaptureFixture[str], asked: tuple[str, ...], said: str
) -> None:
    out = home / "refused"
    given = [str(home / "small.toml"), "--data", str(home / "data"), "--quiet", "--out", str(out), *asked]
    assert main(["study", "money", *given]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error
    assert not out.exists()


def test_the_command_offers_every_question() -> None:
    assert OFFERED == QUESTIONS


def test_a_signal_without_levels_is_judged_as_stated_and_that_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quarterly = ("--set", "signals.dates={kind='calendar', every='quarter'}", "--set")
    policy = "policies.dated={kind='de-risk', base='threshold', signal='dates'}"
    found = _study(home, "dated", *quarterly, policy, "--ask", "lead", "--policy", "dated", "--fall", "0.1")
    assert found["lead"]
    said = capsys.readouterr().out
    assert "Lead: at the stated threshold alone: signals.dates: it has no levels enter and exit" in said
