"""The journal of trials: one chain of records a scenario, in the user's own folder for data.

It never stands in a run's way: what cannot be read or written is said in one line, and the run goes on without.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import platformdirs

from simulator.core import chain
from simulator.core.errors import ScenarioError, UndertowError
from simulator.core.files import make_folder, write_whole
from simulator.core.names import check_name

_OFF: Final = ("off", "no", "0")
_PATIENCE: Final = 5.0  # seconds that another process may keep the journal
_KEYS: Final = {
    **chain.LINKS,
    **dict.fromkeys(("by", "digest", "end", "policy", "scenario", "shocks", "start", "time"), chain.is_text),
    "settings": chain.are_texts,
    "sharpe": lambda value: value is None or chain.is_number(value),
}
_log = logging.getLogger("undertow")  # unless a program that imports us says otherwise: a line on standard error


@dataclass(frozen=True)
class Trial:
    """One policy under one set of terms, replayed on history.

    Attributes
    ----------
    scenario, policy
        Names.
    digest
        SHA-256 of all that the scenario says and that its figures depend on: its own parameters, those of its signals,
        the terms, the market it is loaded from.
    shocks
        The same of the shocks alone; empty where there are none.
    settings
        What was changed from the scenario's file, as ``--set`` and ``--grid`` write it.
    start, end
        First and last session.
    sharpe
        Annual; ``None`` where undefined.
    by, time
        The command, and when (UTC).
    """

    scenario: str
    policy: str
    digest: str
    shocks: str
    settings: tuple[str, ...]
    start: str
    end: str
    sharpe: float | None
    by: str
    time: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it a trial of its own: the same again is the same one."""
        return self.scenario, self.digest, self.start, self.end


@dataclass(frozen=True)
class Journal:
    """The trials of one scenario.

    Attributes
    ----------
    folder
        Where journals are kept.
    scenario
        Its name.
    """

    folder: Path
    scenario: str
    _said: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def path(self) -> Path:
        """The file; it need not be there."""
        return self.folder / f"{check_name(self.scenario)}.jsonl"

    def read(self) -> tuple[Trial, ...]:
        """The trials, each as it was written, in order; none where none was made.

        Raises
        ------
        ScenarioError
            If a line is not as it was written, naming the first.
        """
        return self._whole(self._content())

    def _whole(self, content: bytes) -> tuple[Trial, ...]:
        found = chain.faults(content, _KEYS)
        if found:
            raise ScenarioError(f"{self.path}: {found[0]}; move the file away to begin a new journal")
        return tuple(_trial(json.loads(line)) for line in content.splitlines())

    def faults(self, head: str | None = None) -> list[str]:
        """What is wrong with it, a line each that names the entry."""
        return chain.faults(self._content(), _KEYS, head)

    @property
    def head(self) -> str:
        """The hash of the last line."""
        return _head(self._content())

    def others(self, trials: Sequence[Trial]) -> tuple[Trial, ...]:
        """Those it knows besides these; none, and a line that says why, where it cannot be read."""
        mine = {trial.key for trial in trials}
        try:
            return tuple(trial for trial in self.read() if trial.key not in mine)
        except (OSError, UndertowError) as error:
            self._warn(_told(error), ": trials made before are not counted; this run is not in the journal of trials")
            return ()

    def record(self, trials: Sequence[Trial]) -> int:
        """Add those that it does not know yet; return how many these were.

        The journal is there whole before and after; of processes that write at once, all but one wait. Where it cannot
        be written, that is said in a line.
        """
        try:
            with chain.alone(make_folder(self.folder), _PATIENCE):
                return self._added(trials)
        except BlockingIOError:
            self._warn(f"{self.path}: another process keeps it", "; this run is not in the journal of trials")
        except (OSError, UndertowError) as error:
            then = "; this run is not in the journal of trials (UNDERTOW_TRIALS names another folder)"
            self._warn(_told(error), then)
        return 0

    def _added(self, trials: Sequence[Trial]) -> int:
        content = self._content()
        there = self._whole(content)
        known = {trial.key for trial in there}
        new = {trial.key: trial for trial in reversed(trials) if trial.key not in known}
        previous, lines = _head(content), []
        for number, trial in enumerate(reversed(new.values()), start=len(there) + 1):
            told = chain.linked({**vars(trial), "settings": list(trial.settings)}, number, previous)
            previous = told["hash"]
            lines.append(chain.line_of(told).encode() + b"\n")
        if lines:
            write_whole(self.path, content + b"".join(lines), lasting=True)
        return len(lines)

    def _warn(self, wrong: str, then: str) -> None:
        """Say what is wrong and what comes of it, once."""
        if wrong not in self._said:
            self._said.add(wrong)
            _log.warning("undertow: %s%s", wrong, then)

    def _content(self) -> bytes:
        return self.path.read_bytes() if self.path.is_file() else b""


def _head(content: bytes) -> str:
    lines = content.splitlines()
    return str(json.loads(lines[-1])["hash"]) if lines else chain.GENESIS


def _trial(told: dict[str, Any]) -> Trial:
    kept = {key: value for key, value in told.items() if key not in chain.LINKS}
    return Trial(**{**kept, "settings": tuple(kept["settings"])})


def trials_folder() -> Path | None:
    """The folder of the user's journals, or that which ``UNDERTOW_TRIALS`` names; ``None`` where it says ``off``."""
    named = os.environ.get("UNDERTOW_TRIALS", "")
    if named.lower() in _OFF:
        return None
    return Path(named or Path(platformdirs.user_data_dir("undertow", appauthor=False)) / "trials").absolute()


def journals(folder: Path) -> Iterable[Journal]:
    """Those there are, by name."""
    paths = sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
    return [Journal(folder, path.stem) for path in paths]


def _told(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'the journal of trials'}: {(error.strerror or str(error)).lower()}"
    return str(error)
