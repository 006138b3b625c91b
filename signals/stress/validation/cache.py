"""Answers of models kept on disk under what they were made from, so that a second run need not fit again."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import platformdirs

from signals.stress.models import Answer


class AnswerCache:
    """A folder of answers by key. Plain arrays only: nothing in it can run when it is read.

    Parameters
    ----------
    folder
        Where they lie; made when the first one is kept. A build of the models and of the packages that decide their
        figures has a folder of its own in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / _build()

    @classmethod
    def of_user(cls) -> AnswerCache:
        """The cache in the user's own cache folder."""
        return cls(Path(platformdirs.user_cache_dir("undertow")) / "answers")

    def get(self, key: str) -> Answer | None:
        """The answer under a key; ``None`` if there is none, or the file is damaged."""
        path = self._path(key)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                return Answer(held["probability"], held["status"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer; where nothing can be written, go without."""
        path, part = self._path(key), None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
            part = Path(name)
            with os.fdopen(handle, "wb") as file:
                np.savez(file, probability=answer.probability, status=answer.status)
            part.replace(path)
        except OSError:
            if part is not None:
                part.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.npz"


def _build() -> str:
    """Digest of the source of the models and of the versions of what they are built on."""
    found = hashlib.sha256()
    stress = Path(__file__).resolve().parents[1]
    for room in ("models", "scarce"):  # where what is fitted, and on which rows, is decided
        for path in sorted((stress / room).glob("*.py")):
            found.update(path.name.encode() + path.read_bytes())
    for package in ("numpy", "scipy", "scikit-learn", "xgboost-cpu", "xgboost", "numba"):
        try:
            found.update(f"{package} {metadata.version(package)}".encode())
        except metadata.PackageNotFoundError:
            continue
    return found.hexdigest()[:16]
