"""Parity, the race, and the ratios that come of it."""

from __future__ import annotations

from dataclasses import dataclass

from . import targets
from .contest import TOLERANCE, Contestant, gap
from .peers import EVERY_SESSION
from .rows import Row
from .targets import Target
from .timing import race

_NANO = 1e9


@dataclass(frozen=True)
class Ratio:
    """One line of the table: a contestant, its time, and what that is of another's.

    Attributes
    ----------
    seconds
        Of its fastest run; NaN where it was not timed.
    gap
        Largest relative difference of its nav from the engine's; ``None`` where it does something else.
    against, ratio
        The one compared with, and how many times its time this one takes, or for a peer how many times faster the
        engine is.
    """

    workload: str
    contestant: str
    threads: int
    seconds: float
    nanoseconds: float
    gap: float | None
    against: str = ""
    ratio: float = float("nan")
    target: str = ""
    verdict: str = ""


def measure(row: Row, rounds: int) -> list[Ratio]:
    """Check that everyone does the same, then time those who do, all in turn."""
    expected = row.plain.nav(row.plain.run())
    gaps = {_key(contestant): gap(expected, contestant.nav(contestant.run())) for contestant in (row.floor, *row.peers)}
    equal = [contestant for contestant in (row.floor, *row.peers) if gaps[_key(contestant)] <= TOLERANCE]
    own = [row.plain, *([row.alone] if row.alone else []), *row.full.values()]
    seconds = race({_key(contestant): contestant.run for contestant in (*own, *equal)}, rounds)
    return [
        *_plain(row, seconds, gaps),
        *(_peer(row, peer, seconds, gaps) for peer in row.peers),
        *_full(row, seconds, [contestant for contestant in equal if _tool(contestant) == "vectorbt"]),
    ]


def _key(one: Contestant) -> str:
    return f"{one.name}, {one.threads}"


def _tool(one: Contestant) -> str:
    return one.name.partition(" ")[0].rstrip(",")


def _line(row: Row, one: Contestant, seconds: dict[str, float], apart: float | None = None) -> Ratio:
    taken = seconds.get(_key(one), float("nan"))
    return Ratio(row.name, one.name, one.threads, taken, taken / row.cells * _NANO, apart)


def _against(line: Ratio, name: str, ratio: float, target: Target | None) -> Ratio:
    bound, verdict = ("", "") if target is None else (str(target), target.verdict(ratio))
    return Ratio(**{**vars(line), "against": name, "ratio": ratio, "target": bound, "verdict": verdict})


def _plain(row: Row, seconds: dict[str, float], gaps: dict[str, float]) -> list[Ratio]:
    plain, floor = _line(row, row.plain, seconds), _line(row, row.floor, seconds, gaps[_key(row.floor)])
    lines = [_against(plain, "x the floor's time", plain.seconds / floor.seconds, targets.FLOOR[row.name]), floor]
    if row.alone:
        alone = _line(row, row.alone, seconds)
        faster = alone.seconds / plain.seconds
        lines.append(_against(alone, f"x the time of {plain.threads} threads", faster, targets.THREADS))
    return lines


def _peer(row: Row, one: Contestant, seconds: dict[str, float], gaps: dict[str, float]) -> Ratio:
    line = _line(row, one, seconds, gaps[_key(one)])
    if gaps[_key(one)] > TOLERANCE:
        return Ratio(**{**vars(line), "verdict": "differs: not timed"})
    ratio = line.seconds / seconds[_key(row.plain)]
    return _against(line, "x undertow's time", ratio, targets.PEERS.get((row.name, _tool(one))))


def _full(row: Row, seconds: dict[str, float], rivals: list[Contestant]) -> list[Ratio]:
    lines = []
    for cash, book in row.full.items():
        line = _line(row, book, seconds)
        over = line.seconds / seconds[_key(row.floor)]
        lines.append(_against(line, "x the plain floor's time", over, targets.FULL_FLOOR.get(cash)))
        for form, taken in _best_and_plainest(seconds, rivals).items():
            lines.append(_against(line, f"x faster than plain {form}", taken / line.seconds, targets.FULL_VECTORBT))
    return lines


def _best_and_plainest(seconds: dict[str, float], rivals: list[Contestant]) -> dict[str, float]:
    """Times of the fastest form of a peer, and of the one that asks its policy on every session."""
    fastest = sorted(rivals, key=lambda one: seconds[_key(one)])
    asked = [contestant for contestant in fastest if contestant.name.endswith(EVERY_SESSION)]
    return {contestant.name: seconds[_key(contestant)] for contestant in (*asked[:1], *fastest[:1])}
