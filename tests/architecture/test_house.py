"""Rules of the house that a machine can hold."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (".ci", "benchmarks", "docs", "examples", "grammar", "templates", "tests", "tfc")
LONGEST = 400  # lines: what is longer has two subjects
# Places on somebody's machine, spelt apart so that this file does not name them itself.
ELSEWHERE = re.compile(
    "|".join(f"/{place}/[a-z]" for place in ("wor" + "k", "roo" + "t", "hom" + "e", "Use" + "rs"))
)
VAGUE = {"utils.py", "util.py", "helpers.py", "manager.py", "misc.py", "common.py"}


def texts() -> list[Path]:
    """Every text file of the project, what is made or recorded included."""
    found = [path for folder in FOLDERS if (ROOT / folder).is_dir() for path in (ROOT / folder).rglob("*")]
    found += [path for path in ROOT.iterdir() if path.is_file()]
    skipped = {"__pycache__", "build", "runs", "node_modules"}
    return [
        path
        for path in found
        if path.is_file()
        and not skipped & set(path.relative_to(ROOT).parts)
        and b"\0" not in path.read_bytes()[:4096]
    ]


def test_imports_point_down_and_torch_stays_out():
    linter = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run(
        [sys.executable, "-c", linter], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "folder"), [("Variants", "ops/*"), ("Strategies", "parallel")])
def test_a_contract_of_independence_names_every_module(contract: str, folder: str):
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (named,) = (found["modules"] for found in contracts if found["name"].startswith(contract))
    shared = {"__init__", "base", "buckets", "layout", "serving"}
    modules = [path for path in (ROOT / "tfc").glob(f"{folder}/*.py") if path.stem not in shared]
    assert sorted(named) == sorted(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules)


def test_no_file_is_long():
    hand_written = [path for path in texts() if path.suffix in (".py", ".j2", ".tfs", ".lark")]
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in hand_written
        if "golden" not in path.parts and (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST
    }
    assert not long


def test_no_module_has_a_vague_name():
    assert not [path for path in (ROOT / "tfc").rglob("*.py") if path.name in VAGUE]


def test_nothing_names_a_place_on_this_machine():
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1)
        if ELSEWHERE.search(line)
    ]
    assert not named


def test_nothing_is_left_to_do():
    left = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("tfc", "templates", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".j2", ".tfs", ".sh")
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if left.search(line)
    ]
    assert not found


@pytest.mark.parametrize("package", sorted(p.parent.name for p in (ROOT / "tfc").glob("*/__init__.py")))
def test_a_package_says_what_it_is_for(package: str):
    text = (ROOT / "tfc" / package / "__init__.py").read_text(encoding="utf-8")
    assert text.startswith('"""'), f"tfc/{package}/__init__.py has no docstring"
