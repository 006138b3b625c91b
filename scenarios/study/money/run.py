"""A study in money, in order: whom it is about, each question, the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reports.findings import Findings
from scenarios.assumptions import assumptions
from scenarios.notices import Replayed, notices
from scenarios.progress import Progress, Silent
from scenarios.runner import shock_lines
from scenarios.study.scarce.output import Result
from scenarios.titles import titles
from scenarios.versus import BLOCK
from simulator.core.errors import ScenarioError

from . import capacity, delay
from .answer import Answer
from .replays import Asked, Replays
from .subject import Subject, followed, subject_of
from .worth import DRAWS

if TYPE_CHECKING:
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
    """

    questions: Sequence[str] = ()
    policy: str | None = None
    signal: str | None = None
    sizes: str | None = None
    delays: str | None = None


def run_money(
    asked: Asked, options: Options, progress: Progress | None = None, refit_cache: Keeper | None = None
) -> Result:
    """Run the study.

    Raises
    ------
    UndertowError
        If the scenario, its data, a plug-in or an option cannot be used.
    """
    asked, subject = subject_of(asked, options.policy, options.signal)
    replays = Replays(asked, refit_cache, progress or Silent())
    answers = [_ANSWERS[key](replays, subject, options) for key in _chosen(replays, subject, options.questions)]
    scenario = replays.at().scenario
    return Result(
        _page(replays, subject, answers),
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
            "set": list(asked.overrides),
            "shocks": list(asked.shocks),
        },
        scenario.market.fingerprint(),
        scenario.file.scenario.seed,
    )


Ask = Callable[[Replays, Subject, Options], Answer]
_ANSWERS: Final[Mapping[str, Ask]] = {
    capacity.KEY: lambda replays, subject, options: capacity.capacity(replays, subject, options.sizes),
    delay.KEY: lambda replays, subject, options: delay.delay(replays, subject, options.delays),
}
#: What may be asked, in the order of the page.
QUESTIONS: Final = tuple(_ANSWERS)
#: Questions about a signal.
_OF_SIGNAL: Final = ("threshold", "refit", "lead")


def _chosen(replays: Replays, subject: Subject, questions: Sequence[str]) -> list[str]:
    heard = followed(replays.at().scenario, subject)
    for key in questions:
        if key in _OF_SIGNAL and not heard:
            raise ScenarioError(
                f"--ask {key}: policy {subject.policy} follows no signal; name one that does with --policy"
            )
    if questions:
        return [key for key in QUESTIONS if key in questions]
    return [key for key in QUESTIONS if heard or key not in _OF_SIGNAL]


def _page(replays: Replays, subject: Subject, answers: Sequence[Answer]) -> Findings:
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
            "Of many points the best is partly luck: nothing here was chosen on one part of history and tried on "
            "another.",
            *assumptions(scenario),
        ],
        notes=[
            *_notices(replays, subject),
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
        "verdicts": [verdict for answer in answers for verdict in answer.verdicts],
        **{answer.key: dict(answer.metrics) for answer in answers},
    }
