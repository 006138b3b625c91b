"""Chunks of a sweep on the workers of a cluster: each opens the same sweep once, and computes what it is given."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence

from scenarios.cluster import Place, Say, check_same, opened
from scenarios.progress import Silent
from scenarios.refits import UsersRefits
from simulator.core.types import FloatArray

from .chunks import Chunk
from .compute import Computer
from .shards import Asked
from .store import differences, listed
from .validated import Options, Sweep, validated

_building = threading.Lock()  # plug-ins are imported once a process
_here = threading.local()  # a worker may have several threads, and a policy of the user's own is no other's


def computed_on(place: Place, one: Sweep, chunks: Sequence[Chunk], say: Say) -> Iterator[tuple[Chunk, FloatArray]]:
    """Chunks with their (jobs, paths, metrics), as they are finished; ``say`` hears what people should know.

    Raises
    ------
    UndertowError
        If the cluster cannot be reached or is lost, or a worker has other data or another version of the code.
    """
    asked, parts = one.asked.anywhere(), dict(one.fingerprint)
    with opened(place, say) as cluster:
        for number, figures in cluster.results(figures_of, [(asked, parts, one.kept, chunk) for chunk in chunks]):
            yield chunks[number], figures


def figures_of(asked: Asked, fingerprint: Mapping[str, str], kept: bool, chunk: Chunk) -> FloatArray:
    """(jobs, paths, metrics) of a chunk of a sweep that another process has planned; the same bytes as there.

    Each metric is in its own unit; NaN where undefined.
    """
    key = repr((sorted(fingerprint.items()), kept))
    if getattr(_here, "key", None) != key:
        _here.key = None
        _here.computer = _computer(asked, fingerprint, kept)
        _here.key = key
    computer: Computer = _here.computer
    return computer.figures(chunk, _unheard)


def _computer(asked: Asked, fingerprint: Mapping[str, str], kept: bool) -> Computer:
    options = Options(asked.paths, asked.chunk, 1)
    with _building:
        one = validated(asked, options, Silent(), UsersRefits() if kept else None)
    changed = differences(one.fingerprint, fingerprint)
    check_same(changed, [], listed(changed))
    return Computer(one.plan, asked.paths, 1)


def _unheard(_: int) -> None:
    """Nobody hears of a run on its way: chunks are counted as they come back."""
