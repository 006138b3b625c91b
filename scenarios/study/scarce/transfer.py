"""``undertow study transfer``: fitted on US equities, tested on markets abroad."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from reports.findings import Cell, Findings, Line, Section, Table
from reports.findings_figures import dots
from scenarios.progress import Progress, Silent
from scenarios.study.data import StudyData
from scenarios.study.protocols import EMBARGO, first_test_day
from scenarios.study.result import Result
from signals.stress.naive import LAST_STATE
from signals.stress.scarce import ABROAD, SCHOOLS, US_EQUITIES, Transferred, label_of, stacked, transfer
from signals.stress.scarce.effect import SCORES
from signals.stress.validation import AnswerCache, Scored
from simulator.core.errors import DataError

from .options import Options, read
from .text import DEFINITIONS, card, dot, gap, plain, predictions, score

_TITLES: Final = {**SCHOOLS, LAST_STATE: "Last state"}


def run_transfer(
    folder: Path | None,
    options: Options,
    progress: Progress | None = None,
    cache: AnswerCache | None = None,
    sources: Sequence[str] = (),
    targets: Sequence[str] = (),
) -> Result:
    """Run the study on a data folder; by default on what it has of US equities and of markets abroad.

    Raises
    ------
    DataError
        If it has none of either.
    """
    progress = progress or Silent()
    data = read(folder, options)
    known = data.market.assets
    sources = tuple(sources) or tuple(
        us_equity for us_equity in US_EQUITIES if us_equity in known and us_equity not in targets
    )
    targets = tuple(targets) or tuple(asset for asset in ABROAD if asset in known and asset not in sources)
    if not sources or not targets:
        raise DataError(
            f"transfer needs funds to learn from (by default {', '.join(US_EQUITIES)}) and others to be tested on "
            f"({', '.join(ABROAD)}); this data has {', '.join(known)}: name some with --source and --target"
        )
    first = _first(data, (*sources, *targets), options.horizon)
    found = transfer(
        data.market,
        sources,
        targets,
        model=options.model,
        columns=options.columns,
        horizon=options.horizon,
        first=first,
        embargo=EMBARGO,
        seed=options.seed,
        workers=options.workers,
        cache=cache,
        how=options.bootstrap,
        progress=progress,
    )
    metrics = {
        "study": "transfer",
        "sources": list(sources),
        "targets": {name: _metrics(transferred) for name, transferred in found.items()},
    }
    scored: dict[tuple[str, ...], Scored] = {
        (name, school): said for name, transferred in found.items() for school, said in transferred.forecasts.items()
    }
    return Result(
        _page(data, found, sources, options, first),
        metrics,
        predictions(scored, ("market", "model")),
        {**options.asked("transfer"), "sources": list(sources), "targets": list(targets)},
        {"market": data.market.fingerprint()},
        options.seed,
    )


def _first(data: StudyData, assets: Sequence[str], horizon: int) -> str:
    """The latest of the first test days of all markets."""
    stack = stacked(data.market, assets, horizon)
    return max(first_test_day(label_of(stack, asset)) for asset in assets)


def _metrics(transferred: Transferred) -> dict[str, Any]:
    return {
        "label": transferred.label._asdict(),
        "models": {name: {"title": _TITLES[name], **card(found, SCORES)} for name, found in transferred.cards.items()},
    }


def _page(
    data: StudyData, found: Mapping[str, Transferred], sources: Sequence[str], options: Options, first: str
) -> Findings:
    return Findings(
        title=f"Transfer: fitted on {', '.join(sources)}, tested on {', '.join(found)}",
        period=(
            f"forward from {first}, refitted each quarter · {options.model.title} · every fund a market of its own · "
            f"stress within {options.horizon} sessions"
        ),
        verdicts=list(_verdicts(found)),
        sections=[_chart(found), _table(found, "home"), _table(found, LAST_STATE)],
        definitions=[
            "Every fund is a market of its own: its label and features come from its own prices, volumes and ranges, "
            "and from published series that all share. A model first used on a day learns from labels known ten "
            "sessions before it, wherever they come from. All are tested on the same days.",
            *(f"{name}: {transferred.label.sentence()}." for name, transferred in found.items()),
            *DEFINITIONS,
        ],
        notes=data.notes,
        files=("metrics.json", "predictions.parquet", "manifest.json"),
    )


def _verdicts(found: Mapping[str, Transferred]) -> Iterator[str]:
    for name, transferred in found.items():
        gaps = transferred.cards["transferred"].versus["home"]
        auc, skill = gaps["auc_alert"], gaps["brier_skill_alert"]
        scores = transferred.cards["transferred"].scores
        rule = transferred.cards["transferred"].versus[LAST_STATE]["brier_skill_alert"]
        yield (
            f"{name}: the model fitted on the sources reaches a ROC-AUC of {scores['auc_alert'].value:.2f} and a Brier "
            f"skill of {plain(scores['brier_skill_alert'].value)}; against the one fitted at home it ranks "
            f"{_side(auc.low, auc.high)} ({auc.value:+.2f}) and its Brier skill is {_side(skill.low, skill.high)} "
            f"({skill.value:+.2f}); against the last state its Brier skill is {_side(rule.low, rule.high)}."
        )


def _side(low: float, high: float) -> str:
    return (
        "better beyond chance" if low > 0.0 else "worse beyond chance" if high < 0.0 else "no different beyond chance"
    )


def _chart(found: Mapping[str, Transferred]) -> Section:
    figures = []
    for key in ("auc_alert", "brier_skill_alert"):
        groups = {
            title: [
                dot(f"{name} · {title}", transferred.cards[school].scores[key]) for name, transferred in found.items()
            ]
            for school, title in _TITLES.items()
        }
        order = [f"{name} · {title}" for name in found for title in _TITLES.values()]
        figures.append(dots(groups, SCORES[key], 0.5 if key == "auc_alert" else 0.0, order))
    return Section(
        "glance",
        "At a glance",
        "Ranking and Brier skill by market, with 90% intervals; dotted: no skill.",
        figures,
    )


def _table(found: Mapping[str, Transferred], against: str) -> Section:
    head = ["Market and model"]
    head += [part for title in SCORES.values() for part in (title, "minus")] if against else []
    lines = []
    for name, transferred in found.items():
        for school, card_ in transferred.cards.items():
            gaps = card_.versus.get(against)
            cells: list[Cell] = []
            for key in SCORES:
                cells += [score(card_.scores[key]), gap(None if gaps is None else gaps[key], key)]
            lines.append(Line(f"{name} · {_TITLES[school]}", cells, "rule" if school == LAST_STATE else ""))
    title = "fitted at home" if against == "home" else "the last state"
    return Section(
        f"versus-{against}",
        f"Against {'a model ' if against == 'home' else ''}{title}",
        f"Scores with their intervals, and beside each the paired difference from {title}.",
        tables=[Table(head, lines)],
    )
