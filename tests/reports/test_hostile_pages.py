"""Every text that a user can give, hostile, on every page: opened in Chromium it executes and asks for nothing."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import scenarios.study.cards.forecast as forecast_cards
import scenarios.study.cards.warning as warning_cards
import scenarios.study.early_warning.output as warning_output
import scenarios.study.stress.output as forecast_output
from reports import write_page
from reports.data_page import write_data_page
from reports.explanation import write_explanation
from reports.findings import Cell, Findings, Line, Section, Table, write_findings
from reports.findings_figures import Dot, dots, heat, lines, moments
from reports.sweep import Axis
from reports.sweep_page import write_sweep_page
from reports.verdict_page import write_verdicts
from reports.verdicts import Ceiling, Corrected, EqualShare, Placebos, Verdict, Verdicts
from scenarios.check import CheckRow
from scenarios.cli import main
from scenarios.study.cards.options import CardOptions
from scenarios.study.early_warning.run import Options, run_early_warning
from scenarios.study.stress.run import Options as ForecastOptions
from scenarios.study.stress.run import run_stress_forecast
from signals.stress.validation import Bootstrap
from simulator.core.names import toml_text
from simulator.metrics import PAIRED, Difference
from tests.browser import Visit, visit
from tests.cli.test_errors import SMALL
from tests.fuzz.asked import BANKS, LINES, PROPOSE, furnish_banks
from tests.fuzz.families import TO
from tests.fuzz.home import furnish
from tests.hostile import MARK, TEXTS, Tainted
from tests.reports.made_page import made as made_comparison
from tests.reports.test_sweep_page import report as made_sweep
from tests.study_folder import write_study_folder
from tests.support import some
from tests.sweeping import write_small

pytestmark = pytest.mark.slow


def hostile_scenario() -> str:
    """Texts in every place: 200 in the description, one in each title and label."""
    text = SMALL.replace(
        'name = "small"',
        f'name = "small"\ntitle = {toml_text(TEXTS[0])}\ndescription = {toml_text(chr(10).join(TEXTS))}',
    )
    text += f"title = {toml_text(TEXTS[1])}\n"
    for k in range(2, 8):
        text += f"[policies.p{k}]\nkind = 'hold'\ntitle = {toml_text(TEXTS[k * 25])}\n"
    text += f"[signals.s]\nkind = 'calendar'\nevery = 'month'\ntitle = {toml_text(TEXTS[3])}\n"
    text += f"[policies.follows]\nkind = 'periodic'\ntrigger = 's'\ntitle = {toml_text(TEXTS[4])}\n"
    return text


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "data" / "prices").mkdir(parents=True)
    for name, step in (("A", 3), ("B", 4)):
        days = [
            f"2024-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29) if (month * 28 + day) % 7 > 1
        ]
        rows = [f"{day},10,14,8,{10 + k % step},{10 + k % step},1000" for k, day in enumerate(days)]
        text = "Date,Open,High,Low,Close,Adj Close,Volume\n" + "\n".join(rows) + "\n"
        (folder / "data" / "prices" / f"{name}.csv").write_text(text)
    (folder / "hostile.toml").write_text(hostile_scenario())
    return folder


class _Addresses(HTMLParser):
    """Where a page's elements lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "xlink:href", "src", "action")]


def opened(page: Path) -> Visit:
    """Open a page of hostile texts: nothing is executed, asked for or linked, and nothing fails."""
    found = visit(page, 1280)
    assert found.requests == [], page
    assert not re.search(rf"<html[^>]*{MARK}", found.dom), page
    assert not [line for line in found.console if re.search("undertow.invalid|Uncaught|Error", line)], page
    addresses = _Addresses()
    addresses.feed(found.dom)
    assert not [address for address in addresses.found if "undertow.invalid" in address or "javascript:" in address], (
        page
    )
    return found


def made(home: Path, command: str, *more: str) -> Path:
    out = home / command
    given = [command, str(home / "hostile.toml"), "--data", str(home / "data"), "--out", str(out), "--quiet", *more]
    assert main(given) == 0
    return out


@pytest.mark.parametrize(
    ("command", "more", "pages"),
    [
        ("run", (), ("index.html", "tearsheets/p2.html", "tearsheets/follows.html")),
        ("sweep", ("--grid", "execution.lag=1,2"), ("index.html",)),
        ("audit", ("--cuts", "1"), ("index.html",)),
    ],
)
def test_pages_execute_nothing_and_ask_for_nothing(home, command, more, pages, capsys):
    out = made(home, command, *more)
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())
    for page in pages:
        opened(out / page)
    assert TEXTS[0] not in (out / "index.html").read_text()


def test_a_page_of_findings_with_every_text_everywhere(tmp_path):
    lines = [Line(text, [Cell(text, text)]) for text in TEXTS]
    section = Section("one", TEXTS[0], TEXTS[1], tables=[Table([TEXTS[2], TEXTS[3]], lines, folded=TEXTS[4])])
    page = Findings(TEXTS[0], TEXTS[1], TEXTS, [section], TEXTS, TEXTS, ["metrics.json"])
    write_findings(page, tmp_path / "index.html")
    found = opened(tmp_path / "index.html")
    assert found.dom.count("undertow.invalid") > len(TEXTS)  # they are there to be read


def test_charts_of_findings_with_every_text(tmp_path):
    days = np.datetime64("2020-01-01") + np.arange(40)
    some = TEXTS[:40]
    charts = [
        dots({text: [Dot(text, 0.1, 0.0, 0.2)] for text in TEXTS}, TEXTS[0], 0.5),
        lines(dict.fromkeys(some, (days, np.arange(40.0))), TEXTS[1]),
        moments(dict.fromkeys(some, days[:3])),
        heat(days, some, np.ones((40, 40)), [(0.0, "#FFFFFF"), (1.0, "#000000")]),
    ]
    page = Findings("x", "y", [], [Section("one", "t", "n", charts)], [], [], [])
    write_findings(page, tmp_path / "index.html")
    found = opened(tmp_path / "index.html")
    assert "&lt;a href=" in found.dom  # in a chart, to be read


def test_a_comparison_with_every_text_as_note_shock_or_assumption(tmp_path):
    """Names of groups, of shocks, of plug-ins and what data are like reach the page as sentences."""
    one = made_comparison(6, 3, 400)
    texts = list(TEXTS)
    policies = {name: TEXTS[29 * number] for number, name in enumerate(one.records)}
    signals = {name: TEXTS[31 * number + 7] for number, name in enumerate(one.signals)}
    told = replace(
        one,
        description="\n".join(texts),
        warning=TEXTS[8],
        assumptions=texts,
        shocks=texts,
        data_notes=texts,
        notices=texts,
    )
    write_page(told.titled(TEXTS[5], policies, signals), tmp_path / "index.html")
    opened(tmp_path / "index.html")


def test_a_sweep_with_every_text_as_value(tmp_path):
    axes = [Axis(TEXTS[1], TEXTS[:3], False), Axis(TEXTS[2], TEXTS[3:5], False)]
    one = made_sweep(bands=TEXTS[:3], lags=TEXTS[3:5], axes=axes)
    told = replace(
        one,
        name=TEXTS[0],
        description=TEXTS[6],
        warning=TEXTS[7],
        policies=(TEXTS[8], TEXTS[9]),
        trials=[trial._replace(policy=TEXTS[8 if trial.policy == "passive" else 9]) for trial in one.trials],
        assumptions=TEXTS,
        shocks=TEXTS,
    )
    write_sweep_page(told, tmp_path / "index.html")
    opened(tmp_path / "index.html")


def test_a_stress_frontier_with_every_text(tmp_path):
    one = made_sweep(bands=("0", "1"), lags=("0", "2"))
    axes = [Axis(TEXTS[10], ("0", "1"), True, severity=True), Axis(TEXTS[11], ("0", "2"), True, severity=True)]
    told = replace(one, axes=axes, name=TEXTS[0], description=TEXTS[6], warning=TEXTS[7], policies=(TEXTS[8], TEXTS[9]))
    write_sweep_page(replace(told, assumptions=TEXTS, shocks=TEXTS, foreknown=TEXTS[12]), tmp_path / "index.html")
    opened(tmp_path / "index.html")


def verdicts() -> Verdicts:
    """Of signals with every tenth text, two of them those to beat."""
    sessions = np.datetime64("2020-01-01") + np.arange(60)
    rng = np.random.default_rng(0)
    gaps = {name: Difference(0.1, -0.1, 0.3, 0.7) for name in PAIRED}
    figures = dict.fromkeys(PAIRED, 0.5)
    rivals, placebos = TEXTS[:2], Placebos(np.arange(20), rng.normal(size=(20, len(PAIRED))))
    judged = tuple(
        Verdict(
            signal=text,
            policy=f"{text} policy",
            measure="sharpe",
            level=0.9,
            hindsight=number == 5,
            rival=text in rivals,
            state=rng.random(60) > 0.7,
            figures=figures,
            against={name: gaps for name in rivals if name != text},
            benchmark=gaps,
            equal_share=None if text in rivals else EqualShare(0.2, gaps),
            placebos=placebos,
            corrected=None if text in rivals else Corrected(198, 0.5, 0.5),
        )
        for number, text in enumerate(dict.fromkeys([*rivals, *TEXTS[2::10]]))
    )
    ceilings = tuple(Ceiling(text, TEXTS[5:8], 0.1, figures, dict.fromkeys(rivals, gaps), gaps) for text in TEXTS[9:12])
    return Verdicts(
        *("sharpe", 0.9, 100, 20, 5, rivals, TEXTS[4], sessions, -rng.random(60), 0.2, judged),
        passive=figures,
        ceilings=ceilings,
    )


def test_verdicts_of_every_text(tmp_path):
    write_verdicts(TEXTS[0], verdicts(), tmp_path / "verdicts.html", TEXTS)
    opened(tmp_path / "verdicts.html")


def explanation() -> dict[str, object]:
    """Of one day, with 200 columns and families."""
    days = [f"2020-01-{day:02d}" for day in range(1, 29)]
    reasons = [
        {"column": text, "family": text, "formula": text, "value": 1.0, "percentile": 0.5, "standing": text}
        | {"known_at": days[0], "contribution": 0.01, "odds": 1.01, "text": text}
        for text in TEXTS
    ]
    rows = [{"name": text, "columns": 2, "mean": 0.1, "low": 0.0, "high": 0.2} for text in TEXTS]
    rules = [{"conditions": list(TEXTS), "probability": 0.1, "share": 0.5, "holds": True, "text": TEXTS[1]}]
    return {
        "scenario": TEXTS[0],
        "foreknown": " ".join(TEXTS[:9]),
        "signal": TEXTS[1],
        "model": TEXTS[2],
        "event": TEXTS[3],
        "text": " ".join(TEXTS),
        "date": days[5],
        "horizon": 5,
        "refit": days[0],
        "learned": {"rows": 90, "events": 9},
        "probability": 0.2,
        "base": {"probability": 0.1, "log_odds": -2.2},
        "calibration": 0.1,
        "log_odds": -1.4,
        "on": True,
        "since": days[1],
        "came": 1.0,
        "came_known_at": days[9],
        "reasons": reasons,
        "around": {
            "dates": days,
            "probability": [0.1] * 28,
            "on": [True] * 28,
            "event": [1.0] * 28,
            "levels": {TEXTS[4]: 0.3, TEXTS[5]: 0.2},
        },
        "surrogate": {"depth": 3, "refit": days[0], "text": TEXTS[6], "rules": rules},
        "importance": {"loss": "brier", "score": 0.1, "test_days": 500, "families": rows, "series": rows},
        "stability": {
            "text": TEXTS[7],
            "top": 5,
            "refits": days[:2],
            "rank_correlation": [None, 0.5],
            "overlap": [None, 0.5],
            "columns": list(TEXTS[:12]),
            "importance": [[0.1, 0.2]] * 12,
        },
    }


def test_an_explanation_of_every_text(tmp_path):
    write_explanation(explanation(), tmp_path / "index.html")
    opened(tmp_path / "index.html")


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Both studies of stress on a made market, every text of their pages replaced by a hostile one."""
    home = tmp_path_factory.mktemp("studies")
    data, few, models = write_study_folder(home / "data"), Bootstrap(draws=20), ("ridge-nowcast", "logistic")
    cards = CardOptions(owner=TEXTS[0], oversight=TEXTS[1], models=models)
    options = Options(protocols=("forward",), models=models, workers=1, bootstrap=few, cards=cards)
    ahead = ForecastOptions(
        protocols=("forward",), models=("logit-state",), horizons=(5,), workers=1, bootstrap=few, cards=CardOptions()
    )
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (warning_output, "write_warning_page"),
            (warning_cards, "write_card"),
            (warning_cards, "write_merit"),
            (forecast_output, "write_forecast_page"),
            (forecast_cards, "write_card"),
        ):
            patch.setattr(module, name, tainted(getattr(module, name)))
        warning_output.write_study(run_early_warning(data, options), home / "early")
        forecast_output.write_study(run_stress_forecast(data, ahead), home / "ahead")
    return home


def tainted(write, name=""):
    return lambda content, *rest: write(Tainted(keys=name != "liquidity")(content), *rest)


@pytest.mark.parametrize("folder", some(["ahead", "early"], 2))
def test_pages_of_studies_with_hostile_texts_alone(studies, folder):
    pages = sorted((studies / folder).rglob("*.html"))
    assert len(pages) >= 2
    for page in pages:
        assert MARK in page.read_text()
        opened(page)


#: Commands whose pages are written by what is named here, in the module that calls it.
_WRITTEN = {
    "fit": ("scenarios.fit.run", "write_fit_page"),
    "herd": ("scenarios.herd.run", "write_herd_page"),
    "redemptions": ("scenarios.redemptions.run", "write_redemptions_page"),
    "liquidity": ("scenarios.liquidity.run", "write_liquidity"),
    "run": ("scenarios.runner", "write_liquidity_of_run"),
    "stress": ("scenarios.stress.run", "write_stress_page"),
    "propose": ("scenarios.governance.propose", "write_proposal"),
    "money": ("scenarios.study.result", "write_findings"),
    "banks": ("scenarios.study.result", "write_findings"),
}
_OTHERWISE = {
    "fit": ("fit", "small.toml", *TO, "--paths", "20"),
    "run": ("run", "small.toml", *TO, "--no-tearsheets"),
    "stress": LINES["stress"][1],
    "banks": (*BANKS, "--quiet", "--out", "made"),
}


@pytest.mark.parametrize("name", some(_WRITTEN, 2))
def test_pages_of_commands_with_hostile_texts_alone(name, tmp_path, monkeypatch):
    """Whatever a page of a command shows is hostile: names of policies, assets, banks, what it says of the data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNDERTOW_TRIALS", "off")
    write_small(tmp_path) if name == "fit" else furnish(tmp_path)  # paths need a year
    if name == "banks":
        furnish_banks(tmp_path)
    module, writer = _WRITTEN[name]
    monkeypatch.setattr(f"{module}.{writer}", tainted(getattr(importlib.import_module(module), writer), name))
    assert main([*_OTHERWISE.get(name, LINES.get(name, [PROPOSE])[0])]) == 0
    page = tmp_path / "made" / ("liquidity.html" if name == "run" else "index.html")
    assert MARK in page.read_text()
    opened(page)


def test_a_page_of_price_files_with_every_text(tmp_path):
    rows = [CheckRow("grave", text, "2024-01-02", text, text, text, text) for text in TEXTS]
    write_data_page(TEXTS[0], TEXTS[1:4], rows, None, tmp_path / "index.html")
    opened(tmp_path / "index.html")


def test_names_of_banks_are_texts(tmp_path, monkeypatch, capsys):
    """A payment log may call a bank anything."""
    monkeypatch.chdir(tmp_path)
    furnish_banks(tmp_path, [*[text for text in TEXTS if not set(text) & set(',"\n')][:5], "CB"])
    assert main([*BANKS, "--quiet", "--out", "made"]) == 0
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())
    opened(tmp_path / "made" / "index.html")
