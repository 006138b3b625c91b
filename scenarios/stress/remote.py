"""Severities of a stress test on the workers of a cluster: each opens the same test once, and turns the dial."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scenarios.cluster import Place, Say, check_same, opened
from scenarios.load import load
from scenarios.progress import Silent
from scenarios.refits import UsersRefits
from simulator.core.types import FloatArray

from .asked import asked
from .strikes import Strikes

#: (policies, metrics) of a severity, and the notices of its runs.
Struck = tuple[FloatArray, tuple[str, ...]]
_building = threading.Lock()  # plug-ins are imported once a process
_here = threading.local()  # a worker may have several threads


@dataclass(frozen=True)
class Remote:
    """Where severities are computed, and from what.

    Attributes
    ----------
    place
        The cluster.
    scenario, overrides, plugins, data
        As the command line states them.
    kept
        Whether fitted models are looked up in the user's cache.
    """

    place: Place
    scenario: str
    overrides: tuple[str, ...]
    plugins: tuple[Path, ...]
    data: Path | None
    kept: bool

    def anywhere(self) -> Remote:
        """The same, with paths that are found from any folder of any machine that sees them."""
        file = Path(self.scenario)
        return replace(
            self,
            scenario=str(file.resolve()) if file.is_file() else self.scenario,
            plugins=tuple(path.resolve() for path in self.plugins),
            data=None if self.data is None else self.data.resolve(),
        )


@dataclass(frozen=True)
class Dial:
    """What is turned: as in :class:`~scenarios.stress.run.Options`; ``market`` is the digest of what is struck."""

    shocks: tuple[str, ...]
    severity: str
    at: str | None
    refit: bool
    market: str


def struck_on(
    remote: Remote, dial: Dial, texts: Sequence[str], of: Callable[[Strikes, str], Struck], say: Say
) -> Iterator[tuple[int, Struck]]:
    """The place of each severity and what it came to, as they are finished; ``of`` computes one of them.

    ``say`` hears what people should know.

    Raises
    ------
    UndertowError
        If the cluster cannot be reached or is lost, or a worker has other data.
    """
    where = remote.anywhere()
    with opened(remote.place, say) as cluster:
        yield from cluster.results(_severity_of, [(where, dial, text, of) for text in texts])


def _severity_of(remote: Remote, dial: Dial, text: str, of: Callable[[Strikes, str], Struck]) -> Struck:
    """One severity of a stress test that another process has begun; the same bytes as there."""
    key = remote, dial
    if getattr(_here, "key", None) != key:
        _here.key = None
        _here.strikes = _strikes(remote, dial)
        _here.key = key
    return of(_here.strikes, text)


def _strikes(remote: Remote, dial: Dial) -> Strikes:
    with _building:
        file = load(remote.scenario, remote.overrides, (), remote.plugins)
        kept = UsersRefits() if remote.kept else None
        told = asked(file, remote.data, dial.shocks, dial.severity, dial.at, Silent(), kept)
    check_same(told.scenario.market.fingerprint(), dial.market)
    strikes = Strikes(told, dial.refit)
    strikes.learn()
    return strikes
