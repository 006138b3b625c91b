"""Every feature and every label of the registries: another future changes nothing that was known before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from signals.stress.labels import LABELS, label
from simulator.features import REGISTRY, Feature, panel, principal_components, scaled
from tests.feature_markets import another_future, cut_after, full_market
from tests.support import same

SESSIONS = 800
MARKET = full_market(5, SESSIONS, late=True, gaps=0.02)
CUTS = [430, 555, 612, 700, 788]


@pytest.fixture(scope="module")
def futures():
    return {t: (another_future(MARKET, t, seed=t), cut_after(MARKET, t)) for t in CUTS}


@pytest.fixture(scope="module")
def whole():
    return panel(MARKET)


@pytest.fixture(scope="module")
def panels(futures):
    return {t: [panel(market) for market in both] for t, both in futures.items()}


def differs(ours, theirs, k, t):
    """The fields of column k that differ up to session t."""
    fields = ("values", "known_at", "late", "coverage")
    return [name for name in fields if not same(getattr(ours, name)[: t + 1, k], getattr(theirs, name)[: t + 1, k])]


@pytest.mark.parametrize("name", REGISTRY)
def test_no_feature_sees_the_future(name, whole, panels):
    k = whole.index_of(name)
    for t, (changed, cut) in panels.items():
        assert not differs(changed, whole, k, t), f"{name} changes before {t} with what follows"
        assert not differs(cut, whole, k, t), f"{name} changes before {t} when history ends there"
    assert not same(panels[CUTS[0]][0].values[:, k], whole.values[:, k]), f"{name}: the future changed nothing at all"
    assert np.nanstd(whole.values[:, k]) > 0.0


def test_no_cell_is_known_after_its_session(whole):
    known = ~np.isnan(whole.values)
    assert (whole.known_at <= whole.sessions[:, None])[known].all()
    assert np.isnat(whole.known_at[~known]).all()


@pytest.mark.parametrize("how", ["zscore", "percentile"])
def test_no_scale_sees_the_future(how, whole, panels):
    ours = scaled(whole, how)
    for t, both in panels.items():
        for other in both:
            assert same(scaled(other, how).values[: t + 1], ours.values[: t + 1])


@pytest.mark.parametrize("window", [None, 300])
def test_no_principal_component_sees_the_future(window, whole, panels):
    names = [name for name, feature in REGISTRY.items() if feature.family in ("volatility", "macro", "spread")]
    ours = principal_components(whole.pick(names), 4, refit_every=40, min_train=300, window=window).panel
    for t, both in panels.items():
        for other in both:
            theirs = principal_components(other.pick(names), 4, refit_every=40, min_train=300, window=window).panel
            assert same(theirs.values[: t + 1], ours.values[: t + 1])
    assert np.isfinite(ours.values[300:]).all()


@pytest.mark.parametrize("name", LABELS)
def test_no_label_known_by_a_day_changes_with_what_follows(name, futures):
    whole = label(MARKET, name)
    assert np.unique(whole.values[~np.isnan(whole.values)]).size > 1
    for t, both in futures.items():
        by_then = whole.known_by(MARKET.sessions[t])
        assert whole.hindsight or t < CUTS[-1] or by_then.sum() > 200
        for market in both:
            other = label(market, name)
            rows = np.flatnonzero(by_then)
            assert same(other.values[rows], whole.values[rows])
            assert same(other.known_at[rows], whole.known_at[rows])
            if not whole.hindsight:  # what was known by then in the other world is the same
                assert same(np.flatnonzero(other.known_by(MARKET.sessions[t])), rows)


# Leaks that the tests above must catch.


def _tomorrow(ws):
    return pd.Series(ws.book).shift(-1).to_numpy()


def _scaled_on_everything(ws):
    return (ws.series("VIX") - np.nanmean(ws.series("VIX"))) / np.nanstd(ws.series("VIX"))


def _without_its_lag(ws):
    unlagged = replace(ws.market.series["STLFSI2"], rule=type(ws.market.series["STLFSI2"].rule)())
    return unlagged.on(ws.sessions)[0]


def _back_filled(ws):
    one = ws.market.series["TED"]
    return pd.Series(one.values, pd.DatetimeIndex(one.dates)).bfill().to_numpy()


@pytest.mark.parametrize("leak", [_tomorrow, _scaled_on_everything, _without_its_lag, _back_filled])
def test_a_planted_leak_is_caught(leak, futures):
    planted = Feature("planted", "test", "leaks", "none", "none", 0, leak, fields=("close",))
    whole = panel(MARKET, [planted])
    caught = [differs(panel(changed, [planted]), whole, 0, t) for t, (changed, _) in futures.items()]
    assert any(caught)
