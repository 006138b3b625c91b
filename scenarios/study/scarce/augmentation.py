"""``undertow study augmentation``: what made-up and repeated stress does to training rows, and to forecasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from reports.findings import Cell, Findings, Line, Section, Table
from reports.findings_figures import dots
from scenarios.progress import Progress, Silent
from scenarios.study.numbers import number
from scenarios.study.protocols import EMBARGO
from scenarios.study.result import Result
from signals.stress.naive import LAST_STATE
from signals.stress.scarce import HOW, SHARE, BiasReport, Effect, bias, draw, effect
from signals.stress.scarce.effect import SCORES
from signals.stress.validation import AnswerCache, Split, forward

from .options import Options, Posed, posed, read
from .text import DEFINITIONS, card, dot, gap, plain, predictions, score, triple

_TEXT: Final = (
    f"Augmented training rows hold {SHARE:.0%} stress where real ones hold less; test rows, labels and thresholds are "
    "never touched. “Put back” means that probabilities were returned to the real shares by Bayes' rule.",
    "A column counts as biased where the means differ by more than a quarter of a real standard deviation, the "
    "standard deviations by more than a factor of 1.25, or the distributions by a Kolmogorov–Smirnov distance of more "
    "than 0.2. These are conventions, not tests: rows of an episode are too alike for tests.",
    "Told apart: area under the ROC curve of a random forest that tells real stressed rows from added ones, by "
    "cross-validation over blocks of rows; 0.5 means that it cannot. Copies of rows cannot be told apart by nature.",
)


def run_augmentation(
    folder: Path | None, options: Options, progress: Progress | None = None, cache: AnswerCache | None = None
) -> Result:
    """Run the study on a data folder."""
    progress = progress or Silent()
    problem = posed(read(folder, options), options)
    splits = forward(problem.problem.label, problem.first, "Q", EMBARGO)
    found = effect(
        problem.model,
        problem.problem,
        splits,
        seed=options.seed,
        workers=options.workers,
        cache=cache,
        how=options.bootstrap,
        progress=lambda done, total: progress("augmentation", done, total),
    )
    refits = {"first": splits[0], "last": splits[-1]}
    reports = {when: _reports(problem, split, options.seed) for when, split in refits.items()}
    return Result(
        _page(problem, found, reports, refits),
        _metrics(found, reports),
        predictions({(name,): scored for name, scored in found.forecasts.items()}, ("model",)),
        options.asked("augmentation"),
        {"market": problem.data.market.fingerprint()},
        options.seed,
    )


def _reports(posed: Posed, split: Split, seed: int) -> dict[str, BiasReport]:
    where = [posed.problem.panel.index_of(name) for name in posed.model.columns]
    x, y = posed.problem.panel.values[split.train][:, where], posed.problem.label.values[split.train]
    return {how: bias(x, y, draw(how, x, y, seed=seed), posed.model.columns, seed) for how in HOW}


def _metrics(found: Effect, reports: Mapping[str, Mapping[str, BiasReport]]) -> dict[str, Any]:
    return {
        "study": "augmentation",
        "models": {
            name: {
                "title": found.titles[name],
                "said": triple(found.levels[name].said),
                "came": number(found.levels[name].came),
                "excess": triple(found.levels[name].excess),
                **card(scores, SCORES),
            }
            for name, scores in found.cards.items()
        },
        "bias": {when: {how: _bias(report) for how, report in table.items()} for when, table in reports.items()},
    }


def _bias(report: BiasReport) -> dict[str, Any]:
    rows = report.columns.astype(object).where(report.columns.notna(), None)
    return {
        "rows": list(report.rows),
        "biased": report.biased,
        "told_apart": number(report.told_apart),
        "correlation_gap": number(report.correlation_gap),
        "correlation_worst": list(report.correlation_worst),
        "columns": rows.to_dict(orient="index"),
    }


def _page(
    posed: Posed, found: Effect, reports: Mapping[str, Mapping[str, BiasReport]], refits: Mapping[str, Split]
) -> Findings:
    return Findings(
        title="Scarce events: learning from repeated and made-up stress",
        period=posed.period,
        verdicts=list(_verdicts(found, reports["last"])),
        sections=[
            _levels(found),
            _scores(found),
            *(_biases(when, table, posed, refits[when]) for when, table in reports.items()),
        ],
        definitions=[posed.label, *_TEXT, *DEFINITIONS],
        notes=posed.data.notes,
        files=("metrics.json", "predictions.parquet", "manifest.json"),
    )


def _verdicts(found: Effect, reports: Mapping[str, BiasReport]) -> Iterator[str]:
    plain_level = found.levels[found.plain]
    raw = [name for name in found.levels if name not in (found.plain, LAST_STATE) and not name.endswith("+corrected")]
    loud = [name for name in raw if found.levels[name].excess.low > 0.0]
    said = [found.levels[name].said.value for name in raw]
    yield (
        f"Without augmentation the mean forecast is {plain_level.said.value:.1%}, and {plain_level.came:.1%} of the "
        f"days came before an event; with it, the mean forecast is {min(said):.1%} to {max(said):.1%}: too much, "
        f"beyond chance, in {len(loud)} of {len(raw)} ways."
    )
    better = [
        name
        for name, scores in found.cards.items()
        if name not in (found.plain, LAST_STATE) and scores.versus[found.plain]["brier_skill_alert"].low > 0.0
    ]
    ranked = [
        name
        for name, scores in found.cards.items()
        if name not in (found.plain, LAST_STATE) and scores.versus[found.plain]["auc_alert"].low > 0.0
    ]
    yield f"Brier skill is better than without augmentation, beyond chance, for {_named(found, better)}."
    yield f"Ranking (ROC-AUC) is better than without augmentation, beyond chance, for {_named(found, ranked)}."
    for how, report in reports.items():
        if HOW[how].synthetic:
            yield f"{HOW[how].title}, at the last refit: {report.sentence()}."


def _named(found: Effect, names: list[str]) -> str:
    return ", ".join(f"“{found.titles[name]}”" for name in names) if names else "none of them"


def _levels(found: Effect) -> Section:
    groups: dict[str, list[Any]] = {"as it is": [], "put back": []}
    for name, level in found.levels.items():
        title = found.titles[name].removesuffix(", put back to real shares")
        groups["put back" if name.endswith("+corrected") else "as it is"].append(dot(title, level.said))
    came = found.levels[found.plain].came
    return Section(
        "levels",
        "How much stress forecasts speak of",
        "Mean forecast with its interval; the dotted line is the share of days that came before an event "
        f"({came:.1%}).",
        [dots(groups, "mean forecast", came)],
    )


def _scores(found: Effect) -> Section:
    head = ["Model", "Mean forecast minus what came"]
    head += [part for title in SCORES.values() for part in (title, f"{title} minus without")]
    lines = []
    for name, scores in found.cards.items():
        against = scores.versus.get(found.plain)
        cells = [_excess(found, name)]
        for key in SCORES:
            cells += [score(scores.scores[key]), gap(None if against is None else against[key], key)]
        lines.append(Line(found.titles[name], cells, "rule" if name in (found.plain, LAST_STATE) else ""))
    return Section(
        "scores",
        "Whether forecasts are better for it",
        "Every model over the same test days, with its paired difference from the model without augmentation.",
        tables=[Table(head, lines)],
    )


def _excess(found: Effect, name: str) -> Cell:
    cell = gap(found.levels[name].excess, "", 3)
    return cell._replace(mark="bad" if cell.mark else "")


def _biases(when: str, reports: Mapping[str, BiasReport], posed: Posed, split: Split) -> Section:
    lines = []
    for how, found in reports.items():
        table = found.columns
        cells = [
            Cell(f"{found.rows[0]:,}"),
            Cell(f"{found.rows[1]:,}"),
            Cell(f"{int(table['biased'].sum())} of {len(table)}"),
            Cell(plain(float(table["shift"].abs().median()))),
            Cell(plain(float(table["ratio"].median()))),
            Cell(plain(float(table["ks"].median()))),
            Cell(plain(found.correlation_gap)),
            Cell(plain(found.told_apart)),
            Cell("yes" if found.biased else "no", mark="bad" if found.biased else "good"),
        ]
        lines.append(Line(HOW[how].title, cells))
    head = ["Way", "Real rows", "Added rows", "Columns biased", "Shift of means (median)", "Ratio of sd (median)"]
    head += ["KS distance (median)", "Gap of correlations (mean)", "Told apart (AUC)", "Biased"]
    refit = posed.problem.label.sessions[split.test[0]]
    return Section(
        f"bias-{when}",
        f"What is added beside real stress: {when} refit, {refit}",
        "Stressed rows that training gained, against the real ones. Undersampling adds none: its calm rows are "
        "compared with all calm ones.",
        tables=[Table(head, lines), *(_columns(how, found) for how, found in reports.items() if HOW[how].synthetic)],
    )


def _columns(how: str, report: BiasReport) -> Table:
    worst = report.columns.sort_values("ks", ascending=False)
    lines = [
        Line(
            str(name),
            [
                Cell(plain(row["real_mean"], 3)),
                Cell(plain(row["added_mean"], 3)),
                Cell(plain(row["real_sd"], 3)),
                Cell(plain(row["added_sd"], 3)),
                Cell(plain(row["ks"])),
                Cell("yes" if row["biased"] else "no", mark="bad" if row["biased"] else ""),
            ],
        )
        for name, row in worst.iterrows()
    ]
    head = ["Column", "Real mean", "Added mean", "Real sd", "Added sd", "KS distance", "Biased"]
    return Table(head, lines, f"{HOW[how].title}: every column, the most distant first")
