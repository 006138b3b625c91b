"""What a folder of a saved forecast holds, and whether a market is the one it was fitted on."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from signals.stress.caches import versions
from signals.stress.forecast import Lessons, StressForecast
from signals.stress.walk_forward import Classifier
from simulator.core.errors import DataError, UndertowError
from simulator.core.types import DateArray, FloatArray

from .fingerprint import Fingerprint, fingerprint
from .parts import assembled

FORECASTS: Final = "forecasts.npy"
#: Probabilities nearer than this are the same forecast: other processors round otherwise.
SAME: Final = 1e-6


class Stored(NamedTuple):
    """A folder as it was read: its manifest, and the files this lists."""

    folder: Path
    facts: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def refits(self) -> DateArray:
        """(n,) the session of each refit."""
        return np.array([refit["session"] for refit in self.facts["refits"]], "datetime64[D]")

    def rule(self, **changed: Any) -> StressForecast:
        """The forecast's settings, some of them changed."""
        return StressForecast(**{**self.facts["forecast"], **changed})

    def models(self, trust: Collection[str] = ()) -> list[Classifier | float]:
        """The model of each refit, or the one value that all of its labels had."""
        return [_model(refit, self.files, trust) for refit in self.facts["refits"]]

    def check_data(self, lessons: Lessons) -> None:
        """Raise unless the market was the same when the forecast was fitted, up to its last session then."""
        first, last, count = self.facts["sessions"]
        here = lessons.features.sessions
        if here.size < count:
            raise DataError(f"was fitted on sessions from {first} to {last}; this market has {here[0]} to {here[-1]}")
        found = fingerprint(lessons, count, len(self.facts["refits"]))
        held = self.facts["fingerprint"]
        if held["data"] != found.data:
            other = [name for name in Fingerprint._fields if held[name] != getattr(found, name)]
            raise DataError(
                f"was fitted on other data than this market's: other {', '.join(other)} (fingerprint "
                f"{held['data'][:12]}, here {found.data[:12]}); fit the forecast anew"
            )

    def check_forecasts(self, here: FloatArray) -> None:
        """Raise unless the models say (T,) what they said when saved; other packages may have changed what they do."""
        held = _forecasts(self.files[FORECASTS])
        if not np.allclose(here[: held.size], held, rtol=0.0, atol=SAME, equal_nan=True):
            changed = "; ".join(self.changed_packages()) or "with the same packages"
            raise DataError(f"its models forecast something else than when saved ({changed})")

    def changed_packages(self) -> list[str]:
        """The packages whose versions are others than when it was saved, in words."""
        then, now = self.facts["packages"], versions()
        return [
            f"{name} {then.get(name)}, now {now.get(name)}"
            for name in sorted({*then, *now})
            if then.get(name) != now.get(name)
        ]


@contextmanager
def naming_folder(folder: Path) -> Iterator[None]:
    """Errors within name the folder; a manifest that lacks something is of another version."""
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(f"{folder}: its manifest is of another version: {error}") from None
    except UndertowError as error:
        raise DataError(f"{folder}: {error}") from error


def _forecasts(content: bytes) -> FloatArray:
    try:
        held = np.load(io.BytesIO(content), allow_pickle=False)
    except (EOFError, MemoryError, OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{FORECASTS} cannot be read: {error}") from None
    if not isinstance(held, np.ndarray) or held.ndim != 1 or held.dtype != np.float64:
        raise DataError(f"{FORECASTS} does not hold one forecast a session")
    return held


def _model(refit: Mapping[str, Any], files: Mapping[str, bytes], trust: Collection[str]) -> Classifier | float:
    if "constant" in refit:
        return float("nan") if refit["constant"] is None else float(refit["constant"])
    try:
        return assembled({name.partition(".")[2]: files[name] for name in refit["files"]}, trust)
    except DataError as error:
        raise DataError(f"the model of {refit['session']} {error}") from error
