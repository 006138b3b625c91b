"""The page of a sweep, and what a browser makes of it."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from reports.sweep import METRICS, SHARPE, Axis, SweepReport, Trial, spread_of
from reports.sweep_edges import edges
from reports.sweep_page import page_data, table_rows, write_sweep_page
from simulator.metrics import expected_best
from tests.browser import visit
from tests.support import some


def report(paths=0, bands=("0.01", "0.02", "0.05"), lags=("0", "1"), axes=None):
    """A held policy that depends on the lag alone, and one that depends on both keys."""
    rng = np.random.default_rng(0)
    axes = [Axis("policies.threshold.band", bands, True), Axis("execution.lag", lags, True)] if axes is None else axes
    trials = [Trial("passive", (None, lag)) for lag in lags]
    trials += [Trial("threshold", (band, lag)) for band in bands for lag in lags]
    points = [(b, g) for b in range(len(bands)) for g in range(len(lags))]
    answers = np.array([[g, len(lags) + b * len(lags) + g] for b, g in points])
    figures = rng.uniform(0.1, 0.9, (len(trials), paths + 1, len(METRICS)))
    figures[:, :, 5] *= -1.0
    figures[0, :, 6] = np.nan
    return SweepReport(
        name="small <b>",
        description="",
        start="2001-01-02",
        end="2004-12-31",
        warning="read this first",
        axes=axes,
        policies=("passive", "threshold"),
        trials=trials,
        answers=answers,
        history=figures[:, 0],
        spread=spread_of(figures[:, 1:].swapaxes(0, 1)) if paths else None,
        paths=paths,
        expected_best=expected_best(figures[:, 0, SHARPE]),
        assumptions=["nothing is assumed"],
        shocks=[],
    )


def data_of(text):
    return json.loads(re.search(r"const DATA = (.*);</script>", text)[1])


def test_trials_are_ranked_by_sharpe():
    one = report()
    sharpe = one.history[:, SHARPE]
    assert [sharpe[number] for number in one.ranked] == sorted(sharpe, reverse=True)
    unknown = report()
    unknown.history[one.ranked[0], SHARPE] = np.nan
    assert unknown.ranked == [*one.ranked[1:], one.ranked[0]]
    assert table_rows(unknown) == unknown.ranked


def test_the_spread_over_paths_leaves_history_out():
    # 5%, half and 95% of the way from 1 to 21, and where one is unknown from 2 to 21
    drawn = np.arange(1.0, 22.0)[:, None, None].repeat(3, axis=2)
    drawn[0, 0, 1], drawn[:, 0, 2] = np.nan, np.nan
    assert np.allclose(spread_of(drawn)[:, 0, :2].T, [(2.0, 11.0, 20.0), (2.95, 11.5, 20.05)])
    assert np.isnan(spread_of(drawn)[:, 0, 2]).all()
    one = report(paths=40)
    assert one.paths == 40
    assert np.isnan(one.spread[:, 0, 6]).all()
    assert report().spread is None


def test_the_expected_best_of_equals_grows_with_their_number():
    """Against the mean of the largest of n standard normal draws."""
    rng = np.random.default_rng(3)
    for n in (5, 50, 500):
        draws = rng.standard_normal((4000, n))
        simulated = draws.max(axis=1).mean()
        stated = np.mean([expected_best(row) for row in draws[:400]])
        assert stated == pytest.approx(simulated, abs=0.1)
    assert expected_best(np.array([1.0])) is None
    assert expected_best(np.array([1.0, np.nan])) is None


def test_the_page_warns_about_the_best_of_many(tmp_path):
    write_sweep_page(report(), tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text()
    assert "The best of 8 trials is chosen with hindsight" in text
    assert "Bailey and López de Prado 2014" in text
    assert "small &lt;b&gt;" in text
    assert "small <b>" not in text
    assert "nan" not in re.sub(r'data-value="nan"', "", text.split("<main>")[1].split("<script>")[0])


def test_charts_draw_every_figure(tmp_path):
    one = report(paths=20)
    write_sweep_page(one, tmp_path / "index.html")
    data = data_of((tmp_path / "index.html").read_text())
    assert data == json.loads(json.dumps(page_data(one)))
    assert np.allclose(np.array(data["figures"]["median"], float)[:, SHARPE], one.headline[:, SHARPE], rtol=1e-5)
    assert data["trials"][0] == {"policy": 0, "at": [None, 0]}


@pytest.mark.browser
@pytest.mark.parametrize(("width", "paths"), some([(1440, 0), (400, 0), (1440, 20), (400, 20)], 3))
def test_the_page_in_a_browser(tmp_path, width, paths):
    write_sweep_page(report(paths), tmp_path / "index.html")
    seen = visit(tmp_path / "index.html", width)
    assert [line for line in seen.console if "WebGL" not in line] == []
    assert seen.requests == []
    assert seen.dom.count('class="heatmaplayer mlayer"') >= 1
    assert "parcoords" in seen.dom
    assert ('id="chart-paths"' in seen.dom) == bool(paths)
    assert seen.dom.count("<option") >= 12
    assert len(seen.picture) > 40_000


@pytest.mark.browser
@pytest.mark.parametrize("axes", some([0, 1], 2))
def test_fewer_axes_in_a_browser(tmp_path, axes):
    keys = [Axis("policies.threshold.band", ("0.01", "0.02"), True)][:axes]
    full = report(20, bands=("0.01", "0.02")[: 1 + axes], lags=("1",), axes=keys)
    trials = [Trial(trial.policy, trial.settings[:axes]) for trial in full.trials]
    write_sweep_page(SweepReport(**{**full.__dict__, "trials": trials}), tmp_path / "index.html")
    seen = visit(tmp_path / "index.html", 1000)
    assert [line for line in seen.console if "WebGL" not in line] == []
    assert ('id="chart-grid"' in seen.dom) == bool(axes)
    assert "scatterlayer" in seen.dom


def swept_over(key, values, sharpes, numeric=True, severity=False):
    """One policy with one key, and its Sharpe ratio at each value."""
    one = report(
        bands=values, lags=("0",), axes=[Axis(key, values, numeric, severity), Axis("execution.lag", ("0",), True)]
    )
    own = [number for number, trial in enumerate(one.trials) if trial.policy == "threshold"]
    one.history[own, SHARPE] = sharpes
    return edges(one)


BAND = "policies.threshold.band"


def test_the_best_at_the_edge_of_the_grid_is_named_with_its_neighbour():
    [edge] = swept_over(BAND, ("0.05", "0.01", "0.02"), [0.9, 0.3, 0.5])
    assert edge == ("threshold", BAND, "0.05", "0.02", "0.01", "0.05", 0.9, 0.5)
    assert "at policies.threshold.band = 0.05, the edge of what was tried (0.01 to 0.05; 0.50 at 0.02)" in edge.text
    assert swept_over(BAND, ("0.01", "0.02", "0.05"), [0.9, 0.8, 0.5])[0].value == "0.01"


@pytest.mark.parametrize(
    ("key", "values", "sharpes"),
    [
        (BAND, ("0.01", "0.02", "0.05"), [0.3, 0.9, 0.5]),  # within
        (BAND, ("0.01", "0.05"), [0.3, 0.9]),  # too few to lie within
        (BAND, ("0", "0.02", "0.05"), [0.9, 0.5, 0.3]),  # off
        (BAND, ("0.01", "0.02", "0.05"), [0.3, 0.9, 0.9]),  # a plateau
        (BAND, ("0.01", "0.02", "0.05"), [np.nan, np.nan, np.nan]),
        ("costs.half_spread_bps", ("1", "2", "5"), [0.9, 0.5, 0.3]),  # nobody chooses it
    ],
)
def test_no_edge(key, values, sharpes):
    assert swept_over(key, values, sharpes) == []


def test_words_and_severities_have_no_edge():
    assert swept_over(BAND, ("1", "2", "5"), [0.3, 0.5, 0.9], numeric=False) == []
    assert swept_over(BAND, ("1", "2", "5"), [0.3, 0.5, 0.9], severity=True) == []
