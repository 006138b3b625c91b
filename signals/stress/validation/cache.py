"""Answers of models kept on disk under what they were made from, so that a second run need not fit again."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from signals.stress.caches import models_build
from signals.stress.models import Answer
from simulator.core.cache import Cache, user_cache


class AnswerCache:
    """A folder of answers by key. Plain arrays only: nothing in it can run when it is read.

    Parameters
    ----------
    folder
        Where they lie; made when the first one is kept. A build of the models and of the packages that decide their
        figures has a folder of its own in it. What is damaged is fitted anew (:class:`~simulator.core.cache.Cache`).
    """

    def __init__(self, folder: Path) -> None:
        self.kept = Cache(folder / models_build(Path(__file__).resolve()), "answers of models")

    @classmethod
    def of_user(cls) -> AnswerCache:
        """The cache in the user's own cache folder."""
        return cls(user_cache() / "answers")

    def get(self, key: str) -> Answer | None:
        """The answer under a key; ``None`` if there is none that can be used."""
        content = self.kept.get(_entry(key))
        if content is None:
            return None
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                return Answer(held["probability"], held["status"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            self.kept.refuse(_entry(key))
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer; where nothing can be written, go without."""
        file = io.BytesIO()
        np.savez(file, probability=answer.probability, status=answer.status)
        self.kept.put(_entry(key), file.getvalue())


def _entry(key: str) -> str:
    return f"{key[:2]}/{key}.npz"
