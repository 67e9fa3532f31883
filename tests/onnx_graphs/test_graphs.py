"""What else graphs promise: their ends, 16 bits, an answer that depends on no neighbour, few nodes, the same bytes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.onnx_graphs.generated import Deployed, cache_of, kept
from tests.onnx_graphs.parity import SIZE, padded, tokens
from tests.ops.matrix import MODELS, example
from tests.ops.models import model

WIDE = {
    "width": 64,
    "norm": example("norm", "rms"),
    "ffn": (example("ffn", "swiglu"),),
    "tied": True,
    "layers": 3,
}


def first_step(
    deployed: Deployed, head: str, hypotheses: int, rows: slice = slice(None)
) -> dict[str, np.ndarray]:
    """What a decoder gives after one token of each hypothesis of some sentences."""
    source, lengths = (part[rows] for part in padded(deployed.model))
    read = deployed.encoder()(source=source, lengths=lengths)
    count = len(source) * hypotheses
    return deployed.decoder(head, hypotheses)(
        tokens=tokens(deployed.model, SIZE * hypotheses, 1, seed=3)[: SIZE * hypotheses][
            rows.start or 0 : (rows.start or 0) + count
        ],
        place=np.zeros(count, int),
        lengths=lengths,
        **read,
        **cache_of(deployed.model, count, 8),
    )


def test_a_decoder_ends_in_what_is_asked_for() -> None:
    deployed = Deployed(model())
    logits = torch.tensor(first_step(deployed, "logits", 2)["logits"])
    best = first_step(deployed, "greedy", 2)["next"]
    np.testing.assert_array_equal(best, logits.argmax(-1).numpy())
    beam, expected = first_step(deployed, "beam", 2), logits.log_softmax(-1).topk(4)
    np.testing.assert_array_equal(beam["token"], expected.indices.numpy())
    np.testing.assert_allclose(beam["score"], expected.values.numpy(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["encoder_decoder", "decoder", "encoder"])
def test_a_graph_may_compute_in_16_bits(kind: str) -> None:
    """What comes out is as near to fp32 as 11 bits are, and it is fp32 again."""
    made = model(kind, **WIDE, scaled=True)
    exact, half = Deployed(made), Deployed(made, "float16")
    found = []
    for deployed in (exact, half):
        if kind == "encoder":
            source, lengths = padded(made)
            found.append(deployed.encoder("states")(tokens=source, lengths=lengths)["states"][0])
        elif kind == "decoder":
            given = {"tokens": tokens(made, SIZE, 5), "place": np.zeros(SIZE, int), "last": np.full(SIZE, 4)}
            numbers = deployed.given[-1].numbers
            cache = {name: values.astype(numbers) for name, values in cache_of(made, SIZE, 8).items()}
            found.append(deployed.decoder()(**given, **cache)["logits"])
        else:
            source, lengths = padded(made)
            read = deployed.encoder()(source=source, lengths=lengths)
            found.append(read["source_key_2"][0].astype(np.float32))
    assert found[1].dtype == np.float32
    assert 0 < np.abs(found[1] - found[0]).max() < 0.02 * np.abs(found[0]).max()


@pytest.mark.parametrize("name", ["attention full", "attention sliding", "adapter bottleneck"])
def test_an_answer_does_not_depend_on_its_batch(name: str) -> None:
    """The same bits alone and among others, as long as the padding is the same."""
    deployed = Deployed(MODELS[f"{name}, encoder_decoder"])
    source, lengths = padded(deployed.model)
    more = (
        [{"language": np.arange(SIZE)}, {"language": np.arange(1)}]
        if deployed.speaks("encoder")
        else [{}, {}]
    )
    read, step = deployed.encoder(), deployed.decoder("logits")
    together = read(source=source, lengths=lengths, **more[0])
    alone = read(source=source[:1], lengths=lengths[:1], **more[1])
    for part, values in alone.items():
        np.testing.assert_array_equal(values[0], together[part][0])
    written = tokens(deployed.model, SIZE, 3, seed=4)
    results = []
    for rows, sources, speaks in ((SIZE, together, more[0]), (1, alone, more[1])):
        cache = cache_of(deployed.model, rows, 8)
        for place in range(3):
            given = {
                "tokens": written[:rows, place, None],
                "place": np.full(rows, place),
                "lengths": lengths[:rows],
            }
            found = step(**given, **sources, **cache, **speaks)
            cache = kept(found)
        results.append(found["logits"][0])
    np.testing.assert_array_equal(*results)


def test_the_size_of_a_cache_may_be_fixed() -> None:
    deployed = Deployed(model("decoder"))
    free, fixed = (deployed.decoder(places=places).graph for places in (None, 16))
    sizes = [
        {
            dim.dim_value or dim.dim_param
            for value in graph.graph.input
            for dim in value.type.tensor_type.shape.dim
        }
        for graph in (free, fixed)
    ]
    assert "C" in sizes[0] and "C" not in sizes[1] and 16 in sizes[1]


def test_nodes_are_few() -> None:
    """Of a layer, and of what there is once; a lowering of floats makes one node of each product."""
    attention, cross, ffn, read = (
        12,
        9,
        7,
        4,
    )  # self-attention with a cache; `read` is what a decoder layer reads
    budgets = {"encoder": (attention - 4 + ffn + read, 6), "decoder": (attention + cross + ffn, 9)}
    for kind, (layer, rest) in budgets.items():
        counts = []
        for layers in (1, 2):
            deployed = Deployed(model(**WIDE | {"layers": layers}))
            graph = deployed.encoder() if kind == "encoder" else deployed.decoder("beam", 4)
            counts.append(len(graph.graph.graph.node))
        assert counts[1] - counts[0] <= layer, (kind, counts)
        assert counts[0] <= layer + rest, (kind, counts)


def test_the_same_bytes_every_time_and_names_that_tell() -> None:
    first, again = (
        Deployed(MODELS["everything on, encoder_decoder"]).decoder("beam", 2).graph for _ in range(2)
    )
    assert first.SerializeToString() == again.SerializeToString()
    names = [node.name for node in first.graph.node]
    assert len(set(names)) == len(names)
    assert {"decoder.0.attention.qkv.MatMul", "decoder.1.cross.Attention", "output.TopK"} <= set(names)


def test_rows_that_no_token_uses_are_left_out() -> None:
    made = model(vocab=200)
    graph = Deployed(made).decoder("logits").graph
    assert made.rows == 256
    assert 256 not in {size for constant in graph.graph.initializer for size in constant.dims}


def test_the_source_is_read_once_for_all_hypotheses() -> None:
    """No node repeats its keys: hypotheses are queries of one sentence."""
    graph = Deployed(model()).decoder("beam", 4).graph
    for node in graph.graph.node:
        if any(name.startswith("source_") for name in node.input):
            assert node.op_type == "Attention"


def test_a_graph_is_of_the_model_that_is_deployed() -> None:
    """Of two in one `model.py`, which differ, the code is for one."""
    large = model(label="large", norm=example("norm", "rms"), tied=True, bias=True)
    small = model(label="small", position=example("position", "learned"))
    made = Deployed(small, beside=(large, small), deployed=(small,)).made
    assert hasattr(made, "layer_norm") and hasattr(made, "learned_position")
    assert not hasattr(made, "rms_norm") and not hasattr(made, "rotation")
