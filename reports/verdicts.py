"""What acting on each signal was worth, and how sure that is: the figures behind the verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from simulator.core.types import BoolArray, DateArray, FloatArray, IntArray
from simulator.metrics import PAIRED, Difference

Answer = Literal["better", "worse", "open"]
Differences = Mapping[str, Difference]
_ROUNDING: Final = 1e-9  # of 1 - 0.9, which is a little less than 0.1
_COLUMN: Final = {name: number for number, name in enumerate(PAIRED)}


class EqualShare(NamedTuple):
    """HINDSIGHT: volatility at the one level at which it was on for as long as the signal."""

    share: float  # of sessions it was on
    differences: Differences  # the signal's policy minus that one


@dataclass(frozen=True, eq=False)
class Placebos:
    """The same policy on shifts in time of a signal.

    Attributes
    ----------
    shifts
        (n,) sessions by which each was shifted.
    figures
        (n, M) in the order of :data:`simulator.metrics.PAIRED`.
    """

    shifts: IntArray
    figures: FloatArray

    def of(self, measure: str) -> FloatArray:
        """(n,) one figure of each placebo."""
        return self.figures[:, _COLUMN[measure]]

    def chance(self, measure: str, own: float) -> float:
        """Chance that a shift drawn at random does as well: (1 + better ones + half the ties) / (1 + n).

        Source: Phipson & Smyth (2010), Permutation p-values should never be zero.
        """
        better = PAIRED[measure].better
        values, own = better * self.of(measure), better * own
        return float((1.0 + (values > own).sum() + 0.5 * (values == own).sum()) / (1.0 + values.size))

    def bar(self, measure: str, level: float) -> float:
        """The figure a signal must exceed for its timing to be shown; NaN where so few placebos can show nothing.

        More of the figure must be better.
        """
        values = np.sort(self.of(measure))
        above = math.floor((1.0 - level) / 2.0 * (1 + values.size) - 1.0 + _ROUNDING)
        return float(values[-1 - above]) if above >= 0 else float("nan")


class Corrected(NamedTuple):
    """Chances corrected for how many signals that could have been followed are judged together."""

    together: int
    rivals: float  # that an advantage over every rival as large as this is luck (Romano & Wolf 2005)
    placebos: float  # that as good a timing is (Holm 1979)


class Ceiling(NamedTuple):
    """HINDSIGHT: what knowing a target in advance would have been worth through the same policy."""

    target: str
    signals: tuple[str, ...]  # those that forecast it
    share_on: float  # of the sessions
    figures: Mapping[str, float]
    against: Mapping[str, Differences]  # by rival
    benchmark: Differences

    def hardest(self, measure: str) -> str:
        """The rival whose interval reaches lowest."""
        return min(self.against, key=lambda name: _lowest(self.against[name][measure]))

    def as_dict(self) -> dict[str, Any]:
        """The form of ``metrics.json``."""
        return {
            "signals": list(self.signals),
            "share_on": self.share_on,
            "figures": {name: _json(value) for name, value in self.figures.items()},
            "against": {name: _plain(differences) for name, differences in self.against.items()},
            "benchmark": _plain(self.benchmark),
        }


@dataclass(frozen=True, eq=False)
class Verdict:
    """One signal.

    Attributes
    ----------
    signal, policy
        Its name, and that of the policy that follows it.
    measure, level
        The figure that decides, and the share of redrawn histories its intervals hold.
    hindsight
        Whether it uses the future: a diagnostic.
    rival
        Whether it is one of those to beat.
    state
        (T,) whether it was on.
    figures
        Of its policy, by measure.
    against
        By rival: its policy minus the rival's.
    benchmark
        Its policy minus the benchmark policy.
    equal_share
        Against volatility on for as long, in hindsight; ``None`` for a rival.
    placebos
        The same policy on shifts of it.
    corrected
        Its chances among the signals judged together; ``None`` for rivals and hindsight, which claim nothing.
    """

    signal: str
    policy: str
    measure: str
    level: float
    hindsight: bool
    rival: bool
    state: BoolArray
    figures: Mapping[str, float]
    against: Mapping[str, Differences]
    benchmark: Differences
    equal_share: EqualShare | None
    placebos: Placebos
    corrected: Corrected | None = None

    @property
    def share_on(self) -> float:
        """Share of sessions it was on."""
        return float(self.state.mean())

    @property
    def spells(self) -> int:
        """How often it was entered."""
        return int(np.sum(self.state & ~np.concatenate([[False], self.state[:-1]])))

    @property
    def hardest(self) -> str | None:
        """The rival whose interval reaches lowest: beating it is beating all; ``None`` where there is no other."""
        if not self.against:
            return None
        return min(self.against, key=lambda name: _lowest(self.against[name][self.measure]))

    @property
    def against_rivals(self) -> Answer:
        """``better`` if every interval against a rival lies above zero, and that is not the luck of one among many.

        ``worse`` if an interval against any of them lies wholly below: that needs no correction, which makes claims of
        merit harder, not warnings.
        """
        if self.worse_than:
            return "worse"
        return (
            "better" if self.better_alone and (self.corrected is None or self._shown(self.corrected.rivals)) else "open"
        )

    @property
    def better_alone(self) -> bool:
        """Whether every interval against a rival lies above zero, the number of signals left out of account."""
        return bool(self.against) and all(differences[self.measure].low > 0.0 for differences in self.against.values())

    @property
    def worse_than(self) -> tuple[str, ...]:
        """The rivals against which its interval lies wholly below zero."""
        return tuple(name for name, differences in self.against.items() if differences[self.measure].high < 0.0)

    def _shown(self, chance: float) -> bool:
        return chance <= (1.0 - self.level) / 2.0 + _ROUNDING

    @property
    def chance(self) -> float:
        """Chance that a shift of itself does as well, by the figure that decides."""
        return self.placebos.chance(self.measure, self.figures[self.measure])

    @property
    def against_placebos(self) -> Answer:
        """``better`` if so few placebos did as well that chance does not explain it, ``worse`` if so few did worse."""
        if self._shown(self.chance if self.corrected is None else self.corrected.placebos):
            return "better"
        return "worse" if self._shown(1.0 - self.chance) else "open"

    def as_dict(self) -> dict[str, Any]:
        """The form of ``metrics.json``."""
        return {
            "policy": self.policy,
            "hindsight": self.hindsight,
            "rival": self.rival,
            "share_on": self.share_on,
            "spells": self.spells,
            "figures": {name: _json(value) for name, value in self.figures.items()},
            "beats_volatility": None if self.rival else self.against_rivals == "better",
            "beats_placebos": self.against_placebos == "better",
            "against_volatility": None if self.rival else self.against_rivals,
            "against_placebos": self.against_placebos,
            "hardest_rival": self.hardest,
            "worse_than": list(self.worse_than),
            "corrected": None if self.corrected is None else self.corrected._asdict(),
            "against": {name: _plain(differences) for name, differences in self.against.items()},
            "benchmark": _plain(self.benchmark),
            "equal_share_in_hindsight": None
            if self.equal_share is None
            else {"share_on": self.equal_share.share, "differences": _plain(self.equal_share.differences)},
            "placebos": {
                name: {
                    "chance": self.placebos.chance(name, self.figures[name]),
                    "quantiles": _quantiles(self.placebos.of(name)),
                }
                for name in PAIRED
            },
        }


@dataclass(frozen=True, eq=False)
class Verdicts:
    """All signals of a scenario.

    Attributes
    ----------
    measure, level
        The figure that decides, and the share of redrawn histories its intervals hold.
    draws, block
        How many histories were redrawn, from blocks of how many sessions.
    least_shift
        Sessions by which placebos are shifted at least.
    against
        The signals to beat.
    benchmark
        The scenario's benchmark policy.
    sessions, drawdown
        (T,) the sessions replayed, and the benchmark's fall below its highest value so far.
    years
        Calendar years.
    verdicts
        One a signal, those to beat first.
    passive
        Figures of the benchmark policy.
    ceilings
        What knowing each target in advance would have been worth.
    """

    measure: str
    level: float
    draws: int
    block: int
    least_shift: int
    against: tuple[str, ...]
    benchmark: str
    sessions: DateArray
    drawdown: FloatArray
    years: float
    verdicts: tuple[Verdict, ...]
    passive: Mapping[str, float] = field(default_factory=dict)
    ceilings: tuple[Ceiling, ...] = ()

    def titled(self, policies: Mapping[str, str], signals: Mapping[str, str]) -> Verdicts:
        """The same for people to read: titles in place of names."""
        return replace(
            self,
            against=tuple(signals[name] for name in self.against),
            benchmark=policies[self.benchmark],
            verdicts=tuple(
                replace(
                    verdict,
                    signal=signals[verdict.signal],
                    policy=policies[verdict.policy],
                    against={signals[name]: gaps for name, gaps in verdict.against.items()},
                )
                for verdict in self.verdicts
            ),
            ceilings=tuple(
                ceiling._replace(
                    signals=tuple(signals[name] for name in ceiling.signals),
                    against={signals[name]: gaps for name, gaps in ceiling.against.items()},
                )
                for ceiling in self.ceilings
            ),
        )

    def as_dict(self) -> dict[str, Any]:
        """The form of ``metrics.json``."""
        return {
            "measure": self.measure,
            "level": self.level,
            "draws": self.draws,
            "block": self.block,
            "against": list(self.against),
            "benchmark": self.benchmark,
            "placebos": int(self.verdicts[0].placebos.shifts.size),
            "least_shift": self.least_shift,
            "benchmark_figures": {name: _json(value) for name, value in self.passive.items()},
            "ceilings": {ceiling.target: ceiling.as_dict() for ceiling in self.ceilings},
            "signals": {verdict.signal: verdict.as_dict() for verdict in self.verdicts},
        }


def _lowest(difference: Difference) -> float:
    return difference.low if np.isfinite(difference.low) else -np.inf


def _json(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _plain(differences: Differences) -> dict[str, dict[str, float | None]]:
    return {
        name: {key: _json(value) for key, value in difference._asdict().items()}
        for name, difference in differences.items()
    }


def _quantiles(values: FloatArray) -> dict[str, float | None]:
    known = values[np.isfinite(values)]
    return {f"{q:.0%}": float(np.quantile(known, q)) if known.size else None for q in (0.05, 0.25, 0.5, 0.75, 0.95)}
