"""What surrounds an engine while it runs: memory, caches that are written in place, threads, and the right file."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.tensorrt.folder import PLACES, cache_graph, deployed, files, imported, on, spec
from tests.tensorrt.gpu import Cuda, TensorRT, TensorRTRtx

HERE = "decoder.tensorrt-11.4.1.sm89.engine"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose decoder has an engine for the GPU of this machine."""
    for name, text in files(spec()).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    place = deployed(tmp_path, {"decoder": cache_graph()}, engines=[{"file": HERE}])
    (place / HERE).write_bytes((place / "decoder.onnx").read_bytes())
    return tmp_path


@pytest.fixture
def made(folder: Path) -> Iterator[SimpleNamespace]:
    """The program of that engine: `.program`, with `.cuda`, `.trt` and the `.module`."""
    with imported(folder, "tensorrt_program") as modules:
        gpu, trt = Cuda(), TensorRT({"N": 4})
        on(modules.tensorrt_program, cuda=gpu, tensorrt=trt)
        path = folder / "runs/deploys/api/decoder.onnx"
        program = modules.tensorrt_program.TensorRTProgram(path, "l4", 1)
        yield SimpleNamespace(program=program, cuda=gpu, trt=trt, module=modules.tensorrt_program)


def step(program: Any, tokens: list[int], place: list[int], cache: Any) -> dict[str, Any]:
    """One run with these tokens."""
    inputs = {"tokens": program.put(np.array(tokens)[:, None]), "place": program.put(np.array(place))}
    return program.run(inputs | {"key_0": cache}, {"new_key_0": cache})


def test_memory_goes_there_and_back(made: SimpleNamespace):
    program = made.program
    array = np.arange(12, dtype=np.float16).reshape(3, 4)
    assert (program.get(program.put(array)) == array).all()
    assert (program.get(program.put(array.T)) == array.T).all()
    assert not program.get(program.empty((2, 3), "float16")).any(), "fresh memory would be full of NaN"
    assert program.empty((2, 3), "bfloat16").size == 12


def test_memory_is_given_back(made: SimpleNamespace):
    program = made.program
    held = [program.empty((8,), "float32") for _ in range(3)]
    first = program.take(held[0], np.array([0, 1]))
    assert len(made.cuda.memory) == 3
    del held
    gc.collect()
    assert list(made.cuda.memory) == [first.address], "the rows of a tensor keep its memory"


def test_rows_are_taken_in_any_order(made: SimpleNamespace):
    program, device = made.program, made.cuda.cudaMemcpyKind.cudaMemcpyDeviceToDevice
    array = np.arange(24, dtype=np.float16).reshape(4, 2, 3)
    buffer = program.put(array)
    for rows, copies in (([0, 1], 0), ([0, 1, 2, 3], 0), ([2, 3], 1), ([1, 2, 0, 0], 3), ([3, 2, 1, 0], 4)):
        before = made.cuda.copied[device]
        taken = program.take(buffer, np.array(rows))
        assert (program.get(taken) == array[rows]).all()
        assert made.cuda.copied[device] - before == copies, "rows that follow one another are one copy"
    with pytest.raises(IndexError, match="rows"):
        program.take(buffer, np.array([4]))


def test_a_cache_is_written_where_it_is(made: SimpleNamespace):
    program = made.program
    cache = program.empty((2, 1, PLACES, 1), "float16")
    for place, (tokens, sums) in enumerate([([5, 7], [5, 7]), ([1, 2], [6, 9])]):
        outputs = step(program, tokens, [place, place], cache)
        assert outputs["new_key_0"] is cache
        assert program.get(outputs["sum"]).tolist() == sums
    assert program.get(cache)[:, 0, :, 0].tolist() == [[5, 1, 0, 0], [7, 2, 0, 0]]
    unnamed = program.run(
        {
            "tokens": program.put(np.array([[3]])),
            "place": program.put(np.array([2])),
            "key_0": cache_of(program),
        },
        {},
    )
    assert program.get(unnamed["new_key_0"])[0, 0, :, 0].tolist() == [0, 0, 3, 0]


def cache_of(program: Any, rows: int = 1) -> Any:
    return program.empty((rows, 1, PLACES, 1), "float16")


def test_a_cache_elsewhere_is_refused(made: SimpleNamespace):
    program = made.program
    inputs = {
        "tokens": program.put(np.array([[3]])),
        "place": program.put(np.array([0])),
        "key_0": cache_of(program),
    }
    with pytest.raises(ValueError, match="new_key_0 is written in place, where key_0 is"):
        program.run(inputs, {"new_key_0": cache_of(program)})


def test_writing_beyond_the_end_is_refused(made: SimpleNamespace):
    """TensorRT itself would go on, and answer without what it has not written."""
    program = made.program
    step(program, [1, 1], [0, PLACES - 1], cache_of(program, 2))
    with pytest.raises(IndexError, match=f"place {PLACES} of a cache of {PLACES}"):
        step(program, [1, 1], [0, PLACES], cache_of(program, 2))
    inputs = {"tokens": program.put(np.array([[1]])), "key_0": cache_of(program)}
    later = program.take(program.put(np.array([0, PLACES])), np.array([1]))  # known on the GPU only
    with pytest.raises(IndexError, match="of a cache"):
        program.run(inputs | {"place": later}, {})


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        (
            {"tokens": np.zeros((5, 1), np.int64)},
            ValueError,
            r"tokens \(5, 1\): the engine takes \(1, 1\) to \(4, 1\)",
        ),
        ({"tokens": np.zeros((1, 1), np.int32)}, TypeError, "tokens is int64, not int32"),
        ({"sum": np.zeros(3, np.float16)}, ValueError, r"sum is \(1,\), not \(3,\)"),
    ],
)
def test_what_an_engine_was_not_built_for(
    made: SimpleNamespace, changed: dict[str, np.ndarray], error: type[Exception], said: str
):
    program = made.program
    inputs = {"tokens": np.zeros((1, 1), np.int64), "place": np.zeros(1, np.int64)}
    put = {name: program.put(array) for name, array in (inputs | changed).items()}
    sums = {name: put.pop(name) for name in ("sum",) if name in put}
    with pytest.raises(error, match=said):
        program.run(put | {"key_0": cache_of(program)}, sums)


def test_threads_share_an_engine_and_nothing_else(made: SimpleNamespace):
    program, found = made.program, {}

    def work(number: int) -> None:
        cache = cache_of(program)
        for place in range(PLACES):
            sums = step(program, [number], [place], cache)["sum"]
        found[number] = program.get(sums).tolist()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [number * PLACES] for number in range(1, 5)}
    assert len(made.trt.engines) == 1
    assert {context.thread for context in made.trt.engines[0].contexts} == set(threads)
    assert set(made.cuda.streams.values()) >= set(threads)


@pytest.mark.parametrize(
    ("engines", "capability", "said"),
    [
        ([], (8, 9), r"none yet\): `python build_engine.py api --for sm89` builds it"),
        ([HERE], (9, 0), rf"api, which is for l4, has no decoder.tensorrt-11.4.1.sm90.engine .*{HERE}"),
    ],
)
def test_an_engine_that_is_not_there(
    folder: Path, engines: list[str], capability: tuple[int, int], said: str
):
    place = folder / "runs/deploys/api"
    (place / "engine.json").write_text(json.dumps({"engines": [{"file": name} for name in engines]}))
    with imported(folder, "tensorrt_program") as modules:
        on(modules.tensorrt_program, cuda=Cuda(capability), tensorrt=TensorRT({}))
        with pytest.raises(SystemExit, match=said):
            modules.tensorrt_program.TensorRTProgram(place / "decoder.onnx", "l4", 1)


def test_an_engine_that_is_spoilt(folder: Path):
    place = folder / "runs/deploys/api"
    (place / HERE).write_bytes(b"spoilt")
    with imported(folder, "tensorrt_program") as modules:
        on(modules.tensorrt_program, cuda=Cuda(), tensorrt=TensorRT({}))
        with pytest.raises(SystemExit, match=r"cannot be loaded: build_engine.py --fresh makes it anew"):
            modules.tensorrt_program.TensorRTProgram(place / "decoder.onnx", "l4", 1)


def test_libraries_that_are_not_there(folder: Path):
    with imported(folder, "tensorrt_program") as modules:
        program = modules.tensorrt_program
        on(program, tensorrt=SimpleNamespace(__version__="10.16.1", Builder=object))
        with pytest.raises(SystemExit, match=r"tensorrt 10.16.1 is too old for these graphs"):
            program.library()
        with pytest.raises(SystemExit, match=r"\(tensorrt_rtx: pip install tensorrt-rtx-cu13-libs"):
            program.library("tensorrt_rtx")
        on(program, tensorrt=SimpleNamespace())
        with pytest.raises(SystemExit, match=r"tensorrt: .*; tensorrt_rtx: "):
            program.library()
        with pytest.raises(SystemExit, match="pip install cuda-python"):
            program.cuda()


def test_a_machine_without_a_gpu(folder: Path):
    with imported(folder, "tensorrt_program") as modules:
        none = Cuda()
        none.cudaDeviceGetAttribute = lambda attribute, device: ("cudaErrorNoDevice", 0)
        on(modules.tensorrt_program, cuda=none, tensorrt=TensorRT({}))
        with pytest.raises(SystemExit, match="no GPU that can be used: CUDA says cudaErrorNoDevice"):
            modules.tensorrt_program.TensorRTProgram(folder / "runs/deploys/api/decoder.onnx", "l4", 1)


def test_kernels_are_kept_from_start_to_start(folder: Path):
    """TensorRT-RTX compiles them where they run; TensorRT has them in its engine."""
    place, name = folder / "runs/deploys/api", "decoder.tensorrt_rtx-1.7.1.sm89"
    (place / "engine.json").write_text(json.dumps({"engines": [{"file": f"{name}.engine"}]}))
    (place / f"{name}.engine").write_bytes((place / "decoder.onnx").read_bytes())
    found = []
    for _ in range(2):
        with imported(folder, "tensorrt_program") as modules:
            on(modules.tensorrt_program, cuda=Cuda(), tensorrt_rtx=TensorRTRtx({"N": 4}))
            program = modules.tensorrt_program.TensorRTProgram(place / "decoder.onnx", "l4", 1)
            found.append(program.engine.kernels.known)
            step(program, [1], [0], cache_of(program))
            del program
            gc.collect()
    assert found == [b"", b"compiled"] and (place / f"{name}.kernels").read_bytes() == b"compiled"


def test_an_encoder_has_no_cache():
    text = files(spec("encoder"))["tensorrt_program.py"]
    for absent in ("in_place", "check_places", "def take", "def runs", "host"):
        assert absent not in text
    assert files(spec())["tensorrt_program.py"].count("in_place") > 3
