"""Each way of lowering a projection, on graphs of one: how near it is, what it holds, and whose answer it gives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest

from tests.export.folders import run, session

WIDTH, OUTPUTS, VOCAB = 64, 96, 50
KINDS = ("Float", "PerRow", "Static", "WeightsOnly", "Symmetric", "Dequantized")
ALONE = ("Float", "PerRow", "Static", "WeightsOnly")


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def lowering(made: SimpleNamespace, kind: str, **how: Any) -> Any:
    if kind in ("Static", "Symmetric"):
        steps = {"part.ffn.up": 5 / 127, "part.attention.qkv": 5 / 127, "table": 5 / 127}
        how = {"scales": steps, "smooth": {}, **how}
    return getattr(made.lowering, kind)(**how)


def linear(
    made: SimpleNamespace, how: Any, weight: np.ndarray, bias: Any = None, name: str = "ffn.up"
) -> Any:
    """A graph of one projection of x (B, L, I)."""
    graph = made.graphs.Graph("one", how.numbers)
    x = graph.input("x", how.numbers, ("B", "L", weight.shape[1]))
    y = how.linear(graph, x, f"part.{name}", weight, bias)
    graph.output("y", y, how.numbers, ("B", "L", len(weight)))
    model = graph.model()
    onnx.checker.check_model(model, full_check=True)
    return model


def ends(made: SimpleNamespace, how: Any, table: np.ndarray) -> Any:
    """A graph that looks up ids (B, L) in a table and projects what it finds onto it."""
    graph = made.graphs.Graph("ends", how.numbers)
    ids = graph.input("ids", np.int64, ("B", "L"))
    x = how.embedding(graph, ids, "table", table)
    graph.output("x", x, how.numbers, ("B", "L", table.shape[1]))
    graph.output("logits", how.logits(graph, x, "table", table), how.numbers, ("B", "L", len(table)))
    model = graph.model()
    onnx.checker.check_model(model, full_check=True)
    return model


def away(found: np.ndarray, wanted: np.ndarray) -> float:
    """The mean difference, by how far the wanted numbers are spread."""
    return float(np.abs(found - wanted).mean() / wanted.std())


def held(model: Any, kind: type) -> int:
    """How many numbers of a type a graph holds."""
    arrays = [onnx.numpy_helper.to_array(values) for values in model.graph.initializer]
    return sum(array.size for array in arrays if array.dtype == kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("biased", [False, True])
def test_a_projection_is_near_the_one_in_floats(made: SimpleNamespace, kind: str, biased: bool) -> None:
    weight, x = numbers(OUTPUTS, WIDTH), numbers(3, 5, WIDTH, seed=1)
    bias = numbers(OUTPUTS, seed=2) if biased else None
    model = linear(made, lowering(made, kind), weight, bias)
    y = run(session(model), {"x": x})["y"]
    wanted = x @ weight.T + (bias if biased else 0)
    assert away(y, wanted) < (1e-6 if kind == "Float" else 0.02)
    assert held(model, np.int8) >= (0 if kind == "Float" else weight.size)
    assert held(model, np.float32) <= (weight.size + OUTPUTS if kind == "Float" else 2 * OUTPUTS + 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_is_held_once_for_what_goes_in_and_what_comes_out(made: SimpleNamespace, kind: str) -> None:
    table, ids = numbers(VOCAB, WIDTH), np.array([[0, 3, 49], [7, 7, 1]])
    model = ends(made, lowering(made, kind), table)
    found = run(session(model), {"ids": ids})
    assert away(found["x"], table[ids]) < (1e-9 if kind == "Float" else 0.01)
    assert away(found["logits"], table[ids] @ table.T) < (1e-6 if kind == "Float" else 0.02)
    assert held(model, np.float32) + held(model, np.int8) <= table.size + VOCAB + 5


@pytest.mark.parametrize("kind", ["PerRow", "Static", "WeightsOnly", "Symmetric"])
def test_a_row_of_zeros_is_the_bias(made: SimpleNamespace, kind: str) -> None:
    bias = numbers(OUTPUTS)
    x = numbers(1, 2, WIDTH)
    x[:, 0] = 0
    model = linear(made, lowering(made, kind), numbers(OUTPUTS, WIDTH), bias)
    assert np.array_equal(run(session(model), {"x": x})["y"][0, 0], bias)


def test_weights_that_are_zero_give_zero(made: SimpleNamespace) -> None:
    weight = numbers(OUTPUTS, WIDTH)
    weight[3] = 0
    for numbers_, kind in (("float32", "PerRow"), ("float16", "Symmetric")):
        model = linear(made, lowering(made, kind, numbers=numbers_), weight)
        y = run(session(model), {"x": numbers(1, 4, WIDTH).astype(numbers_)})["y"]
        assert np.isfinite(y).all() and not y[..., 3].any() and y.any()


@pytest.mark.parametrize("kind", ALONE)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("width", "outputs"), [(32, 96), (256, 8000), (100, 77)])
def test_the_answer_of_a_row_does_not_depend_on_the_others(
    made: SimpleNamespace, kind: str, threads: int, width: int, outputs: int
) -> None:
    model = linear(made, lowering(made, kind), numbers(outputs, width), numbers(outputs, seed=2))
    found = session(model, threads)
    for tokens in (1, 12):
        x = numbers(32, tokens, width, seed=tokens)
        x[5] *= 30  # a loud neighbour
        together = run(found, {"x": x})["y"]
        for rows in (1, 2, 3, 8):
            assert np.array_equal(run(found, {"x": x[:rows]})["y"], together[:rows]), (tokens, rows)


def test_only_per_row_hears_a_quiet_row_beside_a_loud_one(made: SimpleNamespace) -> None:
    weight, x = numbers(OUTPUTS, WIDTH), numbers(1, 2, WIDTH)
    x[:, 1] /= 1000
    found = {
        kind: run(session(linear(made, lowering(made, kind), weight)), {"x": x})["y"] for kind in KINDS[1:3]
    }
    assert away(found["PerRow"][:, 1], x[:, 1] @ weight.T) < 0.02
    assert away(found["Static"][:, 1], x[:, 1] @ weight.T) > 0.1


def test_what_is_kept_stays_in_floats(made: SimpleNamespace) -> None:
    weight, table = numbers(OUTPUTS, WIDTH), numbers(VOCAB, WIDTH)
    keep = {
        ("attention",): ("attention.qkv", True),
        ("attention", "ffn"): ("cross.kv", True),
        ("ffn",): ("adapter.down", True),
        ("output", "softmax", "norm"): ("ffn.up", False),
        ("embedding",): ("attention.out", False),
    }
    for kept, (name, floats) in keep.items():
        model = linear(made, lowering(made, "PerRow", keep=kept), weight, name=name)
        assert (held(model, np.int8) == 0) == floats, (kept, name)
    for kind in ("PerRow", "Dequantized"):
        assert held(ends(made, lowering(made, kind, keep=("embedding",)), table), np.int8) == 0
        both = ends(made, lowering(made, kind, keep=("output",)), table)
        assert held(both, np.int8) == table.size and held(both, np.float32) >= table.size


def test_tensorrt_is_given_pairs_of_nodes_around_zero(made: SimpleNamespace) -> None:
    model = linear(made, lowering(made, "Symmetric", numbers="float16"), numbers(OUTPUTS, WIDTH))
    kinds = [node.op_type for node in model.graph.node]
    assert kinds == ["QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "MatMul"]
    constants = {values.name: onnx.numpy_helper.to_array(values) for values in model.graph.initializer}
    for node in model.graph.node[:2]:
        zero = constants[node.input[2]]
        assert zero.dtype == np.int8 and zero == 0
    assert {array.dtype for array in constants.values()} == {np.dtype("int8"), np.dtype("float16")}
    assert not {node.domain for node in model.graph.node} - {""}


def test_smoothing_moves_an_outlier_into_the_weights(made: SimpleNamespace) -> None:
    weight, x = numbers(OUTPUTS, WIDTH), numbers(4, 8, WIDTH, seed=1)
    x[..., 7] *= 40
    wanted, largest = x @ weight.T, np.abs(x).max((0, 1))
    smooth = np.sqrt(largest / np.abs(weight).max(0))
    found = {}
    for name, divisor in (("static", {}), ("smooth", {"part.ffn.up": smooth.tolist()})):
        inputs = x / smooth if divisor else x
        step = float(np.abs(inputs).max() / 127)
        how = lowering(made, "Static", scales={"part.ffn.up": step}, smooth=divisor)
        found[name] = away(run(session(linear(made, how, weight)), {"x": x})["y"], wanted)
    assert found["smooth"] < found["static"] / 3


@pytest.mark.parametrize("kind", ["Float", "PerRow", "WeightsOnly", "Symmetric"])
def test_matrices_of_languages_are_rounded_where_the_target_can(adapted: SimpleNamespace, kind: str) -> None:
    matrices, which = numbers(3, WIDTH, OUTPUTS), np.array([2, 0, 2])
    how = lowering(adapted, kind)
    graph = adapted.graphs.Graph("chosen", how.numbers)
    one = graph.input("which", np.int64, ("B",))
    graph.output(
        "y", how.chosen(graph, one, "part.adapter.down", matrices), how.numbers, ("B", WIDTH, OUTPUTS)
    )
    model = graph.model()
    onnx.checker.check_model(model, full_check=True)
    found = run(session(model), {"which": which})["y"]
    rounds = kind in ("PerRow", "WeightsOnly")
    assert away(found, matrices[which]) < (0.01 if rounds else 1e-9)
    assert held(model, np.int8) == (matrices.size if rounds else 0)
    if rounds:
        with_keep = lowering(adapted, kind, keep=("ffn",))
        graph = adapted.graphs.Graph("kept", how.numbers)
        with_keep.chosen(graph, graph.input("which", np.int64, ("B",)), "part.adapter.down", matrices)
        assert held(graph.model(), np.int8) == 0
