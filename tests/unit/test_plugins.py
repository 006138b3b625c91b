"""What a scenario may run: the user's own files and what distributions offer; anything else is refused unimported."""

from __future__ import annotations

import sys
import textwrap
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from scenarios import plugins
from scenarios.build import check
from scenarios.load import load
from scenarios.plugins import OwnFiles, find
from scenarios.resolved import explained
from simulator.core.errors import PluginError, ScenarioError

OWN = """
import pathlib
pathlib.Path(__file__).with_name("imported").touch()
from os import system
from subprocess import Popen
from helper_of_{name} import LEVEL
class Mine:
    level = LEVEL
    def decide(self, day):
        return {{}}
class Nothing:
    pass
def made():
    pathlib.Path(__file__).with_name("called").touch()
    return Mine()
thing = Mine()
"""


def write(folder: Path, name: str = "mine", level: int = 1) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(OWN.format(name=name))
    (folder / f"helper_of_{name}.py").write_text(f"LEVEL = {level}")
    return folder


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("os:system", "is a module of Python"),
        ("subprocess:Popen", "is a module of Python"),
        ("builtins:exec", "is a module of Python"),
        ("posix:system", "is a module of Python"),
        ("antigravity:x", "is a module of Python"),
        ("numpy:load", "the installed one does not offer it"),
        ("numpy.f2py.crackfortran:crack", "the installed one does not offer it"),
        ("strategies.named:Hold", "the installed one does not offer it"),
        ("scenarios.cli:main", "the installed one does not offer it"),
        ("nowhere:Mine", "no module 'nowhere' for 'nowhere:Mine' in "),
        ("../mine:Mine", "is no module:Class"),
        ("/tmp/mine:Mine", "is no module:Class"),
        ("mine:", "is no module:Class"),
        (":Mine", "is no module:Class"),
        ("mine:Mine.decide", "is no module:Class"),
        ("mi ne:x\ny", "is no module:Class"),
    ],
)
def test_what_is_not_the_users_own_is_refused_before_it_is_imported(kind, message, tmp_path):
    write(tmp_path)
    before = set(sys.modules)
    with pytest.raises(PluginError, match=message) as told:
        find(kind, {}, "policies.x", OwnFiles(tmp_path))
    assert not {name for name in set(sys.modules) - before if name.startswith(("antigravity", "numpy.f2py.crack"))}
    assert "\n" not in str(told.value)
    assert not (tmp_path / "imported").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("system", "is no class"),
        ("made", "is no class"),
        ("thing", "is no class"),
        ("Popen", r"has no decide\(day\)"),
        ("Nothing", r"has no decide\(day\)"),
        ("Min", "has no 'Min'; did you mean 'Mine'"),
    ],
)
def test_what_cannot_be_a_policy_is_refused_before_it_is_called(name, message, tmp_path):
    with pytest.raises(PluginError, match=message):
        find(f"mine:{name}", {}, "policies.x", OwnFiles(write(tmp_path)))
    assert not (tmp_path / "called").exists()


def test_the_files_own_folder_and_stated_folders_are_searched_and_the_current_one_is_not(tmp_path, monkeypatch):
    write(tmp_path / "here", "only_here")
    write(tmp_path / "book", "in_book", level=2)
    write(tmp_path / "more", "in_more", level=3)
    monkeypatch.chdir(tmp_path / "here")
    own = OwnFiles(tmp_path / "book", (tmp_path / "more",))
    assert find("in_book:Mine", {}, "policies.x", own).level == 2
    assert find("in_more:Mine", {}, "policies.x", own).level == 3
    with pytest.raises(PluginError, match=r"no module 'only_here'.* or say --plugins DIR"):
        find("only_here:Mine", {}, "policies.x", own)
    with pytest.raises(PluginError, match="say with --plugins DIR where your own files are"):
        find("only_here:Mine", {}, "policies.x")
    assert not list(tmp_path.rglob("__pycache__"))


def test_two_folders_may_have_a_module_of_one_name_but_not_for_one_kind(tmp_path):
    first, second = write(tmp_path / "a", level=1), write(tmp_path / "b", level=2)
    assert find("mine:Mine", {}, "policies.x", OwnFiles(first)).level == 1
    assert find("mine:Mine", {}, "policies.x", OwnFiles(second)).__module__ == "mine"
    assert sys.modules["mine"].__file__ == str(second / "mine.py")
    with pytest.raises(PluginError, match="both have a module 'mine'; rename one"):
        find("mine:Mine", {}, "policies.x", OwnFiles(first, (second,)))


def test_a_file_that_bears_the_name_of_an_installed_module_is_refused(tmp_path):
    (tmp_path / "yaml.py").write_text("class Mine: ...")
    (tmp_path / "numpy.py").write_text("class Mine: ...")
    (tmp_path / "json.py").write_text("class Mine: ...")
    for name, message in (("numpy", "installed module; rename it"), ("json", "is a module of Python")):
        with pytest.raises(PluginError, match=message):
            find(f"{name}:Mine", {}, "policies.x", OwnFiles(tmp_path))


def test_a_distribution_may_offer_a_class(tmp_path, monkeypatch):
    write(tmp_path, "offered")
    monkeypatch.syspath_prepend(str(tmp_path))
    offers = [EntryPoint("mine", "offered:Mine", plugins.GROUP)]
    monkeypatch.setattr(plugins, "entry_points", lambda group: offers if group == "undertow.plugins" else [])
    assert find("offered:Mine", {}, "policies.x").__name__ == "Mine"
    with pytest.raises(PluginError, match="no module 'offered'"):
        find("offered:Nothing", {}, "policies.x")


def test_a_plugin_that_leaves_python_is_an_error_of_its_own(tmp_path):
    (tmp_path / "leaving.py").write_text("raise SystemExit(7)")
    with pytest.raises(PluginError, match="importing 'leaving' failed: SystemExit: 7"):
        find("leaving:Mine", {}, "policies.x", OwnFiles(tmp_path))


def test_an_estimator_may_be_a_function_of_the_users_own(tmp_path):
    own = OwnFiles(plugins=(write(tmp_path),))
    assert find("mine:made", {}, "--model", own).__name__ == "made"
    for name in ("system", "Mine", "Popen"):
        with pytest.raises(PluginError):
            find(f"mine:{name}", {}, "--model", own)
    assert not (tmp_path / "called").exists()


BOOK = """
[scenario]
name = "book"
{more}
[market]
source = "bundled:us-large-caps"
assumed_adv = 1e6
cash_rate = 0.01
[portfolio]
weights = "equal"
[policies.passive]
kind = "hold"
[policies.own]
kind = "mine:Mine"
level = 3
"""


def test_show_imports_nothing_and_says_so(tmp_path):
    write(tmp_path)
    (tmp_path / "book.toml").write_text(BOOK.format(more=""))
    file = load(str(tmp_path / "book.toml"))
    check(file)
    text = explained(file)
    assert not (tmp_path / "imported").exists()
    assert "its module is imported when it runs" in text
    (tmp_path / "again.toml").write_text(text)
    assert load(str(tmp_path / "again.toml")).policies["own"] == {"kind": "mine:Mine", "level": 3}


def test_what_another_file_states_comes_from_its_folder(tmp_path):
    write(tmp_path / "theirs", level=5)
    (tmp_path / "theirs" / "book.toml").write_text(BOOK.format(more=""))
    child = tmp_path / "child.toml"
    child.write_text(
        textwrap.dedent("""
        [scenario]
        name = "child"
        extends = "theirs/book.toml"
        [policies.more]
        kind = "mine_too:Mine"
        """)
    )
    own = load(str(child)).own
    assert find("mine:Mine", {}, "policies.own", own).level == 5
    assert own.folders("mine_too:Mine") == (tmp_path,)
    assert own.folders("by_set:Mine") == (tmp_path,)


def test_a_catalogued_scenario_has_no_own_files(tmp_path):
    assert load("us-large-caps").own.folders("mine:Mine") == ()
    assert load("us-large-caps", plugins=[tmp_path]).own.folders("mine:Mine") == (tmp_path,)
    with pytest.raises(ScenarioError, match=r"--plugins .*: no such folder"):
        load("us-large-caps", plugins=[tmp_path / "nowhere"])
