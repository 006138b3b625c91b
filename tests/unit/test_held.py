"""`portfolio.opening` of a scenario: targets that trade nothing, shares that trade the difference, what cannot be."""

from __future__ import annotations

import pytest

from scenarios.build import assemble, check, load_market
from scenarios.cli import main
from scenarios.held import check_opening
from scenarios.load import load
from scenarios.runner import replay
from simulator import ScenarioError, UndertowError
from tests.layouts import market, plain

TEXT = """
[scenario]
name = "held"
start = 2023-01-20
[market]
source = "csv"
path = "."
cash_rate = 0.0
[portfolio.weights]
SPY = 0.6
TLT = 0.3
CASH = 0.1
[execution]
lag = 1
[costs]
kind = "almgren-chriss"
half_spread_bps = 10.0
eta = 0.0
gamma = 0.0
[policies.passive]
kind = "hold"
"""


@pytest.fixture
def held(tmp_path):
    frames = market()
    plain(tmp_path, frames)
    (tmp_path / "held.toml").write_text(TEXT)

    def made(*overrides):
        file = load(str(tmp_path / "held.toml"), overrides)
        check(file)
        return assemble(file, load_market(file, tmp_path))

    return made, frames, tmp_path


def test_targets_trade_nothing_from_the_first_session_on(held):
    run = replay(held[0]("portfolio.opening=targets")).results["passive"]
    assert run.nav.iloc[0] == pytest.approx(1e6, rel=1e-12)
    assert run.daily["costs"].sum() == 0.0
    assert run.daily["bought"].sum() + run.daily["sold"].sum() == 0.0
    assert run.weights.iloc[0].tolist() == pytest.approx([0.6, 0.3, 0.1], rel=1e-12)


def test_shares_trade_the_difference_at_its_cost(held):
    made, frames, _ = held
    run = replay(made("portfolio.opening.SPY=100", "portfolio.opening.CASH=5000")).results["passive"]
    spy = frames["SPY"]["Close"].loc["2023-01-20"]
    worth = 100.0 * spy + 5000.0
    assert run.nav.iloc[0] == pytest.approx(worth, rel=1e-12)
    moved = abs(0.6 * worth - 100.0 * spy) + 0.3 * worth
    assert run.daily["costs"].sum() == pytest.approx(moved * 10e-4, rel=0.03)  # filled a session later


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["portfolio.opening.SPY=100", "scenario.initial_cash=5"], "not initial_cash"),
        (["portfolio.opening=soon"], "portfolio.opening: must be"),
        (["portfolio.opening.SPX=100", 'market.assets=["SPY","TLT"]'], "no asset 'SPX'"),
        (["portfolio.opening.SPX=100"], "SPX.csv: no such file; did you mean 'SPY'"),
        (["portfolio.opening=targets", "execution.lag=0"], "a lag of a session"),
    ],
)
def test_what_cannot_be_is_refused(held, overrides, message):
    with pytest.raises(Exception, match=message) as caught:
        replay(held[0](*overrides))
    assert "\n" not in str(caught.value)


def test_targets_without_a_price_are_refused(held):
    with pytest.raises(Exception, match="GLD has no price on 2023-01-02, the first session; begin later"):
        replay(held[0]("portfolio.opening=targets", "portfolio.weights={GLD=1.0}", "scenario.start=2023-01-02",
                       "market.assets=[\"SPY\",\"GLD\"]"))  # fmt: skip


def test_a_sweep_refuses_it_in_one_line(held, capsys):
    folder = held[2]
    words = ["sweep", str(folder / "held.toml"), "--data", str(folder), "--set", "portfolio.opening=targets"]
    assert main([*words, "--grid", "execution.lag=1,2", "--out", str(folder / "out"), "--quiet"]) == 2
    assert "runs of a sweep begin in cash; say --set portfolio.opening=unset" in capsys.readouterr().err


def test_a_judged_scenario_refuses_it(held):
    file = held[0]("portfolio.opening=targets").file
    with pytest.raises(ScenarioError, match="judged on books that begin in cash"):
        check_opening(file.model_copy(update={"judge": "stated"}))


def test_what_is_held_and_no_target_is_read_and_sold(held):
    made, frames, _ = held
    run = replay(made("portfolio.opening={GLD=10}")).results["passive"]
    closes = frames["GLD"]["Close"]
    day, after = run.sessions[0], run.sessions[1]
    assert run.nav.iloc[0] == pytest.approx(10 * closes[day], rel=1e-9)
    assert run.daily["sold"][1] == pytest.approx(10 * closes[after], rel=1e-9)
    assert run.weights["GLD"].iloc[1:].abs().max() == 0.0
    traded = run.daily["sold"][1] + run.daily["bought"][1]
    assert run.daily["costs"].sum(axis=1)[1] == pytest.approx(0.001 * traded, rel=1e-9)


@pytest.mark.parametrize(
    ("opening", "message"),
    [
        ("{CASH=-20, SPY=1}", r"portfolio\.opening: CASH is -20; a book cannot begin with debts"),
        ("{SPY=0}", r"portfolio\.opening: nothing is held, not even cash"),
        ("{GLD=1}", r"portfolio\.opening: GLD has no price on 2023-01-13, the first session; begin later"),
        ("{spy=1}", r"no prices of 'spy'; did you mean 'SPY'|spy\.csv: no such file"),
    ],
)
def test_shares_that_cannot_be_held_are_refused_in_the_words_of_the_file(held, opening, message):
    with pytest.raises(UndertowError, match=message):
        replay(held[0](f"portfolio.opening={opening}", "scenario.start=2023-01-13"))
