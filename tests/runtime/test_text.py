"""The generated runtime reads as if written for its deployments: free of lint, with no part that is not used."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

import tfc
from tests.runtime.deployed import PAIRS, TEXT, deploy
from tfc.backends.assembly import Part, assemble
from tfc.backends.onnx import engine, measure, program
from tfc.backends.render import LINE_LENGTH, ruff

ADAPTERS = "adapters = bottleneck(rank = 4, per = language)"
TRANSLATOR, TOLD = PAIRS.format(more=""), PAIRS.format(more=ADAPTERS)
PIECES = TRANSLATOR.replace("tokenizer = bytes", "tokenizer = sentencepiece").replace(
    "tied", "vocab = 60, tied"
)
GPU, ENGINE = "onnxruntime(on = l4)", "tensorrt(on = l4)"
DRAWN = "sample(top_k = 5, top_p = 0.9, ratio = 2)"


def of_text(family: str, tokenizer: str = "bytes", more: str = "") -> str:
    return TEXT.format(family=family, tokenizer=tokenizer, position="rope", more=more)


SPECS = {
    "greedy": TRANSLATOR + deploy("a"),
    "greedy and its ratio": PIECES + deploy("a", decoding="greedy(ratio = 2)"),
    "beams": TOLD + deploy("a", decoding="beam(4)"),
    "drawn": TRANSLATOR + deploy("a", decoding=DRAWN),
    "all of them": TOLD
    + deploy("a")
    + deploy("b", decoding="beam(4, ratio = 2)")
    + deploy("c", decoding="sample(top_p = 0.5)"),
    "one told its language": TOLD.replace("train {", "train {\n  model = toy")
    + "model small { family = encoder_decoder, layers = 1, width = 16, heads = 2, context = 48 tokens }\n"
    + "distill small from toy { on = cpu, steps = 10, batch = 8 sequences, optimizer = adamw(lr = 1e-3) }\n"
    + deploy("a", model="toy")
    + deploy("b", model="small"),
    "a GPU": TRANSLATOR + deploy("a", GPU, precision="bf16", decoding="beam(4)"),
    "a GPU and a CPU": TRANSLATOR + deploy("a", GPU, precision="fp16") + deploy("b"),
    "an engine": TRANSLATOR + deploy("a", ENGINE, precision="fp16", decoding="beam(2)"),
    "an engine and a CPU": TRANSLATOR + deploy("a", ENGINE, precision="fp16") + deploy("b"),
    "three targets": TRANSLATOR + deploy("a", ENGINE) + deploy("b", GPU) + deploy("c"),
    "a writer": of_text("decoder") + deploy("a"),
    "a writer of pieces": of_text("decoder", "tokenizers", "vocab = 280") + deploy("a", decoding=DRAWN),
    "writers": of_text("decoder", more=ADAPTERS) + deploy("a") + deploy("b", decoding="sample(0.5)"),
    "a writer in an engine": of_text("decoder") + deploy("a", ENGINE, precision="fp16"),
    "states": of_text("encoder", more="vocab = 257") + deploy("a"),
    "guesses": of_text("encoder", "tokenizers", "vocab = 280") + deploy("a", gives="scores"),
    "both": of_text("encoder", more=f"vocab = 257, {ADAPTERS}") + deploy("a") + deploy("b", gives="scores"),
}
PARTS = (
    Part("program.py", program.file, ("deploy",)),
    Part("engine.py", engine.file, ("deploy",)),
    Part("measure.py", measure.file, ("deploy",)),
)
# What others call: the scripts that serve, export and evaluate.
CALLED = {"generate", "translate", "encode", "load", "__init__", "__call__"}


@pytest.mark.parametrize("name", SPECS)
def test_every_file_is_free_of_lint(name: str, tmp_path: Path) -> None:
    plan = tfc.load(SPECS[name], name="toy.tfs").plan()
    codes = {path: file.text for path, file in assemble(plan, PARTS).items()}
    for path, code in codes.items():
        (tmp_path / path).write_text(code, encoding="utf-8")
    rules = ("--select=E,F,I,B,PIE,RET,UP,W,SIM,C4,RUF,ARG", "--ignore=E741,RUF005")
    how = ("--isolated", "--no-cache", "--target-version=py311", f"--line-length={LINE_LENGTH}")
    sorting = "--config=lint.isort.known-first-party=['engine', 'program', 'tensorrt_program', 'tokenizer']"
    done = subprocess.run(
        [ruff(), "check", *rules, *how, sorting, "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout

    trees = {path: ast.parse(code) for path, code in codes.items()}
    nodes = [node for tree in trees.values() for node in ast.walk(tree)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    defined = {node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    assert defined - names <= CALLED, defined - names - CALLED
    constants = {
        target.id
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    annotations = " ".join(codes.values())
    assert all(name in read or annotations.count(name) > 1 for name in constants), constants - read
