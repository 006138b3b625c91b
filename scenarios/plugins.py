"""Finding a class by its kind, or by ``"module:Class"`` where it is the user's own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.core.errors import PluginError, ScenarioError, nearest


def find(kind: str, known: Mapping[str, str], where: str) -> Any:
    """The class behind a kind.

    Parameters
    ----------
    kind
        A name in ``known``, or ``"module:Class"``; the current directory is searched last.
    known
        ``"module:Class"`` by name.
    where
        The table of the scenario, for the error.

    Raises
    ------
    ScenarioError
        If the name is unknown.
    PluginError
        If the module or the class cannot be found or fails to import.
    """
    if ":" in kind:
        return _load(kind, where)
    if kind not in known:
        raise ScenarioError(f"{where}: unknown kind {kind!r}{nearest(kind, known)}")
    return _load(known[kind], where)


def _load(spec: str, where: str) -> Any:
    module_name, _, class_name = spec.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and module_name.startswith(error.name):
            raise PluginError(
                f"{where}: no module {module_name!r} for {spec!r}; put {module_name}.py in this folder"
            ) from None
        raise PluginError(f"{where}: {spec!r} needs a module that is not installed: {error.name}") from error
    except Exception as error:
        raise PluginError(f"{where}: importing {module_name!r} failed: {type(error).__name__}: {error}") from error
    if not hasattr(module, class_name):
        public = [name for name in vars(module) if not name.startswith("_")]
        raise PluginError(f"{where}: module {module_name!r} has no {class_name!r}{nearest(class_name, public)}")
    return getattr(module, class_name)
