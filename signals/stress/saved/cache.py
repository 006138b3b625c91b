"""Fitted models kept on disk under what they were fitted to, so that a second run need not fit again."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from signals.stress.caches import models_build
from signals.stress.walk_forward import Classifier
from simulator.core.cache import Cache, user_cache
from simulator.core.errors import UndertowError
from simulator.core.types import FloatArray

from .fingerprint import learned_digest
from .parts import assembled, parts


class RefitCache:
    """A folder of fitted models by the digest of their rows, labels, settings and seed.

    A history that goes on finds its earlier refits again. Models lie there as figures alone (see :mod:`.parts`), each
    under a checksum; one that is damaged is fitted anew (see :class:`~simulator.core.cache.Cache`). What is given back
    forecasts the same to the bit.

    Parameters
    ----------
    folder
        Where they lie; made when the first one is kept. A build of the models and of the packages that decide their
        figures has a folder of its own in it, which goes when it was not used for a month.
    """

    def __init__(self, folder: Path) -> None:
        build = models_build(*sorted(Path(__file__).resolve().parent.glob("*.py")))
        self.folder = folder / build
        self.kept = Cache(self.folder, "fitted models")

    @classmethod
    def of_user(cls) -> RefitCache:
        """The cache in the user's own cache folder."""
        return cls(user_cache() / "refits")

    def of(self, model: str, options: Mapping[str, Any], seed: int) -> KeptModels | None:
        """What is kept of a model of the registry; ``None`` if its options are no plain data."""
        try:
            settings = json.dumps([model, dict(options), seed], sort_keys=True)
        except (TypeError, ValueError):
            return None
        return KeptModels(self.kept, settings)


class KeptModels:
    """The part of a :class:`RefitCache` that holds one kind of model, with its options and seed."""

    def __init__(self, kept: Cache, settings: str) -> None:
        self.kept, self.settings = kept, settings

    def get(self, learned: Sequence[FloatArray]) -> Classifier | None:
        """The model fitted to these rows, labels and so on; ``None`` if there is none that can be used."""
        name = self._entry(learned)
        content = self.kept.get(name)
        if content is None:
            return None
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as held:
                return assembled({part: held.read(part) for part in held.namelist()}, check=False)
        except (OSError, ValueError, zipfile.BadZipFile, UndertowError):
            self.kept.refuse(name)
            return None

    def put(self, learned: Sequence[FloatArray], model: Classifier) -> None:
        """Keep a model; where it cannot be written as figures alone, or nothing can be written, go without."""
        try:
            content = _packed(parts(model, check=False, quick=True))
        except UndertowError:
            return
        self.kept.put(self._entry(learned), content)

    def path(self, learned: Sequence[FloatArray]) -> Path:
        """Where the model fitted to these rows, labels and so on lies, if it is kept."""
        return self.kept.folder / self._entry(learned)

    def _entry(self, learned: Sequence[FloatArray]) -> str:
        key = hashlib.sha256(f"{self.settings}\n{learned_digest(learned)}".encode()).hexdigest()
        return f"{key[:2]}/{key}.model"


def _packed(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()
