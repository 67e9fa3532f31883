"""A graph and its memory: what is bound, what is written in place, what is moved."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import tfc
from tests.runtime.deployed import PAIRS, Deployed, deploy


@pytest.fixture
def program(translator: Deployed) -> Any:
    """The decoder of a deployment."""
    return translator.engine("beams").decoder


def test_memory_is_numpys(program: Any) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    buffer = program.put(array)
    array[0, 0] = 7
    assert program.get(buffer)[0, 0] == 7
    assert buffer.value.numpy()[0, 0] == 7
    assert not program.get(program.empty((2, 3), "float16")).any()


@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [2, 0, 0, 3], [3, 1], [1, 1, 1], [3, 2, 1, 0], []])
def test_rows_are_moved_within_their_memory(program: Any, rows: list[int]) -> None:
    array = np.random.default_rng(0).random((4, 2, 3, 5), np.float32)
    expected = array[rows]
    taken = program.take(program.put(array), np.array(rows, np.int64))
    assert (program.get(taken) == expected).all()
    assert (taken.value.numpy() == expected).all()
    assert program.get(taken).ctypes.data == array.ctypes.data


def test_a_longer_cache_begins_as_it_was(program: Any) -> None:
    array = np.random.default_rng(0).random((2, 2, 3, 4), np.float32)
    longer = program.get(program.lengthen(program.put(array), 7))
    assert longer.shape == (2, 2, 7, 4)
    assert (longer[:, :, :3] == array).all()
    assert not longer[:, :, 3:].any()


def inputs_of(program: Any, facts: dict[str, Any], place: int) -> dict[str, Any]:
    """For one sentence of three tokens, and the four hypotheses of a beam."""
    G, E = facts["kv_heads"], facts["head_width"]
    random = np.random.default_rng(1)
    names = [f"{kind}_{layer}" for layer in range(facts["layers"]) for kind in ("key", "value")]
    sources = {f"source_{name}": random.random((1, G, 3, E), np.float32) for name in names}
    caches = {name: np.zeros((4, G, 8, E), np.float32) for name in names}
    own = {"tokens": np.full((4, 1), 70), "place": np.full(4, place), "lengths": np.array([3])}
    return {name: program.put(array) for name, array in (own | sources | caches).items()}


def test_outputs_are_written_where_they_are_wanted_and_made_where_not(translator: Deployed) -> None:
    engine = translator.engine("beams")
    program, facts = engine.decoder, engine.facts
    inputs = inputs_of(program, facts, 2)
    made = program.run(inputs, {})
    assert set(made) == set(program.outputs)
    assert not program.get(inputs["key_0"]).any(), "what is not bound as an output is left alone"
    wanted = {name: program.get(buffer).copy() for name, buffer in made.items()}
    assert wanted["new_key_0"][:, :, 2].any()

    caches = {f"new_{name}": inputs[name] for name in inputs if name.startswith(("key", "value"))}
    score = program.empty((4, 8), "float32")
    found = program.run(inputs, {**caches, "score": score})
    assert found["score"] is score
    assert found["new_key_0"] is inputs["key_0"]
    for name, value in wanted.items():
        assert (program.get(found[name]) == value).all()


def test_what_a_thread_has_bound_is_bound_anew_where_it_changes(translator: Deployed) -> None:
    engine = translator.engine("beams")
    program, facts = engine.decoder, engine.facts
    at = {place: inputs_of(program, facts, place) for place in (0, 3)}
    at[3]["tokens"] = program.put(np.full((4, 1), 75))
    first = {place: program.get(program.run(inputs, {})["score"]).copy() for place, inputs in at.items()}
    assert (first[0] != first[3]).any()
    for place in (3, 0, 0, 3):
        score = program.empty((4, 8), "float32")
        program.run(at[place], {"score": score})
        assert (program.get(score) == first[place]).all()
        assert (program.get(program.run(at[place], {})["score"]) == first[place]).all()


@pytest.fixture(scope="module")
def of_gpu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The module that is generated for a GPU, in both kinds of halves."""
    blocks = [deploy(name, "onnxruntime(on = l4)", precision=name) for name in ("fp16", "bf16")]
    spec = PAIRS.format(more="") + "".join(blocks)
    folder = tmp_path_factory.mktemp("gpu")
    text = tfc.load(spec, name="toy.tfs").plan().files["program.py"].text
    (folder / "program.py").write_text(text, encoding="utf-8")
    spec_of = importlib.util.spec_from_file_location("program_of_gpu", folder / "program.py")
    assert spec_of is not None and spec_of.loader is not None
    module = importlib.util.module_from_spec(spec_of)
    with mock.patch.dict(sys.modules, {"program_of_gpu": module}):
        spec_of.loader.exec_module(module)
        yield module


def test_rows_are_gathered_and_caches_grow_where_they_are(of_gpu: Any) -> None:
    """By graphs of one node, which here run on the CPU."""
    program = of_gpu.CudaProgram.__new__(of_gpu.CudaProgram)
    program.device = "cpu"
    array = np.random.default_rng(0).random((4, 2, 3, 5)).astype(np.float16)
    cache = program.put(array)
    rows = np.array([3, 1, 1])
    assert (program.get(program.take(cache, rows)) == array[rows]).all()
    longer = program.get(program.lengthen(cache, 8))
    assert longer.shape == (4, 2, 8, 5)
    assert (longer[:, :, :3] == array).all()
    assert not longer[:, :, 3:].any()
    lengths = program.put(np.array([5, 6, 7, 8]))
    assert program.get(program.take(lengths, rows)).tolist() == [8, 6, 6]


def test_bfloat16_is_zeros_of_that_type(of_gpu: Any) -> None:
    program = of_gpu.OnnxProgram.__new__(of_gpu.OnnxProgram)
    buffer = program.empty((2, 3), "bfloat16")
    assert buffer.value.data_type() == "tensor(bfloat16)"
    assert buffer.array.dtype == np.uint16
    shorter = program.take(buffer, np.array([1]))
    assert shorter.value.data_type() == "tensor(bfloat16)"


def test_a_program_says_which_graph_is_not_there(translator: Deployed, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"nowhere.onnx cannot be loaded: copy it again"):
        translator.modules.program.OnnxProgram(tmp_path / "nowhere.onnx", "cpu", 1)


def test_a_program_says_which_graph_is_damaged(translator: Deployed, tmp_path: Path) -> None:
    half = tmp_path / "half.onnx"
    whole = (translator.export("beams") / "decoder.onnx").read_bytes()
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SystemExit, match=r"half.onnx cannot be loaded"):
        translator.modules.program.OnnxProgram(half, "cpu", 1)
