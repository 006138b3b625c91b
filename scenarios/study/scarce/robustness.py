"""``undertow study robustness``: a forecast whose inputs fail after it was fitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from reports.findings import Cell, Findings, Line, Section, Table
from reports.findings_figures import dots
from scenarios.progress import Progress, Silent
from scenarios.study.numbers import number
from scenarios.study.protocols import EMBARGO
from scenarios.study.result import Result
from signals.stress.scarce import KINDS, Robustness, Suffered, fitted, robustness
from signals.stress.scarce.robustness import MEASURED
from signals.stress.validation import forward

from .options import Options, Posed, posed, read
from .text import DEFINITIONS, dot, gap, plain, triple

#: The probability above which the stress-forecast signal is on, unless told otherwise.
LEVEL: Final = 0.5
_WORST: Final = 3  # faults of a kind that the chart shows


def run_robustness(
    folder: Path | None, options: Options, progress: Progress | None = None, level: float = LEVEL
) -> Result:
    """Run the study on a data folder. ``level`` is the probability, a fraction, from which a session is in state."""
    told = progress or Silent()
    problem = posed(read(folder, options), options)
    splits = forward(problem.problem.label, problem.first, "Q", EMBARGO)
    walk = fitted(problem.model, problem.problem, splits, options.seed, lambda done, total: told("fits", done, total))
    found = robustness(
        walk.ask,
        walk.x,
        walk.actual,
        walk.scale,
        walk.columns,
        level=level,
        seed=options.seed,
        how=options.bootstrap,
        progress=lambda done, total: told("faults", done, total),
    )
    return Result(
        _page(problem, found),
        _metrics(found),
        None,
        options.asked("robustness"),
        {"market": problem.data.market.fingerprint()},
        options.seed,
    )


def _metrics(found: Robustness) -> dict[str, Any]:
    return {
        "study": "robustness",
        "level": found.level,
        "undisturbed": {
            **{key: number(value) for key, value in found.plain.scores.items()},
            "alarmed": found.plain.alarmed,
        },
        "faults": [
            {
                "kind": fault.kind,
                "fault": fault.name,
                "scores": {key: number(value) for key, value in fault.scores.items()},
                "changes": {key: triple(value) for key, value in fault.changes.items()},
                "flipped": fault.flipped,
                "alarmed": fault.alarmed,
            }
            for fault in found.faults
        ],
    }


def _page(posed: Posed, found: Robustness) -> Findings:
    scores = found.plain.scores
    return Findings(
        title="Robustness: a stress forecast whose inputs fail",
        period=f"{posed.period} · undisturbed ROC-AUC {scores['roc_auc']:.2f}, PR-AUC {scores['pr_auc']:.2f}, Brier "
        f"score {scores['brier']:.3f}",
        verdicts=list(_verdicts(found)),
        sections=[_glance(found), _states(found), _all(found)],
        definitions=[
            "Faults happen in use: models are those fitted on sound rows, and only the rows they are asked about "
            "change. They are applied to features; a wrong raw value spreads through a feature's window as well.",
            *(f"{kind.capitalize()}: {text}." for kind, text in KINDS.items()),
            "The adversary knows what came and may ask the model anything: for every row it keeps the worst of sixteen "
            "random sign patterns, improved by one pass over groups of columns. Others may find worse.",
            f"State: a probability above {found.level:g}. Flipped: sessions whose state is another than without "
            "the fault.",
            posed.label,
            *DEFINITIONS,
        ],
        notes=posed.data.notes,
        files=("metrics.json", "manifest.json"),
    )


def _worst(found: Robustness, kind: str, key: str = "roc_auc") -> list[Suffered]:
    sign = -1.0 if key == "brier" else 1.0
    return sorted(
        (fault for fault in found.faults if fault.kind == kind), key=lambda fault: sign * fault.changes[key].value
    )


def _verdicts(found: Robustness) -> Iterator[str]:
    flips = max(
        (fault for fault in found.faults if fault.kind in ("family missing", "gaps", "series ended")),
        key=lambda fault: abs(fault.alarmed - found.plain.alarmed),
        default=None,
    )
    if flips is not None:
        yield (
            f"What is missing is not neutral: with {_what(flips)} the model is in state on {flips.alarmed:.0%} of the "
            f"sessions, undisturbed on {found.plain.alarmed:.0%}; ROC-AUC changes by "
            f"{flips.changes['roc_auc'].value:+.2f}, the Brier score by {flips.changes['brier'].value:+.3f}."
        )
    losses = [fault for fault in found.faults if fault.kind != "adversary" and fault.changes["roc_auc"].high < 0.0]
    count = sum(fault.kind != "adversary" for fault in found.faults)
    yield f"{len(losses)} of {count} accidents cost ranking (ROC-AUC) beyond chance{_named(losses)}."
    for fault in _worst(found, "adversary")[-1:]:
        yield (
            f"An adversary who moves every feature by {fault.name} takes ROC-AUC from "
            f"{found.plain.scores['roc_auc']:.2f} to {fault.scores['roc_auc']:.2f} and flips {fault.flipped:.0%} of "
            f"the states; Gaussian noise of the like size costs {_noise(found)}."
        )


def _noise(found: Robustness) -> str:
    least = _worst(found, "noise")[-1]
    return f"{abs(min(least.changes['roc_auc'].value, 0.0)):.2f}"


def _named(losses: Sequence[Suffered]) -> str:
    shown = sorted(losses, key=lambda fault: fault.changes["roc_auc"].value)[:4]
    return f", most of all {'; '.join(_what(fault) for fault in shown)}" if shown else ""


def _what(suffered: Suffered) -> str:
    words = {
        "family missing": f"the family “{suffered.name}” missing",
        "series ended": f"{suffered.name} ended",
        "gaps": f"{suffered.name} of all cells missing",
        "stale": f"{suffered.name} stale",
        "units": f"“{suffered.name}” in the wrong unit",
        "noise": f"noise of {suffered.name}",
    }
    return words.get(suffered.kind, f"{suffered.kind} {suffered.name}")


def _chosen(found: Robustness) -> dict[str, list[Suffered]]:
    out = {}
    for kind in KINDS:
        there = _worst(found, kind)
        out[kind] = there if kind in ("family missing", "gaps", "noise", "adversary") else there[:_WORST]
    return {kind: there for kind, there in out.items() if there}


def _glance(found: Robustness) -> Section:
    groups = {
        kind: [dot(f"{kind}: {fault.name}", fault.changes["roc_auc"]) for fault in there]
        for kind, there in _chosen(found).items()
    }
    return Section(
        "glance",
        "What each fault costs in ranking",
        "Change of ROC-AUC with its interval; of single series, the three worst of a kind; the table has all.",
        [dots(groups, "change of ROC-AUC", 0.0)],
    )


def _states(found: Robustness) -> Section:
    groups = {
        kind: [dot(f"{kind}: {fault.name}", fault.changes["brier"]) for fault in there]
        for kind, there in _chosen(found).items()
    }
    return Section(
        "brier",
        "What it costs in probabilities",
        "Change of the Brier score: more is worse. A fault may leave the ranking alone and still raise every alarm.",
        [dots(groups, "change of the Brier score", 0.0)],
    )


def _all(found: Robustness) -> Section:
    head = ["Fault"]
    head += [part for title in MEASURED.values() for part in (title, "change")]
    head += ["States flipped", "In state"]
    undisturbed = ", ".join(f"{title} {found.plain.scores[key]:.3f}" for key, title in MEASURED.items())
    lines = []
    for kind in KINDS:
        for fault in _worst(found, kind):
            cells: list[Cell] = []
            for key in MEASURED:
                digits = 3 if key == "brier" else 2
                cells += [Cell(plain(fault.scores[key], digits)), gap(fault.changes[key], key, digits)]
            cells += [Cell(f"{fault.flipped:.1%}"), Cell(f"{fault.alarmed:.1%}")]
            lines.append(Line(f"{kind}: {fault.name}", cells))
    return Section(
        "table",
        "Every fault",
        f"Undisturbed: {undisturbed}, in state on {found.plain.alarmed:.1%} of the sessions.",
        tables=[Table(head, lines)],
    )
