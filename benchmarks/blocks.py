"""Ways to run the steps between matrix products, measured: what stands in docs/adr/0017-what-is-kept-stays-ours.md.

    python benchmarks/blocks.py compile FOLDER    # here, with tfc: the model of two specs, generated three ways
    python benchmarks/blocks.py measure FOLDER    # on a GPU: needs torch and no tfc
    python benchmarks/blocks.py one FOLDER/llama --way functions --kernels    # and what its kernels take, one by one

`none`, `functions` and `blocks` are values of `train.compile`. `partition` is what tfc does not generate: each layer
compiled whole, and told to keep what products, attention and dropout give, and to make everything else again.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
SHORT = ("model.captions.context=24 tokens", "data.buckets=[24 tokens]", "data.lengths=[24 tokens,24 tokens]")
CASES = {
    "llama": (ROOT / "tests/cost/measured/llama.tfs", (), {"batch": 4, "source": 0, "target": 4096}),
    "captions": (ROOT / "examples/captions.tfs", SHORT, {"batch": 170, "source": 24, "target": 24}),
}
TRAINING = {"llama": ("train",), "captions": ("train", "distill.captions_small")}
WAYS = ("none", "functions", "blocks", "partition")
WARM, STEPS = 4, 12


def compile_cases(folder: Path) -> None:
    """Write `FOLDER/CASE/WAY/model.py`, and the shape of a batch beside."""
    import tfc

    for name, (path, settings, shape) in CASES.items():
        for way in WAYS[:-1]:
            draft = tfc.load(path.read_text(), name=f"{name}.tfs")
            # One file has the models of all blocks that train, and is fused if all of them are.
            for setting in (*settings, *(f"{block}.compile={way}" for block in TRAINING[name])):
                draft = draft.override(setting)
            draft.compile(folder / name / way)
        (folder / name / "shape.json").write_text(json.dumps({"config": name.upper(), **shape}))


def measure(folder: Path) -> None:
    """Each case and way in a process of its own."""
    environment = os.environ | {"PYTORCH_ALLOC_CONF": "expandable_segments:True"}
    for case in CASES:
        for way in WAYS:
            command = [sys.executable, __file__, "one", str(folder / case), "--way", way]
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            print(case, way, done.stdout.strip() or done.stderr[-500:], flush=True)


def one(place: Path, way: str, kernels: bool = False) -> None:
    """Train for a few steps on random ids, and print time and memory; with `kernels` the longest of a step too."""
    import torch

    shape = json.loads((place / "shape.json").read_text())
    code = load(place / ("blocks" if way == "partition" else way) / "model.py")
    config = getattr(code, shape["config"])
    model = code.Transformer(config, torch.bfloat16)
    model.initialise(0)
    model.cuda()
    if way == "partition":
        partition(model)
    if way in ("blocks", "partition"):
        for block in model.blocks():
            block.compile(fullgraph=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    lengths = [shape["target"]] * 2 if not shape["source"] else [shape["source"], *[shape["target"]] * 2]

    def step() -> None:
        ids = [torch.randint(4, config.vocab, (shape["batch"], n), device="cuda") for n in lengths]
        (model(*ids) / ids[-1].numel()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    seconds = []
    for _ in range(WARM + STEPS):
        torch.cuda.synchronize()
        began = time.perf_counter()
        step()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    peak = torch.cuda.max_memory_allocated() / 2**30
    print(f"{1e3 * median(seconds[WARM:]):.1f} ms, {peak:.2f} GiB allocated, first step {seconds[0]:.1f} s")
    if kernels:
        longest(step)


def longest(step: Callable[[], None], number: int = 25) -> None:
    """Print the kernels that take most of a step: milliseconds, how often, microseconds each."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA]) as taken:
        step()
        torch.cuda.synchronize()
    found: dict[str, list[float]] = {}
    for event in taken.events() or ():
        if event.device_type.name == "CUDA":
            found.setdefault(event.name, []).append(event.self_device_time_total)
    for name, times in sorted(found.items(), key=lambda one: -sum(one[1]))[:number]:
        print(f"{sum(times) / 1e3:9.3f} ms {len(times):5} x {sum(times) / len(times):8.1f} us  {name[:120]}")


def partition(model: Any) -> None:
    """Layers keep what products, attention and dropout give; the compiler obeys this policy too."""
    import torch
    from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

    aten = torch.ops.aten
    kept = {
        aten.mm.default,
        aten.addmm.default,
        aten._scaled_dot_product_flash_attention.default,
        aten._scaled_dot_product_efficient_attention.default,
        aten._scaled_dot_product_cudnn_attention.default,
        aten.native_dropout.default,
    }

    def policy(_: Any, op: Any, *args: Any, **kwargs: Any) -> CheckpointPolicy:
        return CheckpointPolicy.MUST_SAVE if op in kept else CheckpointPolicy.PREFER_RECOMPUTE

    contexts = functools.partial(create_selective_checkpoint_contexts, policy)
    for kind in {type(block) for block in model.blocks()}:

        def forward(self: Any, *args: Any, whole: Any = kind.forward, **kwargs: Any) -> Any:
            bound = functools.partial(whole, self)
            return checkpoint(bound, *args, use_reentrant=False, context_fn=contexts, **kwargs)

        kind.forward = forward


def load(path: Path) -> Any:
    """A generated file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("verb", choices=("compile", "measure", "one"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--way", choices=WAYS, default="none", help="of `one`")
    parser.add_argument("--kernels", action="store_true", help="of `one`: what its kernels take")
    options = parser.parse_args()
    match options.verb:
        case "compile":
            compile_cases(options.folder)
        case "measure":
            measure(options.folder)
        case _:
            one(options.folder, options.way, options.kernels)


if __name__ == "__main__":
    main()
