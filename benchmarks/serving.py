"""What a serving process takes beside the model: the constants of `tfc/cost/resident.py` and of a node's time.

    python benchmarks/serving.py [--core 0] [--megabytes 64]

Each row is a process of its own, on one core. Resident bytes are those that Linux counts, so it runs there only:

- imports: of `engine.py`, of `measure.py`, of `serve.py`
- loading: bytes that a graph takes, for each of its file: onnxruntime packs matrices for its kernels
- arena: the most that a run takes, for each byte that its tensors hold at once
- node: the time of one more small node in a graph
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

MIB = 2**20
WIDTH = 1024  # of the matrices
IMPORTS = {
    "python, importing nothing": "",
    "what engine.py imports": "import numpy, onnxruntime, sentencepiece",
    "what measure.py imports": "import numpy, onnxruntime, sentencepiece, rich.console",
    "what serve.py imports": "import numpy, onnxruntime, sentencepiece, fastapi, prometheus_client, uvicorn",
}
RESIDENT = r"import re; print(re.search(r'VmRSS:\s+(\d+)', open('/proc/self/status').read())[1])"


def resident(line: str = "VmHWM") -> int:
    """Bytes that this process has at most, or now (`VmRSS`)."""
    found = re.search(rf"{line}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return 1024 * int(found[1])


def chain(kind: str, layers: int) -> onnx.ModelProto:
    """Matrix products one after the other, as `lowering.py` writes them."""
    random = np.random.default_rng(0)
    nodes, constants, x = [], [], "x"
    shared = {"step": np.float32(1 / 127), "zero": np.uint8(128), "scale": np.full(WIDTH, 1e-3, np.float32)}
    constants += [numpy_helper.from_array(np.asarray(value), name) for name, value in shared.items()]
    for layer in range(layers):
        weight, y = f"weight{layer}", f"y{layer}"
        values = random.integers(-127, 128, (WIDTH, WIDTH))
        if kind == "float32":
            constants.append(numpy_helper.from_array((values / 4096).astype(np.float32), weight))
            nodes.append(helper.make_node("MatMul", [x, weight], [y]))
        else:
            constants.append(numpy_helper.from_array(values.astype(np.int8), weight))
        if kind == "int8":
            nodes.append(helper.make_node("QuantizeLinear", [x, "step", "zero"], [f"q{layer}"]))
            inputs = [f"q{layer}", weight, "step", "scale", "zero"]
            nodes.append(helper.make_node("MatMulIntegerToFloat", inputs, [y], domain="com.microsoft"))
        if kind == "int8, weights only":
            nodes.append(helper.make_node("Cast", [weight], [f"c{layer}"], to=onnx.TensorProto.FLOAT))
            nodes.append(helper.make_node("Mul", [f"c{layer}", "scale"], [f"m{layer}"]))
            nodes.append(helper.make_node("MatMul", [x, f"m{layer}"], [y]))
        x = y
    return model(nodes, constants, x)


def small(layers: int) -> onnx.ModelProto:
    """Nodes of which each has next to nothing to compute."""
    nodes = [
        helper.make_node("Abs" if i % 2 else "Neg", [f"y{i - 1}" if i else "x"], [f"y{i}"])
        for i in range(layers)
    ]
    return model(nodes, [], f"y{layers - 1}")


def model(nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto], last: str) -> onnx.ModelProto:
    given, made = (
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ("N", WIDTH)) for name in ("x", last)
    )
    graph = helper.make_graph(nodes, "chain", [given], [made], constants)
    domains = [helper.make_opsetid("", 24), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=domains, ir_version=11)


def session(path: Path) -> onnxruntime.InferenceSession:
    """As `program.py` makes it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def child(path: Path, rows: int) -> None:
    """Load a graph and run it: bytes before, after loading and after running, and the seconds of a run."""
    before = resident("VmRSS")
    made = session(path)
    loaded = resident()
    x = np.ones((rows, WIDTH), np.float32)
    ready, seconds = resident("VmRSS"), []
    for _ in range(5 if rows > 1 else 500):
        begin = time.perf_counter()
        made.run(None, {"x": x})
        seconds.append(time.perf_counter() - begin)
    print(before, loaded, ready, resident(), min(seconds))


def measured(graph: onnx.ModelProto, folder: Path, rows: int) -> tuple[float, ...]:
    path = folder / "chain.onnx"
    onnx.save(graph, path)
    words = [sys.executable, __file__, "--child", str(path), str(rows)]
    return tuple(map(float, subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()))


def rows(folder: Path, megabytes: int) -> Iterator[tuple[str, str]]:
    for name, code in IMPORTS.items():
        words = [sys.executable, "-c", f"{code}\n{RESIDENT}"]
        found = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        yield f"imports: {name}", f"{int(found) / 1024:.0f} MiB"
    for kind, each in (("float32", 4), ("int8", 1), ("int8, weights only", 1)):
        sizes, taken = [], []
        for part in (1, 4):
            layers = part * megabytes * MIB // (4 * WIDTH * WIDTH * each)
            before, loaded, *_ = measured(chain(kind, layers), folder, 1)
            sizes.append(layers * WIDTH * WIDTH * each)
            taken.append(loaded - before)
        slope = (taken[1] - taken[0]) / (sizes[1] - sizes[0])
        fixed = (taken[0] - slope * sizes[0]) / MIB
        yield f"loading: {kind}", f"{slope:.2f} times its weights, and {fixed:.0f} MiB"
    for count in (512, 2048, 8192):
        _, _, ready, most, _ = measured(chain("float32", 8), folder, count)
        held = 2 * count * WIDTH * 4  # what a product reads, and what it writes
        text = f"{(most - ready) / held:.2f} times the {held / MIB:.0f} MiB of its tensors"
        yield f"arena: {count} rows of {WIDTH} numbers", text
    short, long = (measured(small(count), folder, 1)[-1] for count in (20, 220))
    yield "node: one more", f"{1e6 * (long - short) / 200:.2f} us"


def processor() -> str:
    """The processor's name as Linux tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))


def main() -> None:
    parser = argparse.ArgumentParser(description="What a serving process takes beside the model.")
    parser.add_argument("--core", type=int, default=0, help="on which core")
    parser.add_argument("--megabytes", type=int, default=256, help="of the largest graph")
    parser.add_argument("--child", nargs=2, metavar=("GRAPH", "ROWS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(Path(options.child[0]), int(options.child[1]))
        return
    os.sched_setaffinity(0, {options.core})
    versions = f"Python {platform.python_version()}, onnxruntime {onnxruntime.__version__}"
    print(f"{datetime.date.today()}, {processor()}, one core, {versions}:", end=" ")
    print(f"`python benchmarks/serving.py --core {options.core} --megabytes {options.megabytes}`\n")
    print("| | |\n|---|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for name, value in rows(Path(folder), options.megabytes):
            print(f"| {name} | {value} |", flush=True)


if __name__ == "__main__":
    main()
