"""Finding a class by its kind, or by ``"module:Class"`` where it is the user's own.

A scenario file reads like data, so it may name code of three places only: Undertow's own kinds; the user's own files,
which are those in the folder of the file that states the kind and in every ``--plugins`` folder; and installed
distributions that offer a class under the entry-point group ``undertow.plugins``. Everything else is refused before
anything is imported.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from simulator.core.errors import PluginError, ScenarioError, nearest
from simulator.core.names import quoted

#: Under which an installed distribution offers classes: ``name = "module:Class"``.
GROUP: Final = "undertow.plugins"

#: What a class must have to be of use, by table of the scenario.
_ROOMS: Final[Mapping[str, tuple[str, ...]]] = {
    "signals": ("compute(features)",),
    "policies": ("decide(day)",),
    "holdings": ("rows(context)",),
    "triggers": ("when(context)",),
    "overlays": ("over(plan, context)",),
    "costs": ("panels(market, estimates)",),
    "shocks": ("apply(world, rng)", "describe()"),
    "--model": ("fit(x, y)",),
}
#: Tables in which a function may stand for a class: it gives an estimator.
_FUNCTIONS: Final = ("--model",)
_OURS: Final = ("simulator", "strategies", "signals", "reports", "scenarios")
_SEARCHED: Final[list[str]] = []  # folders of users' own that are on the path


@dataclass(frozen=True)
class OwnFiles:
    """Where a scenario's own classes may come from.

    Attributes
    ----------
    home
        The folder of the scenario file; ``None`` where it is a catalogued one, or there is none.
    plugins
        Folders stated on the command line.
    stated
        By kind, the folders of the files that state it where others extend them.
    """

    home: Path | None = None
    plugins: tuple[Path, ...] = ()
    stated: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)

    def folders(self, spec: str) -> tuple[Path, ...]:
        """The folders in which a kind is looked for, in order."""
        files = self.stated.get(spec) or (() if self.home is None else (self.home,))
        return tuple(dict.fromkeys(path.resolve() for path in (*files, *self.plugins)))


#: A user without files of their own.
NONE: Final = OwnFiles()


def is_own(kind: str) -> bool:
    """Whether a kind names a class of a user's own."""
    return ":" in kind


def find(kind: str, known: Mapping[str, str], where: str, own: OwnFiles = NONE, room: str = "") -> Any:
    """The class behind a kind.

    Parameters
    ----------
    kind
        A name in ``known``, or ``"module:Class"``.
    known
        ``"module:Class"`` of Undertow's own by name.
    where
        The table of the scenario, for the error.
    own
        Where classes of the user's own may be.
    room
        What the class is to be; that of the table by default.

    Raises
    ------
    ScenarioError
        If the name is unknown.
    PluginError
        If there is no such class among the user's own files and offered distributions, it fails to import, or cannot
        be what the table asks for.
    """
    if is_own(kind):
        return _own_class(kind, where, own, room or where.partition(".")[0].partition("[")[0])
    if kind not in known:
        raise ScenarioError(f"{where}: unknown kind {quoted(kind)}{nearest(kind, known)}")
    module, _, name = known[kind].partition(":")
    return getattr(importlib.import_module(module), name)


def _own_class(spec: str, where: str, own: OwnFiles, room: str) -> Any:
    module_name, _, class_name = spec.partition(":")
    if not all(part.isidentifier() for part in (*module_name.split("."), class_name)):
        raise PluginError(f"{where}: {quoted(spec)} is no module:Class")
    folder = _folder(spec, where, own)
    module = _imported(module_name, folder, spec, where)
    found = getattr(module, class_name, None)
    if found is None:
        public = [name for name in vars(module) if not name.startswith("_")]
        raise PluginError(
            f"{where}: module {quoted(module_name)} has no {quoted(class_name)}{nearest(class_name, public)}"
        )
    _check_room(found, module, spec, where, room)
    return found


def _folder(spec: str, where: str, own: OwnFiles) -> Path | None:
    """The folder of the user's own that holds a module; ``None`` where an installed distribution offers the class."""
    module = spec.partition(":")[0]
    top, folders = module.partition(".")[0], own.folders(spec)
    if top in sys.stdlib_module_names:
        raise PluginError(
            f"{where}: {quoted(top)} of {quoted(spec)} is a module of Python, not of your own; nothing was imported"
        )
    holding = [folder for folder in folders if _in_folder(top, folder)]
    if len(holding) > 1:
        raise PluginError(f"{where}: {holding[0]} and {holding[1]} both have a module {quoted(top)}; rename one")
    if holding:
        _check_not_installed(top, holding[0], where)
        return holding[0]
    if any(entry_point.value == spec for entry_point in entry_points(group=GROUP)):
        return None
    installed = (
        f"the installed one does not offer it under {GROUP!r}" if _elsewhere(top, None) else f"put {top}.py there"
    )
    searched = " or ".join(str(folder) for folder in folders)
    if not folders:
        raise PluginError(
            f"{where}: no module {quoted(module)} for {quoted(spec)}: say with --plugins DIR where your own files are"
        )
    raise PluginError(
        f"{where}: no module {quoted(module)} for {quoted(spec)} in {searched}; {installed}, or say --plugins DIR"
    )


def _in_folder(top: str, folder: Path) -> bool:
    return (folder / f"{top}.py").is_file() or (folder / top).is_dir()


def _check_not_installed(top: str, folder: Path, where: str) -> None:
    """Raise if a user's own module bears the name of another: either would be taken for the other."""
    if top in _OURS or _elsewhere(top, folder):
        raise PluginError(f"{where}: {folder / top} bears the name of an installed module; rename it")


def _elsewhere(top: str, folder: Path | None) -> bool:
    """Whether a module of that name lies on the path outside users' own folders; nothing is imported."""
    loaded = sys.modules.get(top)
    if loaded is not None and folder is not None and not _lies_in(loaded, (folder, *map(Path, _SEARCHED))):
        return True
    path = [
        entry for entry in sys.path if entry not in _SEARCHED and (folder is None or Path(entry).resolve() != folder)
    ]
    spec = PathFinder.find_spec(top, path)
    return spec is not None and spec.origin is not None


def _lies_in(module: ModuleType, folders: tuple[Path, ...]) -> bool:
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(Path(place).resolve().is_relative_to(folder) for place in places if place for folder in folders)


def _imported(name: str, folder: Path | None, spec: str, where: str) -> ModuleType:
    if folder is not None:
        _search(folder)
    wrote, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # nothing is left in the user's folder
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            raise PluginError(f"{where}: no module {quoted(name)} for {quoted(spec)} in {folder}") from None
        raise PluginError(f"{where}: {quoted(spec)} needs a module that is not installed: {error.name}") from error
    except (Exception, SystemExit) as error:
        raise PluginError(f"{where}: importing {quoted(name)} failed: {type(error).__name__}: {error}") from error
    finally:
        sys.dont_write_bytecode = wrote


def _search(folder: Path) -> None:
    """Put a folder on the path behind all that is installed; forget other folders' modules of the same names."""
    text, others = str(folder), tuple(Path(entry) for entry in _SEARCHED if entry != str(folder))
    files = {path.name.removesuffix(".py") for path in folder.iterdir()}  # of hundreds of modules few are among them
    same = {top for top in files & {name.partition(".")[0] for name in sys.modules} if _in_folder(top, folder)}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in same - set(_OURS) and _lies_in(module, others) and not _lies_in(module, (folder,)):
            del sys.modules[name]
    if text in _SEARCHED:
        sys.path.remove(text)
        _SEARCHED.remove(text)
    at = next((number for number, entry in enumerate(sys.path) if entry in _SEARCHED), len(sys.path))
    sys.path.insert(at, text)
    _SEARCHED.append(text)
    importlib.invalidate_caches()


def _check_room(found: Any, module: ModuleType, spec: str, where: str, room: str) -> None:
    """Raise unless what was found can be what its table asks for; nothing of it is called."""
    if room in _FUNCTIONS and inspect.isfunction(found) and found.__module__ == module.__name__:
        return
    if not inspect.isclass(found):
        raise PluginError(f"{where}: {quoted(spec)} is no class, and only a class can stand here; nothing was called")
    for wanted in _ROOMS.get(room, ()):
        if not callable(getattr(found, wanted.partition("(")[0], None)):
            raise PluginError(f"{where}: {quoted(spec)} has no {wanted}")
