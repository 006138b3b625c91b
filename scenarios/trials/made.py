"""The trials that a run or a sweep consists of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reports.sweep import SHARPE
from scenarios.build import Scenario
from scenarios.runner import Outcome
from scenarios.sweep.jobs import digest, trial_digest
from simulator.metrics import expected_best

from .journal import Journal, Trial, trials_folder

if TYPE_CHECKING:  # a run needs neither, nor the generators of paths that they bring
    from scenarios.study.money.replays import TriedPoint
    from scenarios.sweep.run import Swept


@dataclass(frozen=True)
class Tries:
    """Where the trials of a command go.

    Attributes
    ----------
    journal
        That of its scenario.
    settings
        What the command changed, as it was given.
    """

    journal: Journal
    settings: tuple[str, ...]

    def others(self, outcome: Outcome) -> tuple[float, ...]:
        """The annual Sharpe ratios that the journal knows besides a run's, of trials that can be compared with it."""
        own = self.of_run(outcome)
        return _comparable(self.journal.others(own), own[0]) if own else ()

    def keep(self, outcome: Outcome) -> None:
        """Write a run's trials into the journal."""
        self.journal.record(self.of_run(outcome))

    def keep_sweep(self, swept: Swept) -> str:
        """Write a sweep's trials into the journal; return what it knows besides, a sentence or empty."""
        trials = self.of_sweep(swept)
        if not trials:
            return ""
        others = self.journal.others(trials)
        self.journal.record(trials)
        return _of_others(trials, others)

    def keep_study(self, replayed: Sequence[TriedPoint]) -> str:
        """Write the replays of a study in money into the journal; return what it knows besides, as of a sweep."""
        trials = self.of_study(replayed)
        others = self.journal.others(trials)
        self.journal.record(trials)
        return _of_others(trials, others)

    def of_run(self, outcome: Outcome) -> list[Trial]:
        """One for each policy of a run, but those that no one could have followed."""
        scenario, now = outcome.scenario, _now()
        return [
            Trial(
                scenario.file.scenario.name,
                name,
                trial_digest(scenario, name, result.sessions[0]),
                _shocks_digest(scenario),
                self.settings,
                str(result.sessions[0]),
                str(result.sessions[-1]),
                outcome.metrics[name]["sharpe"],
                "run",
                now,
            )
            for name, result in outcome.results.items()
            if name not in outcome.hindsight
        ]

    def of_study(self, replayed: Sequence[TriedPoint]) -> list[Trial]:
        """One for each replay of a study in money: every point is an ordinary run with some keys set otherwise."""
        now = _now()
        return [
            Trial(
                point.scenario.file.scenario.name,
                point.policy,
                point.digest,
                _shocks_digest(point.scenario),
                (*self.settings, *point.settings),
                str(point.replay.sessions[0]),
                str(point.replay.sessions[-1]),
                point.replay.sharpe,
                "study",
                now,
            )
            for point in replayed
        ]

    def of_sweep(self, swept: Swept) -> list[Trial]:
        """One for each different trial of a sweep, on history; none of a stress frontier, where nothing is chosen."""
        report, plan = swept.report, swept.plan
        if report.is_frontier:
            return []
        keys, now = [axis.key for axis in report.axes], _now()
        made = []
        for job, shown in zip(plan.jobs, report.trials, strict=True):
            scenario, start = plan.scenario(job), plan.starts[job.point]
            sharpe = float(report.history[job.number, SHARPE])
            set_here = [f"{key}={value}" for key, value in zip(keys, shown.settings, strict=True) if value is not None]
            made.append(
                Trial(
                    scenario.file.scenario.name,
                    job.policy,
                    trial_digest(scenario, job.policy, start),
                    _shocks_digest(scenario),
                    (*self.settings, *set_here),
                    str(start),
                    _last(scenario),
                    None if np.isnan(sharpe) else sharpe,
                    "sweep",
                    now,
                )
            )
        return made


def _of_others(trials: Sequence[Trial], others: Sequence[Trial]) -> str:
    """What the journal knows besides some trials, and what luck alone would show among all of them; or nothing."""
    if not others:
        return ""
    known = _comparable([*trials, *others], trials[0])
    best = expected_best(np.array(known))
    told = f"The journal of trials knows {len(others):,} more of this scenario"
    return told + ("." if best is None else f": the luckiest of {len(known):,} equals would show {best:.2f}.")


def _comparable(trials: Sequence[Trial], like: Trial) -> tuple[float, ...]:
    """Annual Sharpe ratios over the same sessions, under the same shocks: those of other years differ by the years."""
    same = (trial for trial in trials if (trial.start, trial.end, trial.shocks) == (like.start, like.end, like.shocks))
    return tuple(trial.sharpe for trial in same if trial.sharpe is not None)


def tries(scenario: str, settings: Sequence[str]) -> Tries | None:
    """Where the trials of a scenario go; ``None`` where no journal is kept."""
    folder = trials_folder()
    return None if folder is None else Tries(Journal(folder, scenario), tuple(settings))


def _shocks_digest(scenario: Scenario) -> str:
    """Of the shocks; empty without."""
    return digest(scenario.file.shocks) if scenario.file.shocks else ""


def _last(scenario: Scenario) -> str:
    sessions, end = scenario.market.sessions, scenario.file.scenario.end
    within = sessions if end is None else sessions[sessions <= np.datetime64(end, "D")]
    return str(within[-1])


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
