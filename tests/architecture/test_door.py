"""Everything is written through one door (``simulator/core/files.py``); what else writes is listed here, and why."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.test_imports import FILES, ROOT

DOOR = "simulator/core/files.py"

#: What a module may do besides: it is no output of the product's, or it puts away what a marker says is ours.
ALLOWED = {
    "simulator/core/folders.py": {"mkdtemp", "chmod", "mkdir", "rmtree", "rename", "unlink", "rmdir"},  # the folders
    "simulator/core/cache.py": {"mkdir", "open", "replace", "unlink", "rmtree", "utime"},  # the user's cache folder
    "scenarios/sweep/store.py": {"open", "unlink", "rmdir", "rmtree", "write_table"},  # its lock; a chunk in memory
    "scenarios/sweep/run.py": {"rmtree"},  # a report that was cut short, in a work folder of ours
    "scenarios/sweep/shards.py": {"rmdir"},  # the empty folder in which shards waited
    "scenarios/net.py": {"mkstemp", "fdopen"},  # a traceback, in the system's folder for temporary files
    "scenarios/audit/fresh_process.py": {"fdopen"},  # an answer to the process that asked, on its pipe
    "reports/worker.py": {"mkdir", "rmtree", "write_bytes", "unlink"},  # the same, within the stage
    "reports/pdf.py": {"TemporaryDirectory"},  # where the browser keeps its profile and prints to
    "reports/spreadsheets.py": {"ZipFile"},  # in memory
    "signals/stress/validation/cache.py": {"savez"},  # in memory
    "signals/stress/saved/forecast.py": {"save"},  # in memory
    "signals/stress/saved/cache.py": {"ZipFile"},  # in memory
    "scenarios/cli.py": {"open"},  # the null device, for a reader who has left
}

METHODS = {
    *("write_text", "write_bytes", "mkdir", "touch", "chmod", "unlink", "rmdir", "symlink_to", "hardlink_to"),
    *("to_parquet", "to_csv", "to_pickle", "to_feather", "to_excel", "to_hdf", "to_json", "to_sql", "tofile"),
    *("write_html", "write_image", "write_json", "savefig", "write_table", "write_dataset", "write_feather", "dump"),
}
CALLS = {
    "os": {
        *("open", "fdopen", "mkdir", "makedirs", "remove", "removedirs", "unlink", "rmdir", "rename", "renames"),
        *("replace", "symlink", "link", "truncate", "utime", "chmod", "mkfifo"),
    },
    "shutil": {
        "copy",
        "copy2",
        "copyfile",
        "copyfileobj",
        "copytree",
        "move",
        "rmtree",
        "make_archive",
        "unpack_archive",
    },
    "tempfile": {
        *("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "TemporaryDirectory"),
    },
    "np": {"save", "savez", "savez_compressed", "savetxt", "memmap"},
}
NAMES = {"ParquetWriter", "RecordBatchFileWriter", "OSFile", "FileHandler", *CALLS["tempfile"]}


def writes(path: Path) -> Iterator[tuple[str, int]]:
    """What of a file writes, with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = _writing(node)
            if name:
                yield name, node.lineno
        elif isinstance(node, ast.Attribute) and node.attr in ("unlink", "rmdir", "rmtree"):  # passed on to be called
            yield node.attr, node.lineno


def _writing(call: ast.Call) -> str:
    called = call.func
    if isinstance(called, ast.Name):
        name = called.id
        return name if name in NAMES or (name == "open" and _to_write(call, 1)) else ""
    if not isinstance(called, ast.Attribute):
        return ""
    name, owner = called.attr, called.value.id if isinstance(called.value, ast.Name) else ""
    if owner in CALLS:
        return name if name in CALLS[owner] and not (name == "open" and _only_reads(call)) else ""
    if name == "open":
        return name if _to_write(call, 0) else ""
    if name == "ZipFile":
        return name if _to_write(call, 1) else ""
    if name in ("rename", "replace"):  # of a path: one argument, where texts and tables have others
        return name if len(call.args) == 1 and not call.keywords and not _is_table(call) else ""
    return name if name in METHODS | NAMES and not _in_text(call) else ""


def _only_reads(call: ast.Call) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "O_RDONLY" for node in ast.walk(call))


def _to_write(call: ast.Call, place: int) -> bool:
    given = [*call.args[place : place + 1], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    if not given:
        return False
    return not (isinstance(given[0], ast.Constant) and set(str(given[0].value)) <= set("rbt"))


def _is_table(call: ast.Call) -> bool:
    """A series given another name, or columns others: ``own.returns.rename(title)``."""
    return isinstance(call.func, ast.Attribute) and "returns" in ast.unparse(call.func.value)


def _in_text(call: ast.Call) -> bool:
    """``to_csv()`` and the like without a target give a text."""
    return isinstance(call.func, ast.Attribute) and call.func.attr.startswith("to_") and not call.args


def strangers(path: Path, name: str) -> list[str]:
    allowed = ALLOWED.get(name, set())
    return [f"{name}:{line}: {what}" for what, line in writes(path) if what not in allowed]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_writes_but_through_the_door(path):
    name = path.relative_to(ROOT).as_posix()
    assert name == DOOR or strangers(path, name) == []


def test_what_is_allowed_is_still_there():
    for name, allowed in ALLOWED.items():
        assert {what for what, _ in writes(ROOT / name)} == allowed, name


@pytest.mark.parametrize(
    "line",
    [
        "path.write_text('x')",
        "(folder / 'x').write_bytes(b'')",
        "open('x', 'w')",
        "open('x', mode='ab')",
        "path.open('w', newline='')",
        "path.open(mode)",
        "frame.to_parquet(path)",
        "frame.to_csv(path, index=False)",
        "pq.ParquetWriter(path, schema)",
        "pq.write_table(table, path)",
        "np.savez(path, a=1)",
        "path.mkdir(parents=True)",
        "os.makedirs('x')",
        "os.open('x', os.O_WRONLY)",
        "shutil.rmtree(path)",
        "shutil.copyfile(a, b)",
        "part.rename(path)",
        "part.replace(path)",
        "figure.write_html(path)",
        "act(path.unlink)",
        "tempfile.mkdtemp()",
        "pickle.dump(thing, file)",
        "zipfile.ZipFile(path, 'w')",
    ],
)
def test_a_write_beside_the_door_would_be_found(line, tmp_path):
    (tmp_path / "x.py").write_text(line)
    assert strangers(tmp_path / "x.py", "reports/x.py")


@pytest.mark.parametrize(
    "line", ["open('x')", "path.open('rb')", "text.replace('a', 'b')", "frame.rename(columns={})", "frame.to_csv()"]
)
def test_reading_is_not_writing(line, tmp_path):
    (tmp_path / "x.py").write_text(line)
    assert not strangers(tmp_path / "x.py", "reports/x.py")
