"""The contestants of each workload: the engine plain and with everything on, the floor, the peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from . import floor, ours, peers, workloads
from .contest import Contestant
from .sizes import Sizes


@dataclass(frozen=True)
class Row:
    """A workload and who does it.

    Attributes
    ----------
    name, what
        ``"W1"`` and what it is.
    cells
        Days x assets x runs, all told.
    plain
        The engine; whoever else is timed must come to its result.
    alone
        The engine on one thread, where it has more otherwise.
    floor
        The floor.
    full
        The engine with everything on, by size of the book.
    peers
        Other tools.
    """

    name: str
    what: str
    cells: int
    plain: Contestant
    alone: Contestant | None
    floor: Contestant
    full: dict[float, Contestant]
    peers: list[Contestant]


def _full(make: Callable[[dict[str, object], bool], Contestant]) -> dict[float, Contestant]:
    made = {cash: make(workloads.full_terms(cash), True) for cash in workloads.BOOKS}
    return {cash: replace(book, name=f"{ours.NAME}, everything on, {cash:.0e}".replace("e+0", "e").replace("e+", "e"))
            for cash, book in made.items()}  # fmt: skip


def w1(sizes: Sizes, threads: int) -> Row:
    """One policy, ten assets, twenty years."""
    work = workloads.single(sizes.sessions, sizes.assets)
    policy = workloads.band_policy(work)
    return Row(
        name="W1",
        what=f"{sizes.sessions:,} days x {sizes.assets} assets, 5% band, 10 bps",
        cells=work.close.size,
        plain=ours.one_run(work, policy, workloads.plain_terms()),
        alone=None,
        floor=floor.one_run(work, workloads.BAND, 1),
        full=_full(lambda terms, volume: ours.one_run(work, policy, terms, volume)),
        peers=list(peers.single_band(work)),
    )


def w2(sizes: Sizes, threads: int) -> Row:
    """Many assets, a calendar."""
    work = workloads.single(sizes.sessions, sizes.wide)
    policy = workloads.calendar_policy()
    return Row(
        name="W2",
        what=f"{sizes.sessions:,} days x {sizes.wide} assets, equal weights every {workloads.EVERY} sessions, 10 bps",
        cells=work.close.size,
        plain=ours.one_run(work, policy, workloads.plain_terms()),
        alone=None,
        floor=floor.one_run(work, 0.0, workloads.EVERY),
        full=_full(lambda terms, volume: ours.one_run(work, policy, terms, volume)),
        peers=list(peers.calendar(work)),
    )


def w3(sizes: Sizes, threads: int) -> Row:
    """Many policies."""
    work = workloads.single(sizes.sessions, sizes.assets)
    bands, every = sizes.grid()
    plain = ours.policies(work, bands, every, workloads.plain_terms(), threads=threads)
    return Row(
        name="W3",
        what=f"W1 with {bands.size:,} policies: {sizes.bands} bands x {len(sizes.reviews)} review intervals",
        cells=work.close.size * bands.size,
        plain=plain,
        alone=ours.policies(work, bands, every, workloads.plain_terms(), threads=1),
        floor=floor.policies(work, bands, every, threads),
        full=_full(lambda terms, volume: ours.policies(work, bands, every, terms, volume, threads)),
        peers=list(peers.policies(work, bands, every, threads)),
    )


def w4(sizes: Sizes, threads: int) -> Row:
    """Many paths."""
    work = workloads.paths(sizes.paths, sizes.path_sessions, sizes.assets)
    return Row(
        name="W4",
        what=f"{sizes.paths:,} bootstrapped paths of {sizes.path_sessions:,} days x {sizes.assets} assets, 5% band",
        cells=work.close.size,
        plain=ours.paths(work, workloads.plain_terms(), threads=threads),
        alone=ours.paths(work, workloads.plain_terms(), threads=1),
        floor=floor.paths(work, threads),
        full=_full(lambda terms, volume: ours.paths(work, terms, volume, threads)),
        peers=list(peers.paths(work, threads)),
    )


ROWS: dict[str, Callable[[Sizes, int], Row]] = {"W1": w1, "W2": w2, "W3": w3, "W4": w4}


def contestants(row: Row) -> Iterator[Contestant]:
    """Everyone but the plain engine."""
    yield row.floor
    yield from row.peers
    yield from row.full.values()
