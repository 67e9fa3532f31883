"""Graphs give what the generated torch model gives, for every variant."""

from __future__ import annotations

import pytest

from tests.onnx_graphs.generated import Deployed
from tests.onnx_graphs.parity import HOLDS
from tests.ops.matrix import each_model, example
from tests.ops.models import model
from tfc.spec.model import Model

RMS, NEAR = example("norm", "rms"), example("attention", "sliding")
LARGE = model(label="large", norm=RMS, ffn=(example("ffn", "swiglu"),), tied=True)
SMALL = model(label="small", position=example("position", "learned"), bias=True, vocab=128)
UNLIKE = model(label="unlike", encoder={"norm": RMS}, decoder={"attention": (NEAR,)}, scaled=True)
ADAPTED = model(
    label="adapted", adapters=example("adapter", "bottleneck"), attention=(NEAR, example("attention", "full"))
)
WRITER = model(
    "decoder", label="writer", norm=RMS, attention=(NEAR,), adapters=example("adapter", "bottleneck")
)
READER = model("encoder", label="reader", position=example("position", "sinusoidal"), bias=True)
GROUPS = {
    "two": (LARGE, SMALL),
    "two, one with adapters": (ADAPTED, SMALL),
    "two, one of unlike sides": (UNLIKE, ADAPTED),
    "three families": (LARGE, WRITER, READER),
    "three families, unlike": (UNLIKE, WRITER, READER),
}


@each_model
def test_a_graph_gives_what_the_model_gives(model: Model) -> None:
    HOLDS[model.family](Deployed(model))


@pytest.mark.parametrize("models", [pytest.param(models, id=name) for name, models in GROUPS.items()])
@pytest.mark.parametrize("together", [True, False])
def test_models_of_one_file(models: tuple[Model, ...], together: bool) -> None:
    """All of them deployed, or each by itself, in code that has what the others need left out."""
    for one in models:
        HOLDS[one.family](Deployed(one, beside=models, deployed=models if together else (one,)))
