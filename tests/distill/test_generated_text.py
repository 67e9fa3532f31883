"""The files of every lesson read as if written for it: free of lint, with no part that is not used."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable

import pytest

from tests.distill.specs import DECODER, ENCODER, LESSONS
from tests.run.folder import Folder
from tfc.backends.render import LINE_LENGTH, SIBLINGS, ruff

FILES = ("distill.py", "teacher.py", "train.py", "data.py", "evaluate.py", "checkpoint.py")


@pytest.fixture(params=[*LESSONS, "decoder", "encoder"])
def folder(
    request: pytest.FixtureRequest, lesson_of: Callable[[str], Folder], teacher_of: Callable[[str], Folder]
) -> Folder:
    family = {"decoder": DECODER, "encoder": ENCODER}
    return teacher_of(request.param) if request.param in family else lesson_of(request.param)


def test_a_lesson_is_free_of_lint(folder: Folder) -> None:
    command = [ruff(), "check", "--isolated", "--no-cache", "--target-version=py311"]
    command += ["--select=E,F,I,B,PIE,RET,UP,W,RUF059", "--ignore=E741,B905,RET504"]
    command += [f"--config=lint.isort.known-first-party={list(SIBLINGS)}", f"--line-length={LINE_LENGTH}"]
    done = subprocess.run([*command, *FILES], cwd=folder.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_is_there_that_is_not_used(folder: Folder) -> None:
    """Functions, classes and constants of the two files of distillation are read by one of the two."""
    trees = [ast.parse((folder.path / name).read_text(encoding="utf-8")) for name in FILES[:2]]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    read |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    for tree in trees:
        for node in tree.body:
            made = node.targets if isinstance(node, ast.Assign) else [node]
            for one in made:
                name = getattr(one, "name", getattr(one, "id", None))
                assert name is None or name in read, name
