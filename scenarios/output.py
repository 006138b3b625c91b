"""An output folder appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.core.errors import ScenarioError

_OURS = "manifest.json"


def check_target(target: Path) -> None:
    """Raise unless ``target`` is free, empty, or an earlier output of ours that may be replaced."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ScenarioError(f"--out {target}: there is a file of that name; choose another folder")
    if target.is_dir() and any(target.iterdir()) and not (target / _OURS).is_file():
        raise ScenarioError(f"--out {target}: this folder holds other things than an earlier run; choose another")
    home = next((one for one in (target, *target.parents) if one.exists()), Path())
    if not os.access(home, os.W_OK):
        raise ScenarioError(f"--out {target}: {home} cannot be written to; choose another folder")


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Yield a hidden folder beside ``target`` that takes its place when the block succeeds and vanishes otherwise."""
    check_target(target)
    made = [one for one in target.absolute().parents if not one.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    stage.chmod(0o755)
    try:
        yield stage
        put_in_place(stage, target)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        for folder in made:  # innermost first
            try:
                folder.rmdir()
            except OSError:
                break
        raise


def put_in_place(stage: Path, target: Path) -> None:
    """Rename a finished folder to where an earlier one may lie, which goes."""
    old = None
    if target.exists():
        old = target.with_name(f".{target.name}.old-{os.getpid()}")
        target.rename(old)
    stage.rename(target)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
