"""What is declared to be learnt is what the generated module learns, by name and shape."""

from __future__ import annotations

from tests.ops.generated import LANGUAGES, transformer
from tests.ops.matrix import each_model
from tfc.graph.build import build
from tfc.spec.model import Model


@each_model
def test_the_graph_has_the_parameters_of_the_module(model: Model) -> None:
    graph = build(model, len(LANGUAGES))
    declared = {item.name: item.shape for item in graph.named_parameters}
    net = transformer(model)
    assert declared == {name: tuple(item.shape) for name, item in net.named_parameters()}
    assert graph.parameters == sum(item.numel() for item in net.parameters())
