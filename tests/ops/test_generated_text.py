"""The generated file reads as if written for its models: formatted, free of lint, with no part that is not used."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.ops.generated import LANGUAGES, run
from tests.ops.matrix import MODELS, example
from tests.ops.models import model
from tfc.backends.render import LINE_LENGTH, format_all, ruff
from tfc.backends.torch.model import text
from tfc.backends.traits import Traits
from tfc.fields import variants
from tfc.resources import data

SMOOTH = (run(smoothing=0.1), run(recompute="full"))
PAIR = (
    model(
        label="large", norm=example("norm", "rms"), ffn=(example("ffn", "swiglu"),), tied=True, dropout=0.1
    ),
    model(label="small", position=example("position", "learned"), bias=True, vocab=128),
)
# What others call: train.py, evaluate.py, and autograd.
CALLED = {
    "forward",
    "backward",
    "blocks",
    "encode",
    "start",
    "step",
    "prefill",
    "predict",
    "select",
    "initialise",
}


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The formatted text of each model's file, and of some for several models and runs."""
    groups = {name: Traits((made,), (), (LANGUAGES,)) for name, made in MODELS.items()}
    groups["two models"] = Traits(PAIR, SMOOTH, (LANGUAGES, LANGUAGES))
    groups["compiled"] = Traits(PAIR[:1], (run(compile="blocks"),), (LANGUAGES,))
    groups["recomputed"] = Traits(PAIR[:1], (run(recompute="full"),), (LANGUAGES,))
    paths = {re.sub(r"\W+", "_", name) + ".py": text(traits) for name, traits in groups.items()}
    return format_all(paths)


def test_every_file_is_free_of_lint(texts: dict[str, str], tmp_path: Path) -> None:
    for path, code in texts.items():
        (tmp_path / path).write_text(code, encoding="utf-8")
    rules = "--select=E,F,I,B,PIE,RET,UP,W"
    # Names of sizes are capitals; `zip` over a pattern that repeats cannot be strict.
    ignored = "--ignore=E741,B905,RET504"
    done = subprocess.run(
        [
            ruff(),
            "check",
            "--isolated",
            "--no-cache",
            "--target-version=py311",
            rules,
            ignored,
            f"--line-length={LINE_LENGTH}",
            ".",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_nothing_is_there_that_is_not_used(texts: dict[str, str]) -> None:
    for path, code in texts.items():
        tree = ast.parse(code)
        names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name in ("Config", "Side"):
                fields = {item.target.id for item in node.body if isinstance(item, ast.AnnAssign)}
                assert fields - attributes <= {"context"}, (path, fields - attributes)
            elif isinstance(node, ast.ClassDef | ast.FunctionDef):
                used = node.name in attributes or node.name in names
                assert used or node.name in CALLED | {"Transformer", "__init__"}, (path, node.name)


def test_a_file_is_a_page_or_two(texts: dict[str, str]) -> None:
    lines = {path: len(code.splitlines()) for path, code in texts.items()}
    assert max(lines.values()) <= 560, "two sides, or two models, of different parts"
    assert sorted(lines.values())[len(lines) // 2] <= 340
    assert lines["attention_full_encoder.py"] <= 260


def test_every_built_variant_has_a_template() -> None:
    for family in ("attention", "ffn", "norm", "position", "adapter"):
        for name, variant in variants(family).items():
            if variant.built and name != "none":
                op = example(family, name)
                for path in (op.template, op.onnx_template):
                    assert data("templates").joinpath(path).is_file(), path
                assert variant.module, name


def test_the_config_has_the_name_of_the_model_in_capitals() -> None:
    assert "BABEL_SMALL = Config" in text(Traits((model(label="babel_small"),)))
    assert "F_MODEL = Config" in text(Traits((model(label="f"),))), "F is torch.nn.functional"
