"""Engines of exported models are built by TensorRT-RTX, which needs no GPU, and answer on one that is made up."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

import onnx
import pytest

from tests.tensorrt.deployed import SPECS, ForEngines
from tests.tensorrt.folder import deployed, files, imported, on, spec
from tests.tensorrt.gpu import Cuda, TensorRT

rtx = pytest.importorskip("tensorrt_rtx_bindings", reason="its wheels are for Linux and Windows")

Exported = Callable[[str], ForEngines]
GRAPHS = {
    "encoder_decoder": ("decoder", "encoder"),
    "decoder": ("decoder",),
    "encoder": ("encoder",),
}


@pytest.fixture
def copied(exported: Exported, tmp_path: Path) -> Iterator[Callable[[str], SimpleNamespace]]:
    """A deployment that a test may change: `build(*words)` in this process, or `run(*words)` as a user does."""
    with ExitStack() as opened:

        def of(family: str) -> SimpleNamespace:
            folder, runs = exported(family), tmp_path / "runs"
            shutil.copytree(folder.place(), runs / "deploys/api")
            modules = opened.enter_context(imported(folder.folder, "tensorrt_program", "build_engine"))
            words = ("--runs", str(runs))
            return SimpleNamespace(
                place=runs / "deploys/api",
                modules=modules,
                build=lambda *more: start(modules.build_engine, "api", *words, *more),
                run=lambda *more: folder.build("api", *words, *more),
            )

        yield of


def start(script: ModuleType, *words: str) -> None:
    with mock.patch.object(sys, "argv", ["build_engine.py", *words]):
        script.main()


def facts(place: Path) -> dict[str, Any]:
    return json.loads((place / "engine.json").read_text())


# ------------------------------------------------------------------------------------ building


@pytest.mark.slow
@pytest.mark.parametrize("family", SPECS)
def test_two_architectures(copied: Callable[[str], SimpleNamespace], family: str):
    made = copied(family)
    done = made.run("--for", "sm89", "sm120")
    assert done.returncode == 0, done.stderr
    names = [
        f"{graph}.tensorrt_rtx-{rtx.__version__}.{architecture}.engine"
        for graph in GRAPHS[family]
        for architecture in ("sm89", "sm120")
    ]
    assert [line.split()[0] for line in done.stdout.splitlines()] == names
    found = facts(made.place)
    assert [engine["file"] for engine in found["engines"]] == names
    assert {engine["architecture"] for engine in found["engines"]} == {"sm89", "sm120"}
    for name in names:
        assert found["sizes"][name] == (made.place / name).stat().st_size > 2**20
    assert [path.name for path in made.place.glob(".*")] == []

    again = made.run()
    assert again.stdout.count("up to date") == len(GRAPHS[family]) == len(again.stdout.splitlines())
    assert facts(made.place) == found


def test_a_graph_that_is_new_is_built_anew(
    copied: Callable[[str], SimpleNamespace], capsys: pytest.CaptureFixture[str]
):
    made = copied("decoder")
    made.build("--for", "sm89", "sm86")
    before = {engine["file"]: engine["graph"] for engine in facts(made.place)["engines"]}
    graph = onnx.load(made.place / "decoder.onnx")
    graph.graph.doc_string = "another one"
    onnx.save(graph, made.place / "decoder.onnx")
    made.build("--for", "sm89")
    (engine,) = facts(made.place)["engines"]
    assert engine["graph"] != before[engine["file"]]
    assert [path.name for path in made.place.glob("*.engine")] == [engine["file"]]
    assert [name for name in facts(made.place)["sizes"] if name.endswith(".engine")] == [engine["file"]]
    capsys.readouterr()
    made.build("--for", "sm89", "--fresh")
    assert "layers" in capsys.readouterr().out


def test_another_range_is_built_anew(
    copied: Callable[[str], SimpleNamespace], capsys: pytest.CaptureFixture[str]
):
    made = copied("encoder")
    made.build()
    changed = facts(made.place) | {"batch": [1, 9]}
    (made.place / "engine.json").write_text(json.dumps(changed))
    capsys.readouterr()
    made.build()
    assert "up to date" not in capsys.readouterr().out
    (engine,) = facts(made.place)["engines"]
    assert engine["profile"]["B"] == [1, 3, 9]


def test_tensorrt_itself(copied: Callable[[str], SimpleNamespace]):
    """It builds for the GPU that it runs on and remembers what it has timed; here RTX stands in for it."""
    made = copied("encoder")
    build = made.modules.build_engine
    build.architecture = lambda: "sm90"
    build.library = lambda name: made.modules.tensorrt_program.Library("tensorrt", rtx)
    with pytest.raises(SystemExit, match="builds for the GPU that it runs on, which is sm90, not for sm89"):
        made.build()
    with pytest.warns(DeprecationWarning):
        made.build("--for", "sm90")
    (engine,) = facts(made.place)["engines"]
    assert engine["file"] == f"encoder.tensorrt-{rtx.__version__}.sm90.engine"
    timings = made.place.parent / f"tensorrt-{rtx.__version__}.sm90.timings"
    assert timings.exists()


def test_a_build_that_is_stopped(copied: Callable[[str], SimpleNamespace]):
    made = copied("encoder")
    with (
        mock.patch.object(made.modules.build_engine.Progress, "update", side_effect=KeyboardInterrupt),
        pytest.raises(SystemExit, match="stopped"),
    ):
        made.build()
    assert [path.name for path in made.place.iterdir() if "engine" in path.name] == ["engine.json"]
    assert "engines" not in facts(made.place)


def test_what_cannot_be_built(copied: Callable[[str], SimpleNamespace]):
    made = copied("decoder")
    with pytest.raises(SystemExit, match=r"builds for .*sm89, not for sm90: TensorRT builds for others"):
        made.build("--for", "sm89", "sm90")
    with pytest.raises(SystemExit, match="tensorrt: pip install tensorrt, from NVIDIA"):
        made.build("--library", "tensorrt")
    (made.place / "decoder.onnx").write_bytes(b"no graph")
    with pytest.raises(SystemExit, match=r"TensorRT does not take .*decoder.onnx:\n"):
        made.build()
    (made.place / "engine.json").unlink()
    with pytest.raises(SystemExit, match=r"there is no .*engine.json: `python export.py api` writes it"):
        made.build()


# ------------------------------------------------------------------------------------ networks


@pytest.mark.parametrize("family", SPECS)
def test_what_an_engine_reads_and_gives(exported: Exported, family: str):
    folder = exported(family)
    known = facts(folder.place())
    numbers, layers = {"int8": "HALF", "fp32": "FLOAT"}[known["precision"]], range(2)
    cache = {f"{name}_{layer}": numbers for layer in layers for name in ("key", "value")}
    source = {f"source_{name}": kind for name, kind in cache.items()}
    written = {f"new_{name}": kind for name, kind in cache.items()}
    whole = dict.fromkeys(("tokens", "place", "lengths", "last", "source"), "INT64")
    reads = {
        "encoder_decoder": {
            "encoder": {"source", "lengths"},
            "decoder": {"tokens", "place", "lengths", *source, *cache},
        },
        "decoder": {"decoder": {"tokens", "place", "last", *cache}},
        "encoder": {"encoder": {"tokens", "lengths"}},
    }[family]
    gives = {
        "encoder_decoder": {"encoder": source, "decoder": {"score": "FLOAT", "token": "INT64", **written}},
        "decoder": {"decoder": {"logits": "FLOAT", **written}},
        "encoder": {"encoder": {"states": "FLOAT"}},
    }[family]
    with imported(folder.folder, "tensorrt_program", "build_engine") as modules:
        for graph in GRAPHS[family]:
            builder = rtx.Builder(modules.tensorrt_program.logger(rtx))
            network = modules.build_engine.parse(rtx, builder, folder.place() / f"{graph}.onnx")
            inputs = [network.get_input(i) for i in range(network.num_inputs)]
            outputs = [network.get_output(i) for i in range(network.num_outputs)]
            kinds = whole | source | cache
            assert {one.name: one.dtype.name for one in inputs} == {
                name: kinds[name] for name in reads[graph]
            }
            assert {one.name: one.dtype.name for one in outputs} == gives[graph]
            limited(network)
            found = [network.get_layer(i).type for i in range(network.num_layers)]
            assert (rtx.LayerType.QUANTIZE in found) is (known["precision"] == "int8")
            assert found.count(rtx.LayerType.KV_CACHE_UPDATE) == len(set(reads[graph]) & set(cache))


def limited(network: Any) -> None:
    """No attention reads all that there is: padding, and what is not yet written, is masked or beyond the lengths."""
    attentions = 0
    for layer in map(network.get_layer, range(network.num_layers)):
        if layer.type == rtx.LayerType.ATTENTION_INPUT:
            layer.__class__ = rtx.IAttentionInputLayer
            attention = layer.attention
            attentions += 1
            assert (attention.mask is None) is not (attention.key_value_lengths is None), attention.name
            assert attention.decomposable
    assert attentions >= 2


def test_sizes_of_a_profile(tmp_path: Path):
    """From one sentence of one token to the most of the spec."""
    beams = spec(more="decoding = beam(width = 3), batch = 4..16, input = 2..18")
    (tmp_path / "build_engine.py").write_text(files(beams)["build_engine.py"])
    (tmp_path / "tensorrt_program.py").write_text(files(beams)["tensorrt_program.py"])
    with imported(tmp_path, "tensorrt_program", "build_engine") as modules:
        known = {"batch": [4, 16], "input": [2, 18], "decoding": {"name": "beam", "width": 3}}
        assert modules.build_engine.profile(known) == {"B": [1, 8, 16], "S": [1, 6, 18], "N": [3, 24, 48]}
    prompts = files(spec("decoder"))["build_engine.py"]
    assert '"T": [1, 1, longest]' in prompts and '"S"' not in prompts and "TF32" not in prompts
    alone = files(spec("encoder", more="precision = fp32"))["build_engine.py"]
    assert '"N"' not in alone and "clear_flag(trt.BuilderFlag.TF32)" in alone


@pytest.mark.parametrize(("device", "named"), [("l4", "sm89"), ("h100_80gb", "sm90"), ("a100_40gb", "sm80")])
def test_the_architecture_of_a_device(device: str, named: str):
    assert f'ARCHITECTURES = {{"api": "{named}"}}' in files(spec(device=device))["build_engine.py"]


def test_a_spec_without_engines_has_none_of_it():
    text = spec().replace("tensorrt(on = l4)", "onnxruntime(on = cpu)").replace("fp16", "fp32")
    assert files(text) == {}


def test_a_folder_without_graphs_has_nothing_to_build(tmp_path: Path):
    for name, text in files(spec()).items():
        (tmp_path / name).write_text(text)
    deployed(tmp_path, {})
    with (
        imported(tmp_path, "tensorrt_program", "build_engine") as modules,
        pytest.raises(SystemExit, match="no graphs"),
    ):
        start(modules.build_engine, "--runs", str(tmp_path / "runs"))


# ------------------------------------------------------------------------------------ answers


def on_a_gpu(folder: ForEngines, name: str) -> tuple[Any, Cuda]:
    """The engine of a deployment on a GPU that is made up, with graphs in the place of plans."""
    place, gpu = folder.place(name), Cuda()
    known = json.loads((place / "engine.json").read_text())
    names = {graph: f"{graph}.tensorrt-11.4.1.sm89.engine" for graph in GRAPHS[folder.family]}
    for graph, plan in names.items():
        shutil.copy(place / f"{graph}.onnx", place / plan)
    (place / "engine.json").write_text(
        json.dumps(known | {"engines": [{"file": plan} for plan in names.values()]})
    )
    profile = {
        "B": 4,
        "S": known["input"][1],
        "N": 4 * known.get("decoding", {}).get("width", 1),
        "T": known["input"][1],
    }
    on(folder.modules.tensorrt_program, cuda=gpu, tensorrt=TensorRT(profile))
    try:
        return folder.modules.engine.load(place), gpu
    finally:
        (place / "engine.json").write_text(json.dumps(known))
        for plan in names.values():
            (place / plan).unlink()


TEXTS = ["kas", "tonoluketti", "mirakas", "k", "toketti", "minolus kas", "torakettitora"]


@pytest.mark.parametrize("name", ["api", "swift"])
def test_translations(exported: Exported, name: str):
    folder = exported("encoder_decoder")
    engine, gpu = on_a_gpu(folder, name)
    without = folder.modules.engine.load(folder.place(name), program="onnxruntime")
    for target in ("up", "re"):
        assert engine.translate(TEXTS, target) == without.translate(TEXTS, target)
    assert len(set(engine.translate(TEXTS, "up"))) > 1
    del engine
    assert not gpu.memory, "all memory is given back"


def test_texts_that_go_on(exported: Exported):
    folder = exported("decoder")
    engine, _ = on_a_gpu(folder, "api")
    without = folder.modules.engine.load(folder.place(), program="onnxruntime")
    prompts = [text[:8] for text in TEXTS]
    assert engine.generate(prompts, 6) == without.generate(prompts, 6)


def test_states(exported: Exported):
    folder = exported("encoder")
    engine, _ = on_a_gpu(folder, "api")
    without = folder.modules.engine.load(folder.place(), program="onnxruntime")
    for states, others in zip(engine.encode(TEXTS), without.encode(TEXTS), strict=True):
        assert (states == others).all() and len(states) > 0
