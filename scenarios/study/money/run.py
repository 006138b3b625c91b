"""A study in money, in order: whom it is about, each question, the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reports.findings import Findings
from scenarios.assumptions import assumptions
from scenarios.notices import Replayed, notices
from scenarios.progress import Progress, Silent
from scenarios.shock_effect import shock_lines
from scenarios.study.result import Result
from scenarios.titles import titles
from scenarios.versus import BLOCK
from simulator.core.errors import ScenarioError
from simulator.metrics import expected_best

from . import capacity, delay, lead, threshold
from .answer import Answer
from .replays import Asked, Replays
from .subject import Subject, followed, subject_of
from .warnings import falls
from .worth import DRAWS

if TYPE_CHECKING:
    from scenarios.trials.made import Tries
    from signals.stress.walk_forward import Keeper

NAME: Final = "money"


@dataclass(frozen=True)
class Options:
    """What is asked, and of whom.

    Attributes
    ----------
    questions
        As ``--ask`` names them; empty for every one that the scenario can answer without fitting a model again.
    policy, signal
        Whom it is about; see :func:`~scenarios.study.money.subject.subject_of`.
    sizes, delays
        As ``--sizes`` and ``--delays`` state them.
    fall
        Depth of the benchmark's falls that a warning is to be of, as a share.
    """

    questions: Sequence[str] = ()
    policy: str | None = None
    signal: str | None = None
    sizes: str | None = None
    delays: str | None = None
    fall: float = lead.DEPTH


def run_money(
    asked: Asked,
    options: Options,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
    tries: Tries | None = None,
) -> Result:
    """Run the study; with ``tries`` its replays go into the journal of trials, and the page says what that knows.

    Raises
    ------
    UndertowError
        If the scenario, its data, a plug-in or an option cannot be used.
    """
    lead.check_depth(options.fall)
    asked, subject = subject_of(asked, options.policy, options.signal)
    replays = Replays(asked, refit_cache, progress or Silent())
    chosen, left_out = _chosen(replays, subject, options)
    answers = [_ANSWERS[key](replays, subject, options) for key in chosen]
    scenario = replays.at().scenario
    known = "" if tries is None else tries.keep_study(replays.tried)
    return Result(
        _page(replays, subject, answers, left_out, known),
        _metrics(replays, subject, answers),
        None,
        {
            "study": NAME,
            "scenario": scenario.file.scenario.name,
            "policy": subject.policy,
            "signal": subject.signal,
            "asked": [answer.key for answer in answers],
            "sizes": options.sizes,
            "delays": options.delays,
            "fall": options.fall,
            "set": list(asked.overrides),
            "shocks": list(asked.shocks),
        },
        {"market": scenario.market.fingerprint()},
        scenario.file.scenario.seed,
    )


Ask = Callable[[Replays, Subject, Options], Answer]
_ANSWERS: Final[Mapping[str, Ask]] = {
    capacity.KEY: lambda replays, subject, options: capacity.capacity(replays, subject, options.sizes),
    delay.KEY: lambda replays, subject, options: delay.delay(replays, subject, options.delays),
    threshold.THRESHOLD: lambda replays, subject, _: threshold.threshold(replays, subject),
    threshold.REFIT: lambda replays, subject, _: threshold.refit(replays, subject),
    lead.KEY: lambda replays, subject, options: lead.lead(replays, subject, options.fall),
}
#: What may be asked, in the order of the page.
QUESTIONS: Final = tuple(_ANSWERS)
#: Questions about a signal.
_OF_SIGNAL: Final = (threshold.THRESHOLD, threshold.REFIT, lead.KEY)


def _chosen(replays: Replays, subject: Subject, options: Options) -> tuple[list[str], list[str]]:
    """The questions to answer, in the order of the page, and a sentence for each that is left out unasked."""
    scenario = replays.at().scenario
    heard = followed(scenario, subject)
    if options.questions:
        for key in options.questions:
            if key in _OF_SIGNAL and not heard:
                raise ScenarioError(
                    f"--ask {key}: policy {subject.policy} follows no signal; name one that does with --policy"
                )
        return [key for key in QUESTIONS if key in options.questions], []
    if not heard:
        return [key for key in QUESTIONS if key not in _OF_SIGNAL], [
            f"{subject.policy} follows no signal by a key of that name: nothing is asked about thresholds, refits and "
            "warnings."
        ]
    out = {}
    signal = scenario.signals[str(subject.signal)]
    if not hasattr(signal, "enter") or not hasattr(signal, "exit"):
        out[threshold.THRESHOLD] = f"Threshold: {subject.signal} has no levels enter and exit."
    if hasattr(signal, "refit_every"):
        out[threshold.REFIT] = "Refits: left out, as they fit models again; --ask refit does so."
    else:
        out[threshold.REFIT] = ""
    if not falls(replays.of(subject.benchmark).book.levels[0], options.fall):
        out[lead.KEY] = f"Lead: {subject.benchmark} never fell by {options.fall:.0%}; --fall states a smaller one."
    return [key for key in QUESTIONS if key not in out], [text for text in out.values() if text]


def luckiest(replays: Replays) -> float | None:
    """Annual Sharpe ratio that the luckiest of so many trials without merit would show; ``None`` of fewer than two."""
    ratios = [tried.replay.sharpe for tried in replays.tried if tried.replay.sharpe is not None]
    return expected_best(np.array(ratios))


def _of_trials(replays: Replays, known: str) -> str:
    """What choosing the best point amounts to, here and among all that the journal ``known``s of."""
    best = luckiest(replays)
    shown = "" if best is None else f"; the luckiest of so many without merit would show a Sharpe ratio of {best:.2f}"
    told = f"Of many points the best is partly luck: these are {len(replays.tried)} trials{shown}."
    return " ".join(filter(None, [told, known, "Nothing here was chosen on one part of history and tried on another."]))


def _page(
    replays: Replays, subject: Subject, answers: Sequence[Answer], left_out: Sequence[str], known: str
) -> Findings:
    scenario = replays.at().scenario
    policy, benchmark, signal = subject.called(scenario)
    sessions = replays.of(subject.benchmark).sessions
    follows = f" following {signal}" if signal else ""
    return Findings(
        title=f"In money: {titles(scenario.file).scenario}",
        period=f"{policy}{follows} against {benchmark} · {sessions[0]} to {sessions[-1]}",
        verdicts=[verdict for answer in answers for verdict in answer.verdicts],
        sections=[section for answer in answers for section in answer.sections],
        definitions=[
            "Every point is an ordinary run of the scenario with some keys set otherwise; all policies start on the "
            "session an ordinary run starts on. Sharpe ratios are annual, in excess of cash, net of costs.",
            f"Differences are paired: {DRAWS} histories are redrawn (stationary bootstrap, mean block {BLOCK} "
            "sessions), the same days for both sides; intervals hold 90% of them. ≈ marks a difference that luck "
            "explains.",
            _of_trials(replays, known),
            *assumptions(scenario),
        ],
        notes=[
            *_notices(replays, subject),
            *left_out,
            *(note for answer in answers for note in answer.notes),
            *shock_lines(scenario),
        ],
        files=("metrics.json", "manifest.json"),
    )


def _notices(replays: Replays, subject: Subject) -> tuple[str, ...]:
    """What must be read before the figures of an ordinary run."""
    run = replays.run(subject.benchmark)
    scenario = replays.at().scenario
    return notices(
        Replayed(scenario, replays.block().worlds[0].market, run.run.start, run.run.stop, {subject.benchmark: run})
    )


def _metrics(replays: Replays, subject: Subject, answers: Sequence[Answer]) -> dict[str, Any]:
    return {
        "study": NAME,
        "scenario": replays.at().scenario.file.scenario.name,
        "policy": subject.policy,
        "signal": subject.signal,
        "benchmark": subject.benchmark,
        "replays": replays.made,
        "trials": {"made": len(replays.tried), "luckiest_sharpe": luckiest(replays)},
        "verdicts": [verdict for answer in answers for verdict in answer.verdicts],
        **{answer.key: dict(answer.metrics) for answer in answers},
    }
