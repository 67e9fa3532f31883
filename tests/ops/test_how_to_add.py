"""The page on adding a variant is right: what it adds is held as every variant is."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from jinja2 import ChoiceLoader, DictLoader

from tests.onnx_graphs import parity
from tests.onnx_graphs.generated import Deployed
from tests.ops import test_decoding, test_flops, test_parameters, test_saved, test_training
from tests.ops.matrix import FAMILIES, of_variant
from tfc.backends.render import environment
from tfc.fields import Variant

PAGE = Path(__file__).parents[2] / "docs" / "how-to-add-a-variant.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The registry and the templates with what the page adds."""
    module = ModuleType("tfc.ops.ffn.squared_relu")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # where dataclasses look up annotations
    backends = ("torch", "onnx")
    templates = dict(
        zip((f"{name}/ffn/squared_relu.py.j2" for name in backends), blocks("jinja"), strict=True)
    )
    loader = environment().loader
    assert loader is not None
    monkeypatch.setattr(environment(), "loader", ChoiceLoader([DictLoader(templates), loader]))
    monkeypatch.setitem(Variant.registry, "ffn", dict(Variant.registry["ffn"]))
    exec(compile(blocks("python")[0], str(PAGE), "exec"), module.__dict__)
    yield


@pytest.mark.usefixtures("added")
@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_page_adds_passes_the_tests_that_it_names(family: str) -> None:
    model = of_variant(family, "ffn", "squared_relu")
    test_parameters.test_the_graph_has_the_parameters_of_the_module(model)
    test_flops.test_a_model_computes_what_its_graph_says(model)
    for compute in (torch.float32, torch.bfloat16):
        test_saved.test_a_model_keeps_what_its_graph_says(model, compute)
        test_saved.test_a_layer_keeps_what_its_block_says(model, compute)
    test_training.test_the_loss_falls(model)
    parity.HOLDS[family](Deployed(model))
    if family != "encoder":
        test_decoding.test_steps_give_what_the_whole_gives(model)


def test_the_files_that_the_page_names_exist() -> None:
    root = PAGE.parents[1]
    text = PAGE.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:tfc|tests|templates)/[\w/.]+\.(?:py|j2))`", text):
        assert "squared_relu" in path or (root / path).is_file(), path
    for name in re.findall(r"\| `(test_\w+\.py)` \|", text):
        assert any((root / "tests" / folder / name).is_file() for folder in ("ops", "onnx_graphs")), name
