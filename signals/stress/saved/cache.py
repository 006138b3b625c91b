"""Fitted models kept on disk under what they were fitted to, so that a second run need not fit again."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from signals.stress.caches import forget_old_builds, models_build, user_cache
from signals.stress.walk_forward import Classifier
from simulator.core.errors import UndertowError
from simulator.core.types import FloatArray

from .fingerprint import learned_digest
from .folder import digest
from .parts import assembled, parts

_DIGITS: Final = 64


class RefitCache:
    """A folder of fitted models by the digest of their rows, labels, settings and seed.

    A history that goes on finds its earlier refits again. Models lie there as figures alone (see :mod:`.parts`); one
    that is damaged is fitted anew. What is given back forecasts the same to the bit.

    Parameters
    ----------
    folder
        Where they lie; made when the first one is kept. A build of the models and of the packages that decide their
        figures has a folder of its own in it, which goes when it was not used for a month.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / models_build(*sorted(Path(__file__).resolve().parent.glob("*.py")))

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
        if self.folder.exists():
            self._touch()
        return KeptModels(self.folder, settings)

    def _touch(self) -> None:
        try:
            os.utime(self.folder)
            forget_old_builds(self.folder)
        except OSError:
            return


class KeptModels:
    """The part of a :class:`RefitCache` that holds one kind of model, with its options and seed."""

    def __init__(self, folder: Path, settings: str) -> None:
        self.folder, self.settings = folder, settings

    def get(self, learned: Sequence[FloatArray]) -> Classifier | None:
        """The model fitted to these rows, labels and so on; ``None`` if there is none, or the file is damaged."""
        try:
            whole = self.path(learned).read_bytes()
            if whole[:_DIGITS].decode("ascii") != digest(whole[_DIGITS:]):
                return None
            with zipfile.ZipFile(io.BytesIO(whole[_DIGITS:])) as held:
                return assembled({name: held.read(name) for name in held.namelist()})
        except (OSError, ValueError, zipfile.BadZipFile, UndertowError):
            return None

    def put(self, learned: Sequence[FloatArray], model: Classifier) -> None:
        """Keep a model; where it cannot be written as figures alone, or nothing can be written, go without."""
        try:
            content = _packed(parts(model))
        except UndertowError:
            return
        path, part = self.path(learned), None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
            part = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(digest(content).encode() + content)
            part.replace(path)
        except OSError:
            if part is not None:
                part.unlink(missing_ok=True)

    def path(self, learned: Sequence[FloatArray]) -> Path:
        """Where the model fitted to these rows, labels and so on lies, if it is kept."""
        key = hashlib.sha256(f"{self.settings}\n{learned_digest(learned)}".encode()).hexdigest()
        return self.folder / key[:2] / f"{key}.model"


def _packed(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()
