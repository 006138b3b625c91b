"""Episodes of stress: when a bank is under it, of what kind, and what it then does differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .terms import PaymentSystem

#: Sessions before which no episode begins, so that each bank has a calm past, and after which none does.
CALM_FIRST: Final = 150
CALM_LAST: Final = 120
#: Intensity at which stress becomes manifest.
MANIFEST: Final = 0.7


class Behaviour(NamedTuple):
    """What full stress (intensity 1, strength 1) does.

    Attributes
    ----------
    outflow, inflow
        Customers pay out by this share more, and pay in by this share less.
    delay
        Hours by which own payments are held back.
    shut
        Share of the lenders who will not lend to the bank.
    premium
        Rate asked above others', a year as a fraction.
    collateral
        Collateral deposited grows by this share.
    haircut
        Its mean haircut grows by this, since what is added is of lesser quality.
    hoard
        The bank lends this share less.
    """

    outflow: float
    inflow: float
    delay: float
    shut: float
    premium: float
    collateral: float
    haircut: float
    hoard: float


class Deeds(NamedTuple):
    """The same of every bank on one day, (B,) each: by its intensity and the strength of stress."""

    outflow: FloatArray
    inflow: FloatArray
    delay: FloatArray
    shut: FloatArray
    premium: FloatArray
    collateral: FloatArray
    haircut: FloatArray
    hoard: FloatArray


class EpisodeKind(NamedTuple):
    """A kind of stress: sessions over which it builds up, sessions for which it is manifest, and what it does."""

    ramp: int
    peak: int
    behaviour: Behaviour


KINDS: Final = {
    "slow loss of funding": EpisodeKind(60, 15, Behaviour(0.35, 0.25, 0.25, 0.5, 0.0008, 0.40, 0.04, 0.6)),
    "sudden run": EpisodeKind(5, 6, Behaviour(1.20, 0.30, 1.00, 0.5, 0.0010, 0.25, 0.02, 0.8)),
    "shut out of the money market": EpisodeKind(20, 12, Behaviour(0.10, 0.05, 0.25, 0.9, 0.0020, 0.30, 0.03, 0.7)),
    "rumour of a take-over": EpisodeKind(10, 8, Behaviour(0.30, 0.15, 0.75, 0.3, 0.0010, 0.15, 0.01, 0.4)),
}
#: What stress that was caught from others does to a bank.
CAUGHT: Final = "shut out of the money market"


@dataclass(frozen=True)
class BankEpisode:
    """One bank's stress: sessions as places in the calendar.

    Attributes
    ----------
    bank
        Place of the bank.
    kind
        Its name in ``KINDS``.
    start, manifest, end
        First session of the build-up, first on which stress is manifest, first after it.
    fails
        Whether the bank then stops operating; otherwise stress ebbs away over ten sessions.
    """

    bank: int
    kind: str
    start: int
    manifest: int
    end: int
    fails: bool


EBBS: Final = 10


def drawn(system: PaymentSystem, rng: np.random.Generator) -> tuple[BankEpisode, ...]:
    """One episode for each bank that is to come under stress; kinds in turn, lengths from half to one and a half."""
    banks = rng.permutation(system.banks)[: system.stressed]
    kinds = list(KINDS)
    episodes = []
    for place, bank in enumerate(sorted(banks.tolist())):
        kind = kinds[place % len(kinds)]
        ramp, peak = (max(3, round(length * rng.uniform(0.5, 1.5))) for length in (KINDS[kind].ramp, KINDS[kind].peak))
        start = int(rng.integers(CALM_FIRST, system.sessions - CALM_LAST - ramp))
        episodes.append(BankEpisode(bank, kind, start, start + ramp, start + ramp + peak, bool(rng.random() < 0.5)))
    return tuple(episodes)


def intensities(system: PaymentSystem, episodes: tuple[BankEpisode, ...], rng: np.random.Generator) -> FloatArray:
    """(D, B) intensity of each bank's own stress, from zero to about one; it wavers from day to day."""
    found = np.zeros((system.sessions, system.banks))
    for episode in episodes:
        ramp = np.linspace(0.0, MANIFEST, episode.manifest - episode.start, endpoint=False)
        found[episode.start : episode.manifest, episode.bank] = ramp
        found[episode.manifest : episode.end, episode.bank] = rng.uniform(
            MANIFEST, 1.0, size=episode.end - episode.manifest
        )
        if not episode.fails:
            ebb = np.linspace(MANIFEST, 0.0, EBBS + 1)[1:]
            found[episode.end : episode.end + EBBS, episode.bank] = ebb
    wavering = np.exp(rng.normal(0.0, 0.25, size=found.shape))
    return np.asarray(found * wavering)


def loadings(system: PaymentSystem, episodes: tuple[BankEpisode, ...], rng: np.random.Generator) -> FloatArray:
    """(B, 8) what full stress does to each bank, in the order of :class:`Behaviour`; no two banks do quite the same.

    Multiples of what a bank does on usual days.
    """
    of = dict.fromkeys(range(system.banks), KINDS[CAUGHT].behaviour)
    of.update({episode.bank: KINDS[episode.kind].behaviour for episode in episodes})
    usual = np.array([of[bank] for bank in range(system.banks)])
    return np.asarray(system.strength * usual * np.exp(rng.normal(0.0, 0.3, size=usual.shape)))


def gone_from(system: PaymentSystem, episodes: tuple[BankEpisode, ...]) -> IntArray:
    """(B,) first session on which a bank no longer operates; beyond the last one for those that always do."""
    found = np.full(system.banks, system.sessions, np.int64)
    for episode in episodes:
        if episode.fails:
            found[episode.bank] = episode.end
    return found


def true_codes(system: PaymentSystem, episodes: tuple[BankEpisode, ...]) -> IntArray:
    """(D, B) what was the case: 1 no stress, 2 building up or ebbing, 3 manifest, 4 no longer operating.

    A row a day, a column a bank.
    """
    codes = np.ones((system.sessions, system.banks), np.int64)
    for episode in episodes:
        codes[episode.start : episode.manifest, episode.bank] = 2
        codes[episode.manifest : episode.end, episode.bank] = 3
        after = slice(episode.end, None if episode.fails else episode.end + EBBS)
        codes[after, episode.bank] = 4 if episode.fails else 2
    return codes
