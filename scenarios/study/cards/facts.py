"""Facts of a card that need no model: the data, whom it covers, the label, the folds."""

from __future__ import annotations

import numpy as np

from reports.model_card import AssetFact, Coverage, DataFacts, Fold, Folds, LabelFacts, SeriesFact
from scenarios.study.data import StudyData, holes
from scenarios.study.numbers import number
from signals.stress.labels import report
from simulator.core.release import ReleaseRule
from simulator.data import KNOWN_CLASSES, region_of

from .subject import Subject


def data_facts(subject: Subject) -> DataFacts:
    """Where the figures come from, and what is missing in it."""
    data, market = subject.data, subject.data.market
    return DataFacts(
        folder=str(data.folder),
        fingerprint=market.fingerprint(),
        first=str(market.sessions[0]),
        last=str(market.sessions[-1]),
        sessions=int(market.sessions.size),
        assets=[_asset(data, k) for k in range(len(market.assets))],
        series=[_series(data, name) for name in market.series],
        columns=subject.candidate.columns,
        notes=[line for line in data.notes if ": no value between" not in line],
        foreknown=data.foreknown,
    )


def _asset(data: StudyData, k: int) -> AssetFact:
    market = data.market
    name = market.assets[k]
    priced = np.flatnonzero(~np.isnan(market.close[:, k]))
    first, last = (str(market.sessions[row]) for row in (priced[0], priced[-1])) if priced.size else ("never", "never")
    without = int(priced[-1] - priced[0] + 1 - priced.size) if priced.size else 0
    kind = market.instruments[k].asset_class
    return AssetFact(name, kind, name not in KNOWN_CLASSES and kind == "equity", region_of(name), first, last, without)


def _series(data: StudyData, name: str) -> SeriesFact:
    market, series = data.market, data.market.series[name]
    there = ~np.isnan(series.values) & (series.dates >= market.sessions[0]) & (series.dates <= market.sessions[-1])
    days = series.dates[there]
    first, last = (str(days[0]), str(days[-1])) if days.size else ("none", "none")
    gaps = [(str(before), str(after)) for before, after in holes(series, market)]
    return SeriesFact(name, release_words(series.rule), first, last, int(days.size), gaps)


def release_words(rule: ReleaseRule) -> str:
    """When a value becomes known, in words."""
    if rule.unit == "close":
        return "at its close"
    unit = "business day" if rule.unit == "business-days" else "day"
    return f"{rule.lag} {unit}{'' if rule.lag == 1 else 's'} after"


def coverage(facts: DataFacts) -> Coverage:
    """Assets by class and region."""
    classes = tuple(dict.fromkeys(asset.asset_class for asset in facts.assets))
    regions = tuple(dict.fromkeys(asset.region for asset in facts.assets))
    tickers: dict[str, dict[str, list[str]]] = {name: {} for name in classes}
    for asset in facts.assets:
        tickers[asset.asset_class].setdefault(asset.region, []).append(asset.name)
    return Coverage(classes, regions, tickers)


def label_facts(subject: Subject) -> LabelFacts:
    """What is forecast, when it is known, and how many episodes there are to learn from."""
    label = subject.problem.label
    found = report(label)
    late = f"{found.known_late_days:.0f} calendar days after its session, as a median"
    ahead = f"It looks {label.horizon} sessions ahead and is" if label.horizon else "It is"
    counts = {
        name: number(float(value)) for name, value in found._asdict().items() if not isinstance(value, str | bool)
    }
    return LabelFacts(
        label.text, f"{ahead} known {late}; until then no model learns from it.", found.sentence(), counts
    )


def folds(subject: Subject) -> Folds:
    """Every refit with a judged day."""
    rows = [_fold(subject, k) for k in subject.judged_splits]
    text = (
        f"{len(rows)} refits from {rows[0].refit} to {rows[-1].refit}, on {rows[0].rows:,} rows growing to "
        f"{rows[-1].rows:,}. {subject.protocol[:1].upper()}{subject.protocol[1:]}. Labels that were not published "
        f"{subject.embargo} sessions before a refit are withheld from it: {_range([row.withheld for row in rows])} of "
        "the labelled sessions before it."
    )
    return Folds(text, subject.embargo, rows)


def _range(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


def _fold(subject: Subject, k: int) -> Fold:
    label, split = subject.problem.label, subject.splits[k]
    known = ~np.isnan(label.values)
    newest = str(label.known_at[split.train].max()) if split.train.size else None
    before = int(known[: split.test[0]].sum())
    judged = np.intersect1d(split.test, subject.rows)
    return Fold(
        str(label.sessions[split.test[0]]),
        int(judged.size),
        int(split.train.size),
        int((label.values[split.train] > 0.0).sum()),
        newest,
        before - int(split.train.size),
    )
