"""The registry and its panel: what is declared is what happens."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulator import DataError, ExogenousSeries, ParameterError, PluginError
from simulator.core.panels import FeaturePanel
from simulator.features import FAMILIES, REGISTRY, ROLES, Feature, Workspace, asset_panel, own_past, panel, regime_index
from simulator.features.columns import lacking
from simulator.features.feature import FIELDS
from simulator.features.rows import rows, rows_abreast
from tests.feature_markets import full_market
from tests.support import random_market, same

MARKET = full_market(8, 700, late=False)
WHOLE = panel(MARKET)
PROMPT = pd.bdate_range("2000-01-03", periods=60)


def one_asset(close, **fields):
    index = pd.bdate_range("2000-01-03", periods=len(close))
    frames = {name: pd.DataFrame({"A": values}, index) for name, values in {"close": close, **fields}.items()}
    from simulator import MarketData

    return MarketData.from_frames(frames.pop("close"), **frames)


def test_every_feature_can_be_computed_and_says_what_it_is():
    assert WHOLE.columns == tuple(REGISTRY)
    assert not WHOLE.absent
    for feature in REGISTRY.values():
        assert feature.formula
        assert feature.source
        assert feature.unit
        assert feature.family in FAMILIES
        assert set(feature.series) <= set(ROLES)
        assert set(feature.optional) <= set(ROLES) | set(FIELDS)


@pytest.mark.parametrize("name", REGISTRY)
def test_the_warmup_is_the_first_row_with_a_value(name):
    known = ~np.isnan(WHOLE.column(name))
    assert known.argmax() == REGISTRY[name].warmup
    assert known[REGISTRY[name].warmup :].all()


def _disturbed(name):
    rng = np.random.default_rng(1)
    if name in MARKET.series:
        one = MARKET.series[name]
        changed = one.with_values(one.values * rng.lognormal(0.0, 0.3, one.values.size))
        return replace(MARKET, series={**MARKET.series, name: changed})
    factor = np.exp(np.abs(rng.normal(0.0, 0.01, MARKET.shape)) * (-1.0 if name == "low" else 1.0))
    return replace(MARKET, **{name: getattr(MARKET, name) * factor})


@pytest.mark.parametrize("name", [*FIELDS, *(key for key, role in ROLES.items() if not role.per_asset)])
def test_a_feature_reads_what_it_declares_and_nothing_else(name):
    disturbed = panel(_disturbed(name))
    for column, feature in REGISTRY.items():
        declared = name in (*feature.fields, *feature.series, *feature.optional)
        if column == "regime_index" and declared:
            continue  # reads the inputs of its parts, some of which weigh nothing by default
        if column == "zero_return_share_21" and name in ("close", "volume"):
            continue  # a price that moves or a volume that is there stays so under a small change
        changed = not same(disturbed.column(column), WHOLE.column(column))
        assert changed == declared, f"{column} {'does not read' if declared else 'reads'} {name}"


def test_every_role_is_read_by_a_feature():
    read = {need for feature in REGISTRY.values() for need in (*feature.series, *feature.optional)}
    assert set(ROLES) == read - set(FIELDS)


def test_what_a_market_lacks_is_left_out_by_family_and_refused_by_name():
    market = random_market(1, 300)
    some = panel(market, ["funding", "volatility"])
    assert "ted" not in some.columns
    assert "volatility_21" in some.columns
    assert some.absent["ted"] == "a series TED or TEDRATE"
    with pytest.raises(DataError, match="feature 'ted' needs a series TED or TEDRATE"):
        panel(market, ["ted"])
    with pytest.raises(DataError, match="'amihud_21' needs volume"):
        panel(replace(market, volume=None), ["amihud_21"])
    with pytest.raises(ParameterError, match="no feature or family 'volatilty'; did you mean 'volatility'"):
        panel(market, ["volatilty"])
    assert panel(market, []).values.shape == (300, 0)


def test_a_series_under_another_name_is_found_by_alias():
    series = ExogenousSeries.from_pandas(pd.Series(1.0 + np.arange(60.0), PROMPT), "close", "spread 3m")
    market = replace(random_market(2, 60), series={"spread 3m": series})
    assert "ted" not in panel(market).columns
    assert panel(market, ["ted"], aliases={"TED": "spread 3m"}).column("ted")[-1] == 60.0
    assert own_past("spread 3m")[0].name == "spread 3m_zscore"
    assert panel(market, own_past("spread 3m")).values.shape == (60, 3)


def test_a_series_by_its_own_name_is_that_series_and_as_often_published():
    index = _weekly_market(hole=False).series["NFCI"]
    market = replace(random_market(3, 60), series={"STLFSI": index, "STLFSI4": index.with_values(-index.values)})
    feature = Feature("own", "own", "x", "x", "x", 0, lambda ws: ws.series("STLFSI"), series=("STLFSI",))
    got = panel(market, [feature, "stlfsi4"])
    assert np.nanmax(got.column("own")) > 0.0 > np.nanmax(got.column("stlfsi4"))
    assert not got.late.any()


def _weekly_market(hole: bool):
    """A market with a weekly index for weeks ending Friday, published six days later; week 5 may be missing."""
    market = random_market(3, 60)
    fridays = PROMPT[PROMPT.day_of_week == 4]
    values = np.arange(1.0, len(fridays) + 1)
    if hole:
        values[4:6] = np.nan
    # made values: nothing in them is smoothed
    made = ExogenousSeries.from_pandas(pd.Series(values, fridays), "days:6", "NFCI", revised="none")
    return replace(market, series={"NFCI": made})


def test_a_weekly_value_is_carried_until_the_next_and_says_when_it_was_published():
    got = panel(_weekly_market(hole=False), ["nfci"])
    sessions = pd.DatetimeIndex(got.sessions)
    first = int(np.searchsorted(sessions, pd.Timestamp("2000-01-13")))  # Thursday after the week ending 7 January
    assert np.isnan(got.values[:first, 0]).all()
    assert np.isnat(got.known_at[:first, 0]).all()
    assert got.values[first : first + 6, 0].tolist() == [1.0] * 5 + [2.0]
    assert (got.known_at[first : first + 5, 0] == np.datetime64("2000-01-13")).all()
    assert not got.late.any()
    counts = got.counts().loc["nfci"]
    assert counts.known == 60 - first
    assert counts.missing == 0
    assert counts.carried == (got.known_at[first:, 0] < got.sessions[first:]).sum() > 40
    assert counts["first"] == pd.Timestamp("2000-01-13")


def test_a_cell_is_as_new_as_its_newest_input():
    daily = ExogenousSeries.from_pandas(pd.Series(5.0, PROMPT), "close", "HY")
    once = ExogenousSeries.from_pandas(pd.Series(2.0, PROMPT[:1]), "close", "IG")
    market = replace(random_market(3, 60, gaps=0.0), series={"HY": daily, "IG": once})
    got = panel(market, ["hy_minus_ig", "ig_spread"])
    day = 10
    assert got.known_at[day].tolist() == [got.sessions[day].item(), got.sessions[0].item()]
    assert got.late[day].tolist() == [True, True]  # the other input is overdue all the same
    end = np.isnan(got.values[:, 0])
    assert end.sum() > 20
    assert np.isnat(got.known_at[end]).all()
    assert (got.coverage[end] == 0.0).all()


def test_a_value_that_does_not_come_is_late_then_carried_no_more_and_never_back_filled():
    whole, holed = panel(_weekly_market(hole=False), ["nfci"]), panel(_weekly_market(hole=True), ["nfci"])
    late = holed.late[:, 0]
    # Week 4 (of 28 January) is out on 3 February; week 7 comes on 24 February, and nothing in between.
    between = (holed.sessions >= np.datetime64("2000-02-10")) & (holed.sessions < np.datetime64("2000-02-24"))
    assert (holed.values[between, 0] == 4.0).all()
    assert (holed.known_at[between, 0] == np.datetime64("2000-02-03")).all()
    assert late[between].sum() == (holed.sessions[between] > np.datetime64("2000-02-13")).sum() > 0
    assert holed.counts().loc["nfci", "late"] == late.sum()
    later = holed.sessions >= np.datetime64("2000-02-24")
    assert same(holed.values[later], whole.values[later])
    # A series that ends is carried for 28 days and then missing.
    index = _weekly_market(hole=False).series["NFCI"]
    market = replace(random_market(3, 60), series={"NFCI": index.until(np.datetime64("2000-02-03"))})
    ended = panel(market, ["nfci"])
    age = (ended.sessions - np.datetime64("2000-02-03")).astype(int)
    assert np.isnan(ended.values[age > 28, 0]).all()
    assert (ended.values[(age >= 0) & (age <= 28), 0] == 4.0).all()
    assert ended.counts().loc["nfci", "missing"] == (age > 28).sum() > 0


def test_commercial_paper_is_carried_for_longer_than_other_series():
    dates = PROMPT[:5]
    for name, role in (("CPFF", "ew_cpff"), ("TED", "ted")):
        series = ExogenousSeries.from_pandas(pd.Series(2.0, dates), "business-days:1", name)
        values = panel(replace(random_market(4, 60), series={name: series}), [role]).values[:, 0]
        age = (PROMPT - dates[-1]).days.to_numpy() - 3  # published on the Monday after
        assert np.isnan(values[age > 21]).all() == (name == "TED")


def test_assets_that_are_missing_are_masked_and_counted():
    market = random_market(6, 300, assets=3, gaps=0.0, silent=0.0)
    close = market.close.copy()
    close[:150, 0] = np.nan  # not born yet
    volume = market.volume.copy()
    volume[200:, 2] = 0.0
    sparse = replace(market, close=close, volume=volume)
    got = panel(sparse, ["amihud_21", "volatility_21"])
    assert got.coverage[140, 0] == 1.0  # of the risky ones, C alone is alive
    assert got.coverage[-1, 0] == 0.5  # of A and C, C no longer trades
    assert got.coverage[-1, 1] == 1.0
    names, values = asset_panel(sparse, ["amihud_21", "volatility_21"])
    assert names == ("amihud_21",)
    assert values.shape == (300, 3, 1)
    assert np.isnan(values[-1, 2, 0])
    assert got.values[-1, 0] == values[-1, 0, 0]


def test_a_feature_of_ones_own_is_a_column_like_any():
    mine = Feature("gap", "own", "H/L", "mine", "ratio", 0, lambda ws: ws.market.high / ws.market.low, ("high", "low"))
    mean = replace(mine, reduction="mean")
    with pytest.raises(PluginError, match=r"feature gap: compute gave shape \(700, 5\), expected \(700,\)"):
        panel(MARKET, [mine])
    got = panel(MARKET, [mean, "volatility_21"])
    assert got.columns == ("gap", "volatility_21")
    assert got.values[3, 0] == pytest.approx((MARKET.high[3] / MARKET.low[3]).mean())
    with pytest.raises(PluginError, match="unknown input 'bid'"):
        replace(mine, fields=("bid",))
    with pytest.raises(PluginError, match="must read"):
        replace(mine, fields=())


def test_a_panel_that_knows_tomorrow_is_refused():
    sessions = MARKET.sessions[:3]
    ahead = np.array([[sessions[0], sessions[0]], [sessions[1], sessions[2]], [sessions[2], sessions[2]]])
    with pytest.raises(PluginError, match="only known at 2000-01-05"):
        FeaturePanel(sessions, ("a", "b"), np.zeros((3, 2)), ahead)
    fine = FeaturePanel(sessions, ("a", "b"), np.array([[np.nan, 1], [1, 1], [1, 1]]), sessions)
    assert np.isnat(fine.known_at[0, 0])
    assert fine.row_known_at().tolist() == sessions.tolist()
    assert fine.pick(["b"]).columns == ("b",)
    with pytest.raises(PluginError, match="no column 'c'"):
        fine.column("c")


def test_the_regime_index_is_the_weighted_mean_of_the_scores_known():
    weights = {"volatility_zscore": 2.0, "vix_zscore": 1.0, "term_spread_zscore": -1.0}
    index = panel(MARKET, [regime_index(weights)]).values[:, 0]
    scores = np.column_stack([WHOLE.column(name) for name in weights])
    assert index[-1] == pytest.approx((2 * scores[-1, 0] + scores[-1, 1] - scores[-1, 2]) / 4)
    without = {name: feature for name, feature in MARKET.series.items() if name != "TERM"}
    partly = panel(replace(MARKET, series=without), [regime_index(weights)]).values[:, 0]
    assert partly[-1] == pytest.approx((2 * scores[-1, 0] + scores[-1, 1]) / 3)
    none = panel(replace(MARKET, series={}), [regime_index({"vix_zscore": 1.0, "ted_zscore": 1.0})]).values
    assert np.isnan(none).all()
    with pytest.raises(ParameterError, match="no z-score 'vix'"):
        regime_index({"vix": 1.0})
    with pytest.raises(ParameterError, match="not all zero"):
        regime_index({"vix_zscore": 0.0})


def test_several_markets_side_by_side_have_the_bits_of_each():
    """Every feature, those that compute abreast too; with gaps, and a market whose series begin later."""
    markets = [full_market(seed, 500, late=seed == 2) for seed in (1, 2, 3)]
    features = [*REGISTRY.values(), *own_past("STLFSI4")]
    workspaces = [Workspace(market) for market in markets]
    wanted = [feature for feature in features if not any(lacking(feature, workspace) for workspace in workspaces)]
    assert sum(feature.abreast for feature in wanted) >= 21
    for market, found in zip(markets, rows_abreast(wanted, workspaces), strict=True):
        alone = rows(wanted, Workspace(market))
        assert found.columns == alone.columns
        for k, name in enumerate(found.columns):
            assert same(found.values[:, k], alone.values[:, k]), name
        assert (found.known_at == alone.known_at).all()


def test_the_rows_that_models_read_are_those_of_the_panel_to_the_bit():
    """Every column, of a market with gaps and of series that come late."""
    market, features = full_market(31, 420, late=True, gaps=0.02), [*REGISTRY.values(), *own_past("VIX")]
    found, whole = rows(features, Workspace(market)), panel(market, features)
    assert found.columns == whole.columns
    for k, name in enumerate(whole.columns):
        assert same(found.values[:, k], whole.values[:, k]), name
    assert (found.known_at == whole.row_known_at()).all()
    alone, published = rows(own_past("STLFSI4"), Workspace(market)), panel(market, own_past("STLFSI4"))
    assert (alone.known_at == published.row_known_at()).all()
    assert (alone.known_at < market.sessions).any()
    assert (rows([], Workspace(market)).known_at == market.sessions).all()


def test_the_regime_index_is_known_once_half_of_the_weights_are():
    late = sorted(
        ("corwin_schultz_zscore_60", "volatility_zscore", "vix_zscore"), key=lambda name: REGISTRY[name].warmup
    )
    first, second, third = (REGISTRY[name].warmup for name in late)
    assert first < second < third
    for weights, warmup in (((1, 1, 1), second), ((2, -1, 1), first), ((1, 1, -4), third), ((1, 1.9, 1), second)):
        index = regime_index(dict(zip(late, weights, strict=True)))
        assert index.warmup == warmup
        assert int((~np.isnan(panel(MARKET, [index]).values[:, 0])).argmax()) == warmup


PLAIN = (
    (r"(\w+) minus its value (\d+) sessions ago", lambda x, n: x - x.shift(n)),
    (r"(\w+) minus its mean of the last (\d+) (?:days|sessions), over its standard deviation of them",
     lambda x, n: (x - x.rolling(n).mean()) / x.rolling(n).std()),
)  # fmt: skip


def _of_another() -> list[tuple[str, str, int, object]]:
    """Column, the column it is made of, sessions, and how."""
    found = [
        (name, told[1], int(told[2]), plain)
        for name, feature in REGISTRY.items()
        for pattern, plain in PLAIN
        if (told := re.fullmatch(pattern, feature.formula)) and told[1] in REGISTRY
    ]
    assert len(found) > 35
    return found


@pytest.mark.parametrize(("name", "base", "sessions", "plain"), _of_another(), ids=[row[0] for row in _of_another()])
def test_what_a_formula_says_of_another_column_is_what_it_is(name, base, sessions, plain):
    """A change or a score, computed from its formula by pandas, wherever its window is whole."""
    told = plain(pd.Series(WHOLE.column(base)), sessions).to_numpy()
    whole = np.isfinite(told)
    assert whole.sum() > 200
    np.testing.assert_allclose(WHOLE.column(name)[whole], told[whole], rtol=1e-7, atol=1e-10)


def test_columns_that_follow_from_others():
    column = {name: pd.Series(WHOLE.column(name)) for name in WHOLE.columns}

    def given(name):
        return pd.Series(MARKET.series[name].on(MARKET.sessions)[0])

    ranks = pd.Series([np.mean(column["vix"][: t + 1].dropna() <= now) for t, now in enumerate(column["vix"])])
    news, depth = given("NEWS"), given("DEPTH")
    told = {
        "hy_minus_ig": column["hy_spread"] - column["ig_spread"],
        "volatility_5_over_63": column["volatility_5"] / column["volatility_63"],
        "volatility_of_volatility": column["volatility_5"].rolling(21).std(),
        "vix_minus_realised": column["vix"] / 100.0 - column["volatility_21"] * 252.0**0.5,
        "vix_log_change_5": np.log(column["vix"]).diff(5),
        "vix_percentile": ranks,
        "illiquidity": np.log(column["amihud_relative"]),
        "absorption_shift": (
            column["absorption_ratio"].rolling(15).mean() - column["absorption_ratio"].rolling(252).mean()
        ) / column["absorption_ratio"].rolling(252).std(),
        "amihud_tail_252": column["amihud_relative"].rolling(252).apply(lambda x: np.sort(x)[-13:].mean(), raw=True),
        "sentiment_momentum_3": given("SENTIMENT").diff(3),
        "fund_flows_5": given("FUND_FLOWS").rolling(5).mean(),
        "news_uncertainty_zscore": (news - news.rolling(252).mean()) / news.rolling(252).std(),
        "depth_relative": np.log(depth.rolling(5).mean() / depth.shift(5).rolling(252).median()),
        "return_5": column["return_1"].rolling(5).sum(),
        "return_63": column["return_1"].rolling(63).sum(),
        "drawdown_252": np.exp(
            column["return_1"].fillna(0.0).cumsum() - column["return_1"].fillna(0.0).cumsum().rolling(252).max()
        ) - 1.0,
    }  # fmt: skip
    for name, plain in told.items():
        values, mine = plain.to_numpy()[260:], WHOLE.column(name)[260:]
        whole = np.isfinite(values) & np.isfinite(mine)
        assert whole.sum() > 150, name
        np.testing.assert_allclose(mine[whole], values[whole], rtol=1e-6, atol=1e-9, err_msg=name)
