"""The audit catches every planted leak, names it, and lets its causal twin pass."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scenarios.audit import fresh_process
from scenarios.audit.examine import _Subject
from scenarios.audit.futures import wild
from scenarios.audit.observe import observe
from scenarios.audits import kept_verdict
from scenarios.build import assemble, build
from scenarios.cli import main
from scenarios.load import load
from simulator import ScenarioError, simulate
from simulator.features import forecast_adv
from strategies import EqualWeight
from tests.browser import visit
from tests.support import WHOLE, random_market, some

SCENARIO = """
[scenario]
name = "own"
initial_cash = 1000000
benchmark = "weekly"
seed = 3
[market]
source = "csv"
path = "prices"
prices = "adjusted"
cash_rate = 0.02
series = { STRESS = { path = "STRESS.csv", column = "value", release = "days:6" } }
[portfolio.weights]
A = 0.4
B = 0.3
C = 0.2
CASH = 0.1
[execution]
max_participation = 0.2
max_cost_bps = 20
[policies.weekly]
kind = "periodic"
every = 5
"""
SESSIONS = 760


def test_every_session_that_is_warm_and_has_a_morrow_can_be_cut():
    def room(first, stop, *warmups):
        signals = {f"s{k}": SimpleNamespace(warmup=warmup) for k, warmup in enumerate(warmups)}
        return _Subject.room(SimpleNamespace(span=(first, stop), scenario=SimpleNamespace(signals=signals))).tolist()

    assert room(3, 7) == [3, 4, 5]
    assert room(3, 7, 5, 2) == [5]
    with pytest.raises(ScenarioError, match="nothing to audit"):
        room(3, 7, 6)


def test_how_far_a_replaced_future_strays():
    """The spread of 19,000 factors in logs, to 3 in a hundred, and how often something happens."""
    base = random_market(3, 1000, 20, gaps=0.0, silent=0.0)
    ones = np.ones(base.shape)
    market = replace(
        base, depth=ones, half_spread=1e-4 * ones, spread_scale=ones, dividends=ones, splits=ones,
        halted=np.zeros(base.shape, bool), assumed_adv=None,
    )  # fmt: skip
    other = wild(market, 49, np.random.default_rng(2))
    adjusted = replace(base, adjustment=ones)
    carried = wild(adjusted, 49, np.random.default_rng(2))
    told = {"volume": 1.5, "depth": 1.0, "half_spread": 1.0, "spread_scale": 0.5, "dividends": 1.0, "adjustment": 0.2}
    for name, sigma in told.items():
        was, now = (getattr(each, name) for each in ((adjusted, carried) if name == "adjustment" else (market, other)))
        assert np.array_equal(was[:50], now[:50])
        assert np.log(now[50:] / was[50:]).std() == pytest.approx(sigma, rel=0.03), name
    assert (other.splits[50:] == 2.0).mean() == pytest.approx(0.01, rel=0.2)
    assert other.halted[50:].mean() == pytest.approx(0.03, rel=0.1)
    rates = other.cash_rate[50:]
    assert (rates.min(), rates.max()) == pytest.approx((-0.01, 0.15), abs=0.001)
    weeks = slice(50, 71), slice(71, 1000)
    early, late = (np.diff(np.log(other.close[rows] / market.close[rows]), axis=0).std() for rows in weeks)
    assert (early / 2.0**0.5, late / 2.0**0.5) == pytest.approx((0.7, 0.05), rel=0.1)  # wild for 21 sessions


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A folder of data with a gap, and the module of planted leaks."""
    home = tmp_path_factory.mktemp("audit")
    market = random_market(5, SESSIONS, 3, series=True)
    (home / "data" / "prices").mkdir(parents=True)
    for asset in market.assets:
        fields = {name.title(): market.frame(name)[asset] for name in ("open", "high", "low", "close", "volume")}
        frame = market.frame("close")[[]].assign(**fields)
        if asset == "C":
            frame.iloc[150:165] = np.nan
        frame["Adj Close"] = frame["Close"]
        frame.rename_axis("Date").dropna(subset=["Close"]).to_csv(home / "data" / "prices" / f"{asset}.csv")
    weekly = market.series["STLFSI"]
    rows = [f"{date},{value}" for date, value in zip(weekly.dates, weekly.values, strict=True)]
    (home / "data" / "STRESS.csv").write_text("Date,value\n" + "\n".join(rows) + "\n")
    (home / "own.toml").write_text(SCENARIO)
    source = Path(__file__).with_name("planted.py").read_text()
    (home / "planted_leaks.py").write_text(source)
    return home


@pytest.fixture
def home(stored, monkeypatch):
    monkeypatch.chdir(stored)
    monkeypatch.syspath_prepend(str(stored))
    yield stored
    sys.modules.pop("planted_leaks", None)


def audited(capsys, *changes, scenario="own.toml", cuts=6):
    """Exit status, certificate, what was printed."""
    sets = [part for change in changes for part in ("--set", change)]
    status = main(["audit", scenario, "--data", "data", "--out", "out", "--cuts", str(cuts), "--quiet", *sets])
    out, err = capsys.readouterr()
    assert err == ""
    return status, json.loads(Path("out/certificate.json").read_text()), out


def signal(name):
    return [f"signals.x.kind=planted_leaks:{name}", "policies.y={kind='periodic', trigger='x'}"]


def costs(name):
    return [f"costs={{kind='planted_leaks:{name}'}}"]


def shock(name):
    return [f"shocks=[{{kind='planted_leaks:{name}'}}]"]


def policy(name):
    return [f"policies.z.kind=planted_leaks:{name}", "signals.honest.kind=planted_leaks:Honest"]


#: The plug-in, where its switch is, the component and column to be named, and sessions from the first date to its cut.
LEAKS = {
    "a centred rolling window": (signal("CentredWindow"), "signals.x", "signals.x", "level", 4),
    "a full-sample z-score": (signal("ZScore"), "signals.x", "signals.x", "level", "start"),
    "a full-sample quantile threshold": (signal("QuantileThreshold"), "signals.x", "signals.x", "state", None),
    "a label used without its delay": (signal("UndelayedLabel"), "signals.x", "signals.x", "level", 4),
    "a model that learns from undelayed labels": (signal("UndelayedModel"), "signals.x", "signals.x", "level", None),
    "shift(-1)": (signal("Tomorrow"), "signals.x", "signals.x", "level", 0),
    "a look ahead that history never rewards": (signal("RareFuture"), "signals.x", "signals.x", "level", None),
    "a weekly index before its publication": (signal("UnpublishedIndex"), "signals.x", "signals.x", "level", None),
    "a scaler fitted on everything": (signal("FittedScaler"), "signals.x", "signals.x", "level", "start"),
    "a back-filled gap": (signal("FilledGap"), "signals.x", "signals.x", "level", None),
    "today's close fills at today's open, in costs": (
        [*costs("SpreadOfTheDay"), "execution.fill=open"], "costs", "costs", "spread A", -1,
    ),
    "today's volume sizes today's order": (costs("VolumeOfTheFill"), "costs", "costs", "planned_volume A", 0),
    "impact fitted on everything": (costs("CalibratedImpact"), "costs", "costs", "eta A", "start"),
    "a policy that knows tomorrow": (policy("KnowsTomorrow"), "policies.z", "policies.z", "decision", 0),
    "a plan made from the whole": (policy("PlansOnTheWhole"), "policies.z", "policies.z", "action", None),
    "a signal that fails where history ends": (signal("Fragile"), "signals.x", "signals.x", "(all)", 0),
    "a module that remembers the whole": (signal("Remembers"), "signals.x", "signals.x", "level", "start"),
    "a peek on a single day": (signal("OneDay"), "signals.x", "signals.x", "state", None),
    "a label one row late, learnt two days off": (signal("LateByOneRow"), "signals.x", "signals.x", "level", None),
    "a lookback chosen on everything": (signal("ChosenOnAll"), "signals.x", "signals.x", "level", None),
    "a shock sized by a later day": (shock("SizedByTheWorst"), "shocks.0", "shocks[0]", "open A", None),
    "a shock seeded by the length of history": (shock("SeededByLength"), "shocks.0", "shocks[0]", "open A", None),
}  # fmt: skip


#: Leaks whose twins are replayed in a process of their own, as every run with parts of a user's own is.
APART = ("shift(-1)", "a module that remembers the whole")
#: Those whose twins an ordinary run replays.
TWINS = {*APART, *some(LEAKS, 3)}


def in_this_process(file, market, world, start):
    """What a process of its own would have seen, without its start."""
    return observe(assemble(fresh_process._ending(file, world), market), [world], start).components


@pytest.mark.parametrize("leak", [leak for leak in LEAKS if WHOLE or leak in {*TWINS, *some(LEAKS, 2)}])
def test_a_planted_leak_is_caught_and_its_twin_passes(leak, home, capsys, monkeypatch):
    changes, switch, component, column, before = LEAKS[leak]
    if not WHOLE and leak not in APART:
        monkeypatch.setattr("scenarios.audit.examine.observe_elsewhere", in_this_process)
    status, found, out = audited(capsys, *changes)
    first = found["first"]
    assert status == 3
    assert found["verdict"] == "saw the future"
    assert (first["component"], first["column"]) == (component, column)
    assert first["cause"] is None
    if "never rewards" in leak:
        assert {finding["replay"] for finding in found["findings"]} == {"poisoned"}
    assert component in out
    assert first["date"] in out
    check_date(first, before, found)
    guilty = {component["name"] for component in found["components"] if component["verdict"] == "saw the future"}
    assert guilty == {component}
    if not (WHOLE or leak in TWINS):
        return
    status, found, out = audited(capsys, *changes, f"{switch}.causal=true")
    assert (status, found["verdict"], found["findings"]) == (0, "clean", [])
    assert "clean" in out


@pytest.mark.parametrize("causal", [False, True])
def test_a_shock_that_opens_at_the_close_is_caught_where_fills_are_at_the_open(causal, home, capsys):
    """Today's close used to fill at today's open: fill prices come from the market, which only shocks change."""
    shock = f"shocks=[{{kind='planted_leaks:OpensAtTheClose', causal={str(causal).lower()}}}]"
    status, found, _ = audited(capsys, shock, "execution.fill=open")
    assert status == (0 if causal else 3)
    kept = kept_verdict(build(load("own.toml", [shock, "execution.fill=open"]), Path("data")))
    assert kept is not None
    assert kept.clean == causal  # what a run of that very scenario shows
    if not causal:
        first = found["first"]
        assert (first["component"], first["column"], first["replay"]) == ("shocks[0]", "open A", "opening")
        check_date(first, -1, found)  # the session after the cut, at its open
    status, found, _ = audited(capsys, shock)
    assert (status, found["verdict"]) == (0, "clean")  # fills at the close may know it


def test_an_order_sized_at_the_open_does_not_know_the_close_of_an_asset_without_an_open(home, capsys):
    frame = pd.read_csv("data/prices/B.csv", index_col=0)
    frame.loc[np.random.default_rng(0).random(len(frame)) < 0.3, "Open"] = np.nan
    shutil.copytree("data/prices", "data/holes", dirs_exist_ok=True)
    frame.to_csv("data/holes/B.csv")
    changes = ["market.path=holes", "execution.fill=open", "execution.size_at=fill", "policies.weekly.every=1"]
    status, found, _ = audited(capsys, *changes, cuts=30)
    assert (status, found["findings"]) == (0, [])


def test_a_publication_date_stated_too_early_is_in_the_ledger(home, capsys):
    (home / "data" / "STLFSI4.csv").write_text((home / "data" / "STRESS.csv").read_text())
    series = "market.series.STRESS={{path='STLFSI4.csv', column='value', release='{}'}}"
    status, found, out = audited(capsys, series.format("days:2"))
    assert status == 3
    assert found["first"]["component"] == "series.STRESS"
    assert found["first"]["replay"] == "ledger"
    assert found["first"]["cut"] is None
    assert "series.STRESS" in out
    assert audited(capsys, series.format("business-days:4"))[0] == 0  # six days, and a day later after a holiday


def test_what_the_audit_cannot_see_weakens_its_verdict(home, capsys):
    status, found, out = audited(capsys, *signal("FromElsewhere"))
    assert (status, found["verdict"]) == (0, "clean")
    assert out.startswith("own: clean as far as could be seen: ")
    assert "but signals.x says the same on another market" in out
    assert "but signals.x states no refits (refit_every)" in out
    assert "as far as could be seen" in Path("out/index.html").read_text(encoding="utf-8")
    _, found, out = audited(capsys, "policies.weekly.every=7")
    assert found["doubts"] == []
    assert out.startswith("own: clean: ")


def test_evidence_used_before_it_is_known_is_in_the_ledger(home, capsys):
    status, found, _ = audited(capsys, *signal("Late"))
    assert status == 3
    assert found["first"]["component"] == "signals.x.labels"
    assert found["first"]["date"] == str(sessions()[0])
    assert audited(capsys, *signal("Late"), "signals.x.causal=true")[0] == 0


STRESSED = [
    "signals.stress={kind='stress-forecast', min_train=504, refit_every=60, horizon=5, options={n_estimators=3}}",
    "policies.out={kind='de-risk', base='weekly', signal='stress'}",
]


def test_every_built_in_kind_passes(home, capsys):
    more = [
        "signals.vol={kind='volatility', lookback=10}",
        "signals.month={kind='calendar', every='month'}",
        "policies.band={kind='threshold-band', band=0.02, trigger='month'}",
        "policies.calm={kind='de-risk', base='band', signal='vol'}",
        "policies.equal={kind='equal-weight', every=7}",
        "execution.fill=open",
        "execution.size_at=fill",
        "execution.lag=2",
        "costs.spread_from=abdi-ranaldo",
        "flows=[{date=2002-02-13, share=-0.4}, {date=2002-06-12, amount=500000}]",
        "bounds={max_weight=0.45, min_cash=0.02, min_liquid_share=0.2}",
    ]
    shocks = []
    for kind in ("price-gap", "volatility", "volume-collapse", "spread-widening"):
        shocks += ["--shock", f"{kind}:from=2001-12-03,days=200"]
    sets = [part for change in STRESSED + more for part in ("--set", change)]
    arguments = ["audit", "own.toml", "--data", "data", "--out", "out", "--quiet", "--cuts", "6", *sets, *shocks]
    status = main(arguments)
    print(capsys.readouterr())
    found = json.loads(Path("out/certificate.json").read_text())
    assert (status, found["findings"]) == (0, [])
    names = {component["name"] for component in found["components"]}
    assert {"shocks[3]", "series.STRESS", "estimates", "costs", "liquidity", "policies.out", "execution.equal"} <= names
    assert {f"signals.stress.{what}" for what in ("features", "thresholds", "labels", "models")} <= names
    for cut in found["cuts"]:
        begun = {"struck"} if cut["date"] >= "2001-12-03" else set()
        assert {replay["kind"] for replay in cut["replays"]} == {"truncated", "poisoned", "opening"} | begun
        assert all(replay["same"] and replay["sha256"] == replay["expected"] for replay in cut["replays"])
        for component in found["components"]:
            assert component["cuts"] == ["the same to the bit"] * len(found["cuts"]), component["name"]


def test_kinds_that_act_on_liquidity_pass(home, capsys):
    """Overlays and problems solved, one over the other too, under bounds on what is held and with settlement."""
    within = "ladder={A=17.0, B=7.0}, max_duration=4.0"
    changes = [
        "scenario.start=2002-10-15",
        "signals.vol={kind='volatility', lookback=10}",
        "overlays.ladder={kind='liquidity-ladder', signal='vol', calm=3, phases=2}",
        f"overlays.short={{kind='shorten-duration', {within}}}",
        "overlays.hedge={kind='hedge', signal='vol', instrument='C', size=0.2}",
        "overlays.calm={kind='volatility-target', target=0.1, lookback=20}",
        "policies.parts={holdings={kind='risk-parity', window=40}, when='month', overlays=['short', 'ladder', 'calm']}",
        "policies.solved={kind='optimised', every=15, window=63}",
        "policies.over={kind='hedge', base='solved', signal='vol', instrument='C'}",
        "policies.stages={kind='two-stage', every=15, window=63, scenarios=8}",
        "bounds={min_coverage=2.0, max_days_to_cash={share=0.5, days=5}, max_illiquid=0.5, min_highly_liquid=0.2}",
        "execution.settlement_days=2",
    ]
    sets = [part for change in changes for part in ("--set", change)]
    status = main(["audit", "own.toml", "--data", "data", "--out", "out", "--quiet", "--cuts", "1", *sets])
    capsys.readouterr()
    found = json.loads(Path("out/certificate.json").read_text())
    assert (status, found["findings"]) == (0, [])
    names = {component["name"] for component in found["components"]}
    assert {"policies.parts", "policies.solved", "policies.over", "policies.stages", "liquidity"} <= names


def centred(market, lookback=21):
    honest = pd.DataFrame(forecast_adv(market, 1))
    return honest.rolling(lookback, min_periods=1, center=True).mean().to_numpy()


def quantile_of_all(values, q, min_periods=252):
    return np.full(values.size, np.nanquantile(values, q))


def undelayed(labels, *, start, refit_every, horizon, embargo, window):
    from signals.stress.walk_forward import folds

    return folds(labels, start=start, refit_every=refit_every, horizon=0, embargo=0, window=window)


def zscore_of_all(values, *_):
    return (values - np.nanmean(values)) / np.nanstd(values)


@pytest.mark.parametrize(
    ("where", "leak", "component"),
    [
        ("simulator.engine.arrays.forecast_adv", centred, "estimates"),
        ("simulator.features.families.own_past.past_zscore", zscore_of_all, "signals.stress.features"),
        ("signals.stress.labels.events.past_quantile", quantile_of_all, "signals.stress.thresholds"),
        ("signals.stress.forecast.folds", undelayed, "signals.stress.labels"),
    ],
)
def test_a_leak_in_our_own_code_would_be_caught(where, leak, component, home, capsys, monkeypatch):
    monkeypatch.setattr(where, leak)
    status, found, _ = audited(capsys, *STRESSED)
    assert status == 3
    assert found["first"]["component"] == component
    assert all(
        finding["cause"] == component
        for finding in found["findings"]
        if finding["component"].startswith("policies.out")
    )


RULES = [
    "signals.level={kind='threshold', of='STRESS'}",
    "signals.rank={kind='threshold', of='STRESS', scale='percentile', enter=0.9, exit=0.8}",
    "signals.fixed={kind='threshold', of='STRESS', scale='level', enter=1.0, exit=0.5}",
    "signals.usual={kind='volatility', lookback=10, scale='percentile', enter=0.9, exit=0.8}",
    "signals.past={kind='volatility-past', lookback=10, recalibrate=40}",
    "signals.status={kind='published-status', index='STRESS'}",
]


def test_rules_lay_open_what_they_fit_and_pass(home, capsys):
    status, found, _ = audited(capsys, *RULES)
    assert (status, found["findings"]) == (0, [])
    names = {component["name"] for component in found["components"] if component["name"].count(".") == 2}
    fitted = {"level": "thresholds", "rank": "percentiles", "usual": "percentiles"}
    fitted |= dict.fromkeys(("past", "status"), "thresholds")
    looked_at = {f"signals.{name}.features" for name in (*fitted, "fixed")}
    assert names == looked_at | {f"signals.{name}.{what}" for name, what in fitted.items()}
    waits = {entry["component"]: entry["least_days_known_before_use"] for entry in found["ledger"]}
    assert {waits[name] for name in names} == {0}  # used on the very day on which they become known
    assert any(cut["why"] == "a refit of signals.past" for cut in found["cuts"])


def percentile_of_all(values, *_):
    return pd.Series(values).rank(method="max", pct=True).to_numpy()


def calibrated_ahead(values, share, exit_ratio, min_hold, *, recalibrate, least):
    """Each level knows the eight sessions after its own: it shows where a cut falls on them, of forty, alone."""
    from signals.share_of_time import calibrations, level_for_share

    levels = np.full(values.size, np.nan)
    for t in calibrations(values, recalibrate=recalibrate, least=least):
        levels[t : t + recalibrate] = level_for_share(values[: t + 9], share, exit_ratio, min_hold)
    return levels


def dated_not_published(index, sessions, quantiles):
    """Values count from the Friday they are for, not from the Thursday on which they came out."""
    from signals.stress.labels import past_thresholds
    from simulator.core.release import ReleaseRule

    return past_thresholds(replace(index, rule=ReleaseRule.parse("close")), sessions, quantiles)


@pytest.mark.parametrize(
    ("where", "leak", "component"),
    [
        ("signals.threshold.past_quantile", quantile_of_all, "signals.level.thresholds"),
        ("signals.threshold.past_percentile", percentile_of_all, "signals.rank.percentiles"),
        ("signals.volatility.past_percentile", percentile_of_all, "signals.usual.percentiles"),
        ("signals.past_volatility.past_levels", calibrated_ahead, "signals.past.thresholds"),
        ("signals.stress.status.past_thresholds", dated_not_published, "signals.status.thresholds"),
    ],
)
def test_a_leak_in_a_rule_is_found_where_it_fits(where, leak, component, home, capsys, monkeypatch):
    """The signal itself, which does no more than use it, is named as a consequence."""
    monkeypatch.setattr(where, leak)
    status, found, _ = audited(capsys, *RULES)
    assert status == 3
    assert found["first"]["component"] == component
    guilty = {finding["component"] for finding in found["findings"] if finding["cause"] is None}
    assert guilty == {component}


def test_bad_input(home, capsys):
    for arguments, message in (
        (["--cuts", "0"], "--cuts must be at least 1, not 0"),
        (["--set", "execution.lag=-1"], "execution: lag must be 0 or more"),
        (["--set", "signals.x.kind=planted_leaks:Nobody"], "module 'planted_leaks' has no 'Nobody'"),
        (["--set", "signals.x.kind=planted_leaks:Unseeded"], "signals.x: level on"),
        (["--set", "signals.x={kind='threshold', of='VIX'}"], "signals.x: x: no feature or series 'VIX'"),
        (["--set", "scenario.end=2000-01-03"], "nothing to audit"),
    ):
        out = home / "nowhere"
        assert main(["audit", "own.toml", "--data", "data", "--out", str(out), "--quiet", *arguments]) == 2
        printed = capsys.readouterr()
        assert message in printed.err
        assert printed.err.count("\n") == 1
        assert not out.exists()


def test_the_same_audit_gives_the_same_bytes_and_may_be_replaced(home, capsys):
    written = []
    for _ in range(2):
        audited(capsys, cuts=3)
        written.append([Path("out", name).read_bytes() for name in ("certificate.json", "index.html", "manifest.json")])
    assert written[0] == written[1]


def test_asking_for_more_cuts_than_sessions_takes_them_all(home, capsys):
    status, found, _ = audited(capsys, "scenario.end=2000-01-12", cuts=50)
    assert status == 0
    assert len(found["cuts"]) == 7


@pytest.mark.browser
def test_the_page_shows_what_was_seen(home, capsys):
    found = audited(capsys, *signal("Tomorrow"))[1]
    for width in (1440, 400):
        seen = visit(Path("out/index.html"), width)
        assert seen.console == []
        assert seen.requests == []
        assert "The future was seen by signals.x" in seen.dom
        assert found["first"]["date"] in seen.dom
        assert seen.dom.count('class="cell bad"') == len(found["cuts"])
        assert seen.dom.count('class="cell good"') > 20
    audited(capsys)
    assert "Clean: nothing saw the future" in visit(Path("out/index.html"), 400).dom


def test_a_book_rebalanced_daily_survives_a_long_replaced_future(recwarn):
    market = random_market(8, 8000, 4)
    other = wild(market, 10, np.random.default_rng(1))
    result = simulate(other, EqualWeight(every=1))
    assert np.isfinite(result.out.nav).all()
    assert not [warning for warning in recwarn if issubclass(warning.category, RuntimeWarning)]
    close, ahead = other.close[11:32], market.close[10]
    assert (np.nanmax(close, axis=0) > 1.5 * ahead).all()
    assert (np.nanmin(close, axis=0) < 0.67 * ahead).all()
    assert (other.close[:11] == market.close[:11])[~np.isnan(market.close[:11])].all()
    assert ((other.low <= other.close) & (other.close <= other.high))[~np.isnan(other.close)].all()


@pytest.mark.slow
def test_the_default_scenario_passes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    short = ["--set", "scenario.end=1999-12-31", "--set", "signals.stress.options.n_estimators=5"]
    assert main(["audit", "--cuts", "3", "--quiet", *short]) == 0
    assert "us-large-caps: clean" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", some(["crunch-2008", "etf-core"], 2))
def test_catalogued_scenarios_on_real_data_pass(name, data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    short = ["--set", "scenario.end=2012-12-31", "--set", "signals.stress.options.n_estimators=5"]
    assert main(["audit", name, "--data", str(data), "--cuts", "4", "--quiet", *short]) == 0
    assert f"{name}: clean" in capsys.readouterr().out


def sessions():
    from scenarios.build import load_market
    from scenarios.load import load

    return load_market(load("own.toml"), Path("data")).sessions


def check_date(first, before, found):
    """The date lies as many sessions before its cut as this kind of leak looks ahead."""
    days = sessions()
    date, cut = (int(np.searchsorted(days, np.datetime64(first[key]))) for key in ("date", "cut"))
    assert first["cut"] in {cut["date"] for cut in found["cuts"]} | set(found["decisions"]) | set(found["calls"])
    if before == "start":
        assert date < 31
    elif before is None:
        assert date <= cut
    else:
        assert cut - date == before
