"""What a colleague would ask of a result: each question on a run made for it, and none on one that gives no cause."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reports.diagnosis import QUESTIONS, Finding, brief, grouped
from scenarios.diagnostics import diagnose
from scenarios.diagnostics.evidence import decisive, exceeded_by, unmoved
from simulator import AlmgrenChriss, Execution, MarketData, simulate
from simulator.core.panels import SignalPanel
from simulator.metrics import PolicyMetrics, contribution, policy_metrics
from strategies import Periodic, ThresholdBand
from strategies.named import Hold
from tests.support import FREE, random_market

ASSETS = ("A", "B", "C", "D")
EQUAL = dict.fromkeys(ASSETS, 0.25)
DAYS = 504  # two years
INDEX = pd.bdate_range("2010-01-01", periods=DAYS)
DEAR = AlmgrenChriss(half_spread_bps=5.0, eta=0, gamma=0)


def moves(seed: int = 5) -> np.ndarray:
    """Log returns of four assets that are much alike."""
    return np.random.default_rng(seed).normal(0.0004, 0.01, (DAYS, 4))


def market(returns: np.ndarray, volume: float = 1e12, cash_rate: float = 0.0) -> MarketData:
    """Of which ``volume`` currency of each asset is traded a day."""
    close = pd.DataFrame(100.0 * np.exp(np.cumsum(returns, axis=0)), INDEX, ASSETS)
    return MarketData.from_frames(close, volume=volume / close, cash_rate=cash_rate)


def runs_of(made: MarketData, costs=FREE, cash=1e6, signals=None, execution=None, **policies):
    """Some policies over it; the benchmark holds."""
    return {
        name: simulate(
            made,
            policy,
            costs=costs,
            initial_cash=cash,
            signals=signals,
            execution=execution or Execution(),
            name=name,
        )
        for name, policy in {"hold": Hold(EQUAL), **policies}.items()
    }


def asked(made: MarketData, **given) -> dict[tuple[str, str], Finding]:
    """What is found, by kind and policy."""
    runs = runs_of(made, **given)
    found = diagnose(runs, {name: policy_metrics(run) for name, run in runs.items()}, "hold")
    assert {finding.kind for finding in found} <= set(QUESTIONS)
    return {(finding.kind, finding.subject): finding for finding in found}


def test_nothing_is_asked_where_there_is_no_cause():
    assert asked(market(moves()), costs=DEAR, monthly=Periodic(EQUAL, every=21)) == {}


@pytest.mark.parametrize(("every", "decisions"), [(100, 5), (50, 10)])
def test_too_few_trades(every, decisions):
    found = asked(market(moves()), seldom=Periodic(EQUAL, every=every))
    if decisions >= 10:
        assert found == {}
        return
    one = found["few-trades", "seldom"]
    assert one.figures == {"decisions": decisions, "sessions": DAYS}
    assert one.text == "traded on 5 decisions after its first investment, in 504 sessions"
    assert set(found) == {("few-trades", "seldom")}, "a policy that holds has none to judge"


def test_a_rule_that_never_traded():
    found = asked(market(moves()), wide=ThresholdBand(EQUAL, band=0.9))
    assert found["few-trades", "wide"].short == "no decision"


def test_one_day_makes_a_lead():
    returns = moves()
    returns[:, 0] = returns[:, 1]
    returns[300] = (-0.30, 0.0, 0.0, 0.0)  # of which one policy has next to nothing
    little = {**EQUAL, "A": 0.01, "B": 0.49}
    found = asked(market(returns), less=Periodic(little, every=21))
    one = found["one-day", "less"]
    assert one.figures["day"] == str(INDEX[300].date())
    assert one.figures["share"] > 0.5
    runs = runs_of(market(returns), less=Periodic(little, every=21))
    gap = np.log1p(runs["less"].returns) - np.log1p(runs["hold"].returns)
    assert one.figures["of_day"] == pytest.approx(gap.iloc[300])
    assert one.figures["total"] == pytest.approx(gap.sum())
    assert "of its lead over the benchmark from" in one.text
    returns[300, 0] = 0.0
    assert ("one-day", "less") not in asked(market(returns), less=Periodic(little, every=21))


@pytest.mark.parametrize(("sign", "said"), [(1.0, "lag behind"), (-1.0, "lead")])
def test_a_day_without_which_the_result_turns_is_no_share(sign, said):
    """21.3% less 20.0% is a lead of 1.2%: nobody reads 1,760% of it as what it is, a lag without that day."""
    returns = np.full((DAYS, 4), -sign * 0.0004)
    returns[:2] = 0.0
    returns[200] = sign * 0.2125
    finding = asked(market(returns))["one-day", "hold"]
    total = sign * (0.2125 - 501 * 0.0004)
    assert finding.figures["total"] == pytest.approx(total)
    assert finding.figures["share"] == pytest.approx(sign * 0.2125 / total)
    assert finding.short == f"turns without {INDEX[200].date()}"
    assert (
        finding.text == f"would {said} cash but for {INDEX[200].date()} ({sign * 0.2125:+.1%} of {total:+.1%} in logs)"
    )


def test_one_day_makes_the_benchmark():
    returns = np.full((DAYS, 4), 0.0001)
    returns[200] = 0.2
    one = asked(market(returns))["one-day", "hold"]
    assert one.figures["total"] == pytest.approx(0.2 + 0.0001 * (DAYS - 3), rel=0.01)  # bought at the second close
    assert "lead over cash" in one.text


def test_a_lead_of_next_to_nothing_is_none():
    returns = np.zeros((DAYS, 4))
    returns[200] = 0.004
    assert asked(market(returns)) == {}  # 0.2% a year


def test_one_asset_makes_the_result():
    returns, rule = moves(), Periodic(EQUAL, every=21)
    returns[:, 0] += 0.0015
    one = asked(market(returns), monthly=rule)["one-asset", "monthly"]
    parts = contribution(runs_of(market(returns), monthly=rule)["monthly"])
    assert one.figures["asset"] == "A"
    assert one.figures["share"] == pytest.approx(parts.profit[0] / parts.profit.sum())
    assert one.figures["held"] == pytest.approx(0.25, abs=0.01)
    assert ("one-asset", "monthly") not in asked(market(moves()), monthly=rule)


def test_an_asset_that_was_most_of_the_book_may_make_its_result():
    returns = moves() * 0.01
    returns[:, 0] += 0.001
    heavy = {"A": 0.7, "B": 0.1, "C": 0.1, "D": 0.1}
    found = asked(market(returns), heavy=Periodic(heavy, every=21))
    assert ("one-asset", "heavy") not in found
    assert ("one-asset", "hold") in found


def test_costs_above_a_fifth_of_the_return():
    steady = np.full((DAYS, 4), 0.0004) + moves() - moves().mean(axis=0)
    dear = AlmgrenChriss(half_spread_bps=400.0, eta=0, gamma=0)
    found = asked(market(steady), costs=dear, often=Periodic(EQUAL, every=1))
    one = found["costs", "often"]
    figures = policy_metrics(runs_of(market(steady), costs=dear, often=Periodic(EQUAL, every=1))["often"])
    cost = figures.cost_bps_annual / 1e4
    assert one.figures["share"] == pytest.approx(cost / (figures.cagr + cost))
    assert one.figures["share"] > 0.2
    assert ("costs", "often") not in asked(market(steady), costs=DEAR, often=Periodic(EQUAL, every=1))


def test_a_book_that_lost_everything_has_no_return_that_costs_took():
    runs = runs_of(market(moves()), costs=DEAR, often=Periodic(EQUAL, every=1))
    lost = {}
    for name, run in runs.items():
        figures = policy_metrics(run)
        lost[name] = PolicyMetrics({**figures, "cagr": None}, figures.windows, figures.limits, figures.flows)
    assert not [finding for finding in diagnose(runs, lost, "hold") if finding.kind == "costs"]


def test_fills_on_stale_prices():
    returns = moves()
    returns[100:106, 2] = 0.0  # unmoved for six sessions
    found = asked(market(returns), daily=Periodic(EQUAL, every=1))
    one = found["stale-prices", "daily"]
    assert one.figures["fills"] == 2  # on the fifth session without a move, and the sixth
    assert one.figures["asset"] == "C"
    assert one.figures["day"] == str(INDEX[105].date())
    returns[104, 2] = 0.001
    assert ("stale-prices", "daily") not in asked(market(returns), daily=Periodic(EQUAL, every=1))


def test_an_asset_that_hardly_ever_moves_is_not_stale():
    returns = moves()
    returns[:, 2] = np.where(np.arange(DAYS) % 30 == 0, 0.0001, 0.0)
    assert ("stale-prices", "daily") not in asked(market(returns), daily=Periodic(EQUAL, every=1))


def test_trades_above_a_twentieth_of_the_volume_and_a_book_beyond_its_capacity():
    policies = {"often": Periodic(EQUAL, every=21)}
    found = asked(market(moves(), volume=1e5), **policies)
    assert {("participation", "often"), ("capacity", "often")} <= set(found)
    assert ("participation", "hold") not in found, "a first investment is none that recurs"
    runs = runs_of(market(moves(), volume=1e5), **policies)
    trades = runs["often"].trades.iloc[4:]
    share = trades["notional"].abs() / 1e5
    assert found["participation", "often"].figures["fills"] == (share > 0.05).sum()
    assert found["participation", "often"].figures["most"] == pytest.approx(share.max())
    most = found["capacity", "often"].figures["nav"]
    smaller = asked(market(moves(), volume=1e5), cash=0.8 * most / runs["often"].nav.iloc[-1] * 1e6, **policies)
    assert ("capacity", "often") not in smaller


def signal(values: np.ndarray, column: str) -> SignalPanel:
    sessions = INDEX.to_numpy().astype("datetime64[D]")
    return SignalPanel(sessions, (column,), values.astype(float)[:, None], sessions)


@pytest.mark.parametrize(
    ("values", "column", "short"),
    [
        (np.zeros(DAYS), "state", "never"),
        (np.zeros(DAYS), "fire", "never"),
        (np.ones(DAYS), "state", "always on"),
        (np.arange(DAYS) == 100, "state", None),
        (np.arange(DAYS) != 100, "state", None),
        (np.arange(DAYS) == 100, "fire", None),
    ],
)
def test_a_signal_that_never_or_always_fires(values, column, short):
    found = asked(market(moves()), signals={"alarm": signal(values, column)})
    assert (found["signal", "alarm"].short if short else found) == (short or {})


def test_the_parts_of_a_profit_add_up_to_the_change_of_nav():
    """With dividends, costs and gaps: nav without interest, flows and fees, and each asset's own worked by hand."""
    made = random_market(11, 700, 5)
    weights = dict.fromkeys(made.assets, 0.2)
    run = simulate(made, Periodic(weights, every=5), initial_cash=1e6, name="often")
    parts = contribution(run)
    change = np.diff(run.out.nav) - run.daily["interest"][1:] - run.daily["flows"][1:]
    assert parts.profit.sum() == pytest.approx((change / run.opening_nav[1:]).sum(), rel=1e-9)
    value = run.shares * run.marks
    for place, asset in enumerate(run.assets):
        trades = run.trades[run.trades["asset"] == asset].set_index("date")
        paid = trades["notional"] + trades[["spread", "temporary", "permanent", "commission", "borrow"]].sum(axis=1)
        profit = value[asset].diff().fillna(0.0) - paid.groupby(level=0).sum().reindex(run.index, fill_value=0.0)
        assert parts.profit[place] == pytest.approx((profit / run.opening_nav).sum(), rel=1e-9)
    assert parts.held == pytest.approx(value.abs().mean().to_numpy())


def test_what_decides_a_sum():
    assert decisive(np.array([1.0, -2.0, 4.0])) == (2, 4.0, 3.0)
    assert decisive(np.array([1.0, -2.0, 0.5])) == (1, -2.0, -0.5)
    assert decisive(np.array([1.0, -2.0, 4.0])).share > 1.0  # without it the sum turns
    assert decisive(np.array([1.0, -1.0])) is None


def test_what_is_exceeded_by_a_share_of_the_weight():
    values, weights = np.array([0.3, 0.1, 0.2]), np.array([1.0, 8.0, 1.0])
    assert exceeded_by(values, weights, 0.05) == 0.3
    assert exceeded_by(values, weights, 0.10) == 0.2
    assert exceeded_by(values, weights, 0.20) == 0.1


def test_runs_without_a_move():
    close = np.array([[1.0], [1.0], [1.0], [2.0], [2.0], [np.nan], [2.0]])
    assert unmoved(close)[:, 0].tolist() == [0, 1, 2, 0, 1, 0, 0]


def test_a_terminal_has_a_line_a_kind_and_names_a_few():
    found = [Finding("costs", f"p{k}", "paid much", f"{k}%", {}) for k in range(6)]
    assert brief(found) == ["Costs take much of the return: p0 (0%), p1 (1%), p2 (2%), p3 (3%), and 2 more"]
    assert [question.title for question, _ in grouped(found)] == ["Costs take much of the return"]
    assert found[0].titled({"p0": "First"}).subject == "First"
