"""What of a comparison luck explains: chances, the set that may hold the best, overfitting; in words first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any, Final

from simulator.metrics import Difference, Overfitting, Superiority

from .text import percent, plain

#: Below this chance a figure is not distinguishable from luck.
SURE: Final = 0.95
#: Stands by the name of a policy whose Sharpe ratio is not distinguishable from luck.
MARK: Final = "≈"
_NOT: Final = "not distinguishable from luck"


@dataclass(frozen=True)
class Chance:
    """How sure the Sharpe ratio of one policy is.

    Attributes
    ----------
    policy
        Its name, or its title for people.
    sharpe
        Annual.
    above_zero
        Chance that the true one is above zero (probabilistic Sharpe ratio).
    deflated
        Chance that it is more than the luckiest of all trials without merit shows (deflated Sharpe ratio).
    in_set
        The level at which it leaves the set that holds the best policy.
    """

    policy: str
    sharpe: float
    above_zero: float
    deflated: float
    in_set: float

    @property
    def lucky(self) -> bool:
        """Whether it is not distinguishable from luck."""
        return self.deflated < SURE

    def in_best_set(self, level: float) -> bool:
        """Whether the set of this level, 0.9 for example, holds it. ``level`` is a fraction of histories."""
        return self.in_set > 1.0 - level + 1e-12


@dataclass(frozen=True)
class Best:
    """The best looking of all trials, against what choosing it among equals would show.

    Attributes
    ----------
    policy
        Its name or title.
    sharpe
        Annual.
    of_equals
        The Sharpe ratio that the luckiest of as many equally good, independent trials would show.
    chance
        That its true Sharpe ratio is above that.
    trials
        How many.
    """

    policy: str
    sharpe: float
    of_equals: float
    chance: float
    trials: int

    @property
    def sentence(self) -> str:
        """What choosing it amounts to."""
        verdict = "more than luck among equals" if self.chance >= SURE else f"that it came out first is {_NOT}"
        return (
            f"The best of {self.trials:,} trials, {self.policy}, has a Sharpe ratio of {plain(self.sharpe)}; the "
            f"luckiest of {self.trials:,} equally good ones would show {plain(self.of_equals)} (chance that it is "
            f"better than that: {percent(self.chance)}): {verdict}."
        )

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""
        return {
            "policy": self.policy,
            "sharpe": self.sharpe,
            "of_equals": self.of_equals,
            "chance": self.chance,
            "trials": self.trials,
        }


@dataclass(frozen=True)
class Luck:
    """What luck explains of policies replayed over the same sessions.

    Attributes
    ----------
    benchmark
        The benchmark policy's name or title.
    chances
        By policy, those whose Sharpe ratio is defined.
    trials
        How many trials the deflated ratios count.
    best
        The best looking policy; ``None`` for a single one.
    superior
        Whether any is better than the benchmark; ``None`` where none differs from it.
    overfit
        What choosing on half of the history is worth; ``None`` where that cannot be told.
    level
        Of the set that holds the best.
    draws, block
        Redrawn histories, and their mean block in sessions.
    """

    benchmark: str
    chances: Sequence[Chance]
    trials: int
    best: Best | None
    superior: Superiority | None
    overfit: Overfitting | None
    level: float
    draws: int
    block: int

    @property
    def lucky(self) -> tuple[str, ...]:
        """Policies whose Sharpe ratio is not distinguishable from luck."""
        return tuple(chance.policy for chance in self.chances if chance.lucky)

    @property
    def sentences(self) -> list[str]:
        """What stands on the terminal and the page, the answer first."""
        return [*self._deflated(), *self._superior(), *self._set(), *self._chosen()]

    def _deflated(self) -> Iterable[str]:
        shown = f"a Sharpe ratio above that of the luckiest of {self.trials:,} trials without merit (deflated)"
        if self.lucky:
            yield f"{MARK} {_NOT}: {', '.join(self.lucky)}: less than {SURE:.0%} sure of {shown}."
        elif self.chances:
            yield f"Every policy is at least {SURE:.0%} sure of {shown}."

    def _superior(self) -> Iterable[str]:
        if self.superior is None:
            return
        others, chance = self._others(), f"Hansen's test, p = {plain(self.superior.chance)}"
        if self.superior.chance > 1.0 - SURE:
            who = others[0] if len(others) == 1 else f"any of the {len(others):,} others"
            yield f"That {who} is better than {self.benchmark} by Sharpe ratio is {_NOT} ({chance})."
        else:
            who = f"{others[0]} is" if len(others) == 1 else "At least one of the others is"
            yield f"{who} better than {self.benchmark} by Sharpe ratio ({chance})."

    def _others(self) -> list[str]:
        return [chance.policy for chance in self.chances if chance.policy != self.benchmark]

    def _set(self) -> Iterable[str]:
        if self.superior is None:
            return
        left = [chance.policy for chance in self.chances if not chance.in_best_set(self.level)]
        named = f"all but {', '.join(left)}" if left else "every policy: history does not tell them apart"
        yield f"The set that holds the best of them in {self.level:.0%} of histories has {named}."

    def _chosen(self) -> Iterable[str]:
        if self.best is not None:
            yield self.best.sentence
        if self.overfit is not None:
            found = self.overfit
            yield (
                f"Chosen for its Sharpe ratio in one half of the history, the best is below the middle of all in the "
                f"other half in {found.probability:.0%} of {found.splits:,} ways to halve it (probability of backtest "
                f"overfitting; 50% is a choice that says nothing)."
            )

    def titled(self, called: Mapping[str, str]) -> Luck:
        """The same for people to read."""
        return replace(
            self,
            benchmark=called[self.benchmark],
            chances=[replace(chance, policy=called[chance.policy]) for chance in self.chances],
            best=None if self.best is None else replace(self.best, policy=called[self.best.policy]),
        )

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``: it counts the trials of this run alone, whatever was tried before."""
        return {
            "trials": self.trials,
            "policies": {
                chance.policy: {
                    "probabilistic_sharpe": chance.above_zero,
                    "deflated_sharpe": chance.deflated,
                    "luck": chance.lucky,
                    "confidence_set": chance.in_best_set(self.level),
                    "confidence_set_chance": chance.in_set,
                }
                for chance in self.chances
            },
            "best": None if self.best is None else self.best.as_dict(),
            "superior_predictive_ability": None if self.superior is None else self.superior._asdict(),
            "backtest_overfitting": None if self.overfit is None else self.overfit._asdict(),
            "level": self.level,
            "draws": self.draws,
            "block": self.block,
        }


@dataclass(frozen=True)
class SweepVersus:
    """Trials of a sweep against the benchmark policy under the same terms, on history.

    Attributes
    ----------
    benchmark
        The benchmark policy's name or title.
    gaps
        By trial, of those that were replayed again and are not the benchmark policy: its Sharpe ratio less that one's.
    in_set
        By trial that was replayed again, the level at which it leaves the set that holds the best.
    superior
        Whether any is better than the benchmark policy; ``None`` where none differs from it.
    level, draws, block
        Of intervals and the set; redrawn histories, and their mean block in sessions.
    """

    benchmark: str
    gaps: Mapping[int, Difference]
    in_set: Mapping[int, float]
    superior: Superiority | None
    level: float
    draws: int
    block: int

    def is_alike(self, trial: int) -> bool:
        """Whether luck explains how a trial differs from the benchmark policy. ``trial`` is its number."""
        return not (self.gaps[trial].low > 0.0 or self.gaps[trial].high < 0.0)

    @property
    def sentence(self) -> str:
        """The test of all of them, the set, and what intervals rest on."""
        if self.superior is None:
            return ""
        chance = f"Hansen's test, p = {plain(self.superior.chance)}"
        told = (
            f"That any trial is better than {self.benchmark} under the same terms is {_NOT} ({chance})."
            if self.superior.chance > 1.0 - SURE
            else f"At least one trial is better than {self.benchmark} under the same terms ({chance})."
        )
        left = sum(level > 1.0 - self.level + 1e-12 for level in self.in_set.values())
        return (
            f"{told} {left:,} of {len(self.in_set):,} trials are in the set that holds the best of them in "
            f"{self.level:.0%} of histories; {MARK} in the table: luck explains the difference to {self.benchmark} "
            f"({self.level:.0%} interval, {self.draws:,} redrawn histories in blocks of {self.block} sessions on "
            f"average)."
        )

    def of(self, trial: int) -> dict[str, Any]:
        """What a trial has for machines; empty where it was not replayed again. ``trial`` is its number."""
        told: dict[str, Any] = {}
        if trial in self.gaps:
            told["sharpe_against_benchmark"] = {key: _known(found) for key, found in self.gaps[trial]._asdict().items()}
        if trial in self.in_set:
            told["confidence_set_chance"] = _known(self.in_set[trial])
        return told


@dataclass(frozen=True)
class SweepLuck:
    """What luck explains of the best trial of a sweep, on history.

    Attributes
    ----------
    trials
        Those with a Sharpe ratio.
    of_equals
        The annual Sharpe ratio of the luckiest of as many equally good, independent trials.
    deflated
        Chance that the best one is above the luckiest of all without merit; ``None`` where it was not replayed again.
    chance
        Chance that it is above ``of_equals``; likewise.
    overfit
        What choosing on half of the history is worth; ``None`` where that cannot be told.
    compared
        Trials that were replayed again for it.
    versus
        The same against the benchmark policy; ``None`` where that cannot be told.
    learning
        Trials that are never replayed again: a signal that learns decides, or a policy of a user's own.
    """

    trials: int
    of_equals: float
    deflated: float | None
    chance: float | None
    overfit: Overfitting | None
    compared: int
    versus: SweepVersus | None = None
    learning: int = 0

    @property
    def sentence(self) -> str:
        """What stands after the warning about choosing."""
        told = []
        if self.deflated is None or self.chance is None:
            told.append("How sure the best is remains open here: its signals learn, and a sweep fits no model again.")
        else:
            verdict = "more than luck among equals" if self.chance >= SURE else _NOT
            deflated = "" if self.deflated >= SURE else f", {_NOT}"
            told.append(
                f"That the best is above the luckiest of {self.trials:,} without merit has a chance of "
                f"{percent(self.deflated)} (deflated Sharpe ratio{deflated}); above the luckiest of as many equals, of "
                f"{percent(self.chance)}: {verdict}."
            )
        if self.overfit is not None:
            which = "all" if self.compared == self.trials else f"{self.compared:,} of them"
            told.append(
                f"Chosen in one half of the history, the best of {which} is below the middle in the other half in "
                f"{self.overfit.probability:.0%} of {self.overfit.splits:,} ways to halve it (probability of backtest "
                "overfitting; 50% is a choice that says nothing)."
            )
        if self.versus is not None and self.versus.sentence:
            told.append(self.versus.sentence)
        if self.learning:
            one = self.learning == 1
            told.append(
                f"{self.learning:,} of {self.trials:,} trials {'is' if one else 'are'} not among those compared (–): "
                "a signal that learns decides there, or a policy of your own, and a sweep replays none of them "
                f"a second time; undertow run holds {'it' if one else 'them'} against the benchmark policy too."
            )
        return " ".join(told)

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""
        return {
            "trials": self.trials,
            "best_of_equals": self.of_equals,
            "deflated_sharpe": self.deflated,
            "chance_above_equals": self.chance,
            "backtest_overfitting": None if self.overfit is None else self.overfit._asdict(),
            "compared": self.compared,
            **({} if self.versus is None else self._tested(self.versus)),
        }

    def titled(self, called: Mapping[str, str]) -> SweepLuck:
        """The same for people to read."""
        if self.versus is None:
            return self
        return replace(self, versus=replace(self.versus, benchmark=called[self.versus.benchmark]))

    @staticmethod
    def _tested(versus: SweepVersus) -> dict[str, Any]:
        superior = None if versus.superior is None else versus.superior._asdict()
        return {
            "superior_predictive_ability": superior,
            "level": versus.level,
            "draws": versus.draws,
            "block": versus.block,
        }


@dataclass(frozen=True)
class Tried:
    """What the journal of trials knows of a scenario besides a run, and what that does to its deflated Sharpe ratios.

    Attributes
    ----------
    trials, others
        All there are with a Sharpe ratio, and those outside the run.
    luckiest
        The annual Sharpe ratio of the luckiest of them all if none had merit.
    lucky
        Policies of the run that are then not distinguishable from luck.
    """

    trials: int
    others: int
    luckiest: float
    lucky: Sequence[str]

    @property
    def sentence(self) -> str:
        """What stands on the terminal and the page."""
        then = f"{_NOT}: {', '.join(self.lucky)}" if self.lucky else "every policy still passes"
        return (
            f"The journal of trials knows {self.others:,} more of this scenario: the luckiest of all {self.trials:,} "
            f"without merit would show a Sharpe ratio of {plain(self.luckiest)}; deflated by them all, {then}."
        )

    def titled(self, called: Mapping[str, str]) -> Tried:
        """The same for people to read."""
        return replace(self, lucky=[called[name] for name in self.lucky])


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def how_found(luck: Luck) -> str:
    """What the chances rest on, once for all."""
    told = [
        "Chances of Sharpe ratios take observations as independent and mind their skew and fat tails (Bailey and López "
        "de Prado 2012, 2014); trials count as independent, so that many alike are judged too strictly."
    ]
    if luck.superior is not None:
        told.append(
            "The test (Hansen 2005) and the set that holds the best (Hansen, Lunde and Nason 2011) redraw history "
            f"{luck.draws:,} times in blocks of {luck.block} sessions on average, all policies at once."
        )
    if luck.overfit is not None:
        told.append(
            f"Halves are made of {luck.overfit.parts} parts (Bailey, Borwein, López de Prado and Zhu 2017); a choice "
            "at the middle counts half."
        )
    return " ".join(told)
