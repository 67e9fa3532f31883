"""`lowering.py` and `export.py` read as if written for their deployments: free of lint, with nothing unused."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

import tfc
from tests.evaluate.generated import TEXT
from tests.export.folders import CPU, ENGINE, deploy, every_way, translator
from tfc.backends.onnx import export, graphs, lowering
from tfc.backends.render import LINE_LENGTH, SIBLINGS, format_all, ruff
from tfc.backends.torch import evaluate

MODULES = (evaluate, export, graphs, lowering)
SCRIPTS = ("export.py", "lowering.py", "evaluate.py")
DECODER = TEXT.format(family="decoder", tokenizer="bytes")
ENCODER = TEXT.format(family="encoder", tokenizer="bytes")
ADAPTED = "adapters = bottleneck(rank = 4, per = language)"
SPECS = {
    "all": translator(),
    "fp32": translator(deploys=every_way("plain")),
    "int8": translator(deploys=every_way("per_row")),
    "kept": translator(deploys=every_way("kept")),
    "smooth": translator(deploys=every_way("smooth")),
    "static": translator(deploys=every_way("static")),
    "engines": translator(deploys=every_way("symmetric", "half")),
    "bf16": translator(deploys=deploy("a", ENGINE, "bf16")),
    "half": translator(deploys=deploy("a", ENGINE, "bf16") + every_way("plain", "half")),
    "beam": translator(deploys=every_way("per_row", more="decoding = beam(4, ratio = 2)")),
    "ways": translator(
        deploys=deploy("a", CPU, "int8", "decoding = beam(4)")
        + deploy("b", CPU, "fp32", "decoding = greedy\n  output = 1..16 tokens")
        + deploy("c", ENGINE, "fp16", "decoding = sample(temperature = 0.7)")
    ),
    "sample": translator(deploys=every_way("per_row", more="decoding = sample")),
    "adapters": translator(more=ADAPTED, deploys=every_way("per_row", "static")),
    "decoder": DECODER + every_way("plain", "static", "symmetric"),
    "words": TEXT.format(family="decoder", tokenizer="tokenizers(kind = bpe)").replace(
        "position = learned", "position = learned\n  vocab = 290"
    )
    + every_way("per_row"),
    "states": ENCODER + every_way("plain", "per_row"),
    "scores": ENCODER + every_way("per_row", more="gives = scores"),
    "both": ENCODER
    + deploy("a", CPU, "fp32", "gives = states")
    + deploy("b", ENGINE, "int8(activations = none)", "gives = scores"),
}
STUDENT = """
model small extends toy {
  width = 16
}

distill small from toy {
  on    = cpu
  steps = 10
  batch = 16 sequences
  loss  = kl(temperature = 2)
}
"""
SPECS["student"] = (SPECS["int8"] + STUDENT).replace("train {", "train {\n  model = toy", 1)
SPECS["student"] = SPECS["student"].replace("  target = onnx", "  model = small\n  target = onnx")
SPECS["student_writer"] = (SPECS["words"] + STUDENT).replace("train {", "train {\n  model = toy", 1)
SPECS["student_writer"] = SPECS["student_writer"].replace(
    "  target = onnx", "  model = small\n  target = onnx"
)
CALLED = {"__init__", "main"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of each spec, in a folder of its name."""
    place, texts = tmp_path_factory.mktemp("texts"), {}
    for name, spec in SPECS.items():
        plan = tfc.load(spec, name=f"{name}.tfs").plan()
        made = {f"{module.__name__.rpartition('.')[2]}.py": module.file(plan) for module in MODULES}
        texts |= {f"{name}/{script}": text for script, text in made.items() if text}
    for path, text in format_all(texts).items():
        (place / path).parent.mkdir(exist_ok=True)
        (place / path).write_text(text, encoding="utf-8")
    return place


def test_every_file_is_free_of_lint(folders: Path) -> None:
    paths = [str(folders / name / script) for name in SPECS for script in SCRIPTS]
    rules = ["--select=E,F,I,B,PIE,RET,UP,W", "--ignore=E741,B905,RET504", f"--line-length={LINE_LENGTH}"]
    known = f"--config=lint.isort.known-first-party={list(SIBLINGS)}"
    done = subprocess.run(
        [
            ruff(),
            "check",
            "--isolated",
            "--no-cache",
            "--target-version=py311",
            "--output-format=concise",
            *rules,
            known,
            *paths,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", SPECS)
def test_nothing_is_there_that_is_not_used(folders: Path, name: str) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in (folders / name).glob("*.py")}
    trees = {script: ast.parse(text) for script, text in texts.items()}
    names = {node.id for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {
        node.attr for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    for script in SCRIPTS:
        for node in ast.walk(trees[script]):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                assert node.name in names | CALLED, (script, node.name)
        constants = [node.targets[0] for node in trees[script].body if isinstance(node, ast.Assign)]
        for constant in (target.id for target in constants if isinstance(target, ast.Name)):
            assert texts[script].count(constant) > 1, (script, constant)


def test_lowerings_that_nobody_asked_for_are_not_there(folders: Path) -> None:
    text = (folders / "int8" / "lowering.py").read_text(encoding="utf-8")
    classes = [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert classes == ["Float", "Rounded", "PerRow"]
    assert "self.keep" not in text and "scales:" not in text
    plain = (folders / "fp32" / "lowering.py").read_text(encoding="utf-8")
    assert "int8" not in plain and "calibrat" not in (folders / "fp32" / "export.py").read_text(
        encoding="utf-8"
    )
