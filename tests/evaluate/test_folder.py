"""The README and the requirements of a generated folder say what is true of it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tfc
from tests.evaluate.generated import PAIRS, TEXT

SPECS = {
    "pairs": PAIRS.format(more="vocab = 300").replace("= bytes", "= sentencepiece"),
    "text": TEXT.format(family="decoder", tokenizer="tokenizers").replace("tied ", "vocab = 300\n  tied "),
    "hidden": TEXT.format(family="encoder", tokenizer="bytes"),
    "several": TEXT.format(family="decoder", tokenizer="bytes").replace("= cpu", "= 2 x h100_80gb"),
    "no training": PAIRS.format(more="vocab = 300").split("data {")[0],
}


@pytest.fixture(scope="module", params=SPECS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("folder") / "build"
    tfc.load(SPECS[request.param], name="toy.tfs").compile(place)
    return place


def imported(folder: Path) -> Iterator[str]:
    """The packages that the folder's scripts import, the standard library and one another left out."""
    known = {*sys.stdlib_module_names, *(path.stem for path in folder.glob("*.py"))}
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            yield from (name for name in names if name.split(".")[0] not in known)


def test_the_requirements_are_what_is_imported(folder: Path) -> None:
    found = {"tensorboard" if "tensorboard" in name else name.split(".")[0] for name in imported(folder)}
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = {re.split("[<>=]", line)[0] for line in lines if not line.startswith("#")}
    assert named == found


def test_the_readme_lists_the_files_that_there_are(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([\w.]+)` \|", text, flags=re.MULTILINE))
    there = {path.name for path in folder.iterdir()}
    assert listed == there - {"README.md"}


def test_the_readme_calls_scripts_that_there_are(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    called = set(re.findall(r"^(?:python |\./)([\w.]+)", text, flags=re.MULTILINE)) - {"-m"}
    assert all((folder / name).is_file() for name in called)
    trains = (folder / "train.py").exists()
    assert bool(called) == trains
    assert ("launch.sh" in called) == (folder / "launch.sh").exists()


def test_the_readme_tells_what_was_predicted(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (memory|time of a step|time of the run) \| \S+ \S+ \|", text, flags=re.MULTILINE)
    assert len(rows) == (3 if (folder / "train.py").exists() else 0)
    assert "{{" not in text and "\n\n\n" not in text
