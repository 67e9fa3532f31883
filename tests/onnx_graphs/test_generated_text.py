"""The generated graphs read as if written for their models: free of lint, short, with no part that is not used."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.ops.generated import LANGUAGES
from tests.ops.matrix import MODELS, example
from tests.ops.models import model
from tfc.backends.onnx.graphs import Asked, text
from tfc.backends.render import LINE_LENGTH, format_all, ruff
from tfc.backends.traits import Traits
from tfc.fields import variants
from tfc.resources import data

LARGE = model(label="large", norm=example("norm", "rms"), ffn=(example("ffn", "swiglu"),), tied=True)
SMALL = model(label="small", position=example("position", "learned"), bias=True, vocab=128)
WRITER = model(
    "decoder", label="writer", norm=example("norm", "rms"), attention=example("attention", "sliding")
)
READER = model("encoder", label="reader", position=example("position", "sinusoidal"))
GROUPS = {
    "one of two": ((LARGE, SMALL), (SMALL,), Asked(heads=("beam",))),
    "two of two": (
        (LARGE, SMALL),
        (LARGE, SMALL),
        Asked(heads=("beam", "greedy"), half=True),
    ),
    "one of three families": ((LARGE, WRITER, READER), (WRITER,), Asked()),
    "three families": (
        (LARGE, WRITER, READER),
        (LARGE, WRITER, READER),
        Asked(heads=("greedy",), gives=("scores",), half=True),
    ),
}
CALLED = {"encoder", "decoder", "linear", "embedding", "logits"}  # by export.py


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The formatted text for each model, and for some groups of models of which some are deployed."""
    asked = {
        "encoder_decoder": Asked(heads=("greedy",)),
        "decoder": Asked(),
        "encoder": Asked(gives=("states",)),
    }
    made = {}
    for name, one in MODELS.items():
        traits = Traits((one,), (), (LANGUAGES,))
        made[name] = text(traits, traits, asked[one.family])
    for name, (models, deployed, wanted) in GROUPS.items():
        made[name] = text(Traits(deployed), Traits(models, (), (LANGUAGES,) * len(models)), wanted)
    return format_all({re.sub(r"\W+", "_", name) + ".py": code for name, code in made.items()})


def test_every_file_is_free_of_lint(texts: dict[str, str], tmp_path: Path) -> None:
    for path, code in texts.items():
        (tmp_path / path).write_text(code, encoding="utf-8")
    rules, ignored = "--select=E,F,I,B,PIE,RET,UP,W", "--ignore=E741,B905,RET504"
    known = '--config=lint.isort.known-first-party=["lowering", "model"]'
    command = [ruff(), "check", "--isolated", "--no-cache", "--target-version=py311", rules, ignored, known]
    done = subprocess.run(
        [*command, f"--line-length={LINE_LENGTH}", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_nothing_is_there_that_is_not_used(texts: dict[str, str]) -> None:
    for path, code in texts.items():
        tree = ast.parse(code)
        names = {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                used = node.name in attributes or node.name in names or node.name in CALLED
                assert used or node.name.startswith("__"), (path, node.name)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        assert target.id in names, (path, target.id)


def test_a_file_is_a_page_or_two(texts: dict[str, str]) -> None:
    lines = {path: len(code.splitlines()) for path, code in texts.items()}
    assert max(lines.values()) <= 480, "three families"
    assert sorted(lines.values())[len(lines) // 2] <= 320


def test_every_built_variant_has_a_template() -> None:
    for family in ("attention", "ffn", "norm", "position", "adapter"):
        for name, variant in variants(family).items():
            if variant.built and name != "none":
                op = example(family, name)
                path = data("templates").joinpath(op.onnx_template)
                assert path.is_file(), path
                if family not in ("attention", "adapter") and name != "rope":
                    assert f"def {op.function}(" in path.read_text(encoding="utf-8"), path
