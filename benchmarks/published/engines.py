"""Profile `fastertransformer`: what NVIDIA's engine does for one layer, from its guides at tag v5.1.

`docs/bert_guide.md`: a block is 6 products with a fused attention kernel, 8 without, and 6 kernels between them.
`docs/decoder_guide.md`: a decoder layer reads both caches in one kernel each, and adds, normalises and biases in one.
Products, attention and caches come from `tfc`'s graph; what an engine adds is how few kernels it starts.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.published import model
from benchmarks.published.machine import Machine, machine
from benchmarks.published.pieces import PUBLISHED, Factors
from benchmarks.published.rows import Row

BERT, DECODER, T5 = "bert", "decoder", "t5"
FUSED, UNFUSED = 12, 14  # kernels of an encoder layer
DECODING, AROUND = (
    12,
    10,
)  # kernels of a decoder layer, and of a step around the layers: embedding, logits, choice
FLOOR = 4e-6  # seconds of the shortest kernel, and between two that a C++ program starts (devices.toml, A100)
# 10^12 operations a second: data sheets. A100 and what tfc has of it are the same.
PEAKS = {
    "a100": {"fp32": 19.5, "tf32": 156, "fp16": 312, "int8": 624},
    "a10": {"fp32": 31.2, "tf32": 62.5, "fp16": 125, "int8": 250},
    "v100": {"fp32": 15.7, "fp16": 125},
    "t4": {"fp32": 8.1, "fp16": 65, "int8": 130},
}
LOW_POWER = ("t4", "a10")
BYTES = {"fp32": 4, "tf32": 4, "fp16": 2, "int8": 1}
# The guides' models: width, heads, FFN, layers of each side, rows of the vocabulary.
SHAPES = {
    "base": (768, 12, 3072, (12,), 30_522),
    "onmt": (512, 8, 2048, (6, 6), 32_001),
    "t5-small": (512, 8, 2048, (6, 6), 32_128),
    "t5-base": (768, 12, 3072, (12, 12), 32_128),
    "T5-3B": (1024, 32, 16_384, (24, 24), 32_128),
}
ELSEWHERE = "another engine, or one that leaves padding out of lengths that are not told"
HEADS_OF_128 = "T5-3B"
# The guides translate some 3,000 sentences into 67,000 tokens (decoder) and 62,000 (T5), as their own output says.
WORDS = {DECODER: 67_092 / 3_003, T5: 62_591 / 3_003}
SPREAD = 0.55  # of the logarithm of a sentence's length: an assumption, and so is that a batch waits for its longest


@dataclass(frozen=True)
class Run:
    """One figure of a guide: seconds of a batch, or seconds of a token of a batch."""

    guide: str
    shape: str
    gpu: str
    precision: str
    batch: int
    length: int
    beam: int
    measured: float

    @property
    def machine(self) -> Machine:
        return machine("a100_80gb" if self.gpu == "a100" else self.gpu)

    @cached_property
    def graph(self) -> Any:
        width, heads, ffn, layers, vocab = SHAPES[self.shape]
        family = "encoder" if len(layers) == 1 else "encoder_decoder"
        head_width = 128 if self.shape == HEADS_OF_128 else width // heads
        lengths = (self.length, 0) if len(layers) == 1 else (self.length, self.length)
        return model.layout(_row(family, layers, width, heads, head_width, ffn, vocab, lengths)).graph

    @cached_property
    def work(self) -> tuple[float, float, float, int]:
        """Operations of products, of attention, bytes moved besides, and kernels, of what was measured."""
        if self.guide == BERT:
            return self._encoder(self.batch)
        steps, rows = self._steps(), self.batch * self.beam
        encoder, decoder = self._encoder(self.batch), self._step(rows)
        first, *_ = (a + steps * b for a, b in zip(encoder, decoder, strict=True))
        rest = [a + steps * b for a, b in zip(encoder, decoder, strict=True)]
        words = WORDS[self.guide] * self.batch
        return first / words, rest[1] / words, rest[2] / words, rest[3] / words  # type: ignore[return-value]

    def _encoder(self, batch: int) -> tuple[float, float, float, int]:
        sized = self.graph.at(batch, self.length, 1, element=2, master=2)
        layers = [
            found for found in sized.blocks if found.name.startswith("encoder") and len(found.nodes) > 1
        ]
        products = sum(product.flops * block.count for block in layers for product in block.products)
        scores = sum(node.executed * block.count for block in layers for node in block.nodes)
        count = sum(block.count for block in layers)
        width = self.graph.model.width
        size = BYTES[self.precision]
        weights = sum(block.parameters * block.count for block in layers) * size
        # Of a layer: what each kernel reads and writes of the stream, and of the wide part of the feed-forward.
        moved = count * batch * self.length * size * (16 * width + 2 * SHAPES[self.shape][2])
        fused = self.precision in ("fp16", "int8")
        if not fused:
            moved += count * 4 * batch * SHAPES[self.shape][1] * self.length**2 * size
        return products, scores, weights + moved, count * (FUSED if fused else UNFUSED)

    def _step(self, rows: int) -> tuple[float, float, float, int]:
        """One token of every row."""
        block = next(found for found in self.graph.blocks if found.side == "decoder")
        size, width = BYTES[self.precision], self.graph.model.width
        own = [one for node in block.nodes for one in node.op.projections(node.shape) if not one.of_read]
        numbers = sum(one.inputs * one.outputs for one in own) * block.count
        table = SHAPES[self.shape][4] * width
        heads = SHAPES[self.shape][1] * block.nodes[1].shape.head_width
        read = self.length + WORDS[self.guide] / 2
        caches = 2 * block.count * rows * read * heads
        moved = (numbers + table) * size + caches * size + rows * SHAPES[self.shape][4] * (4 + size)
        return 2 * rows * (numbers + table), 2 * caches, moved, block.count * DECODING + AROUND

    def _steps(self) -> float:
        """Steps until the longest of a batch is done: the quantile of its size in a log-normal, with the known mean."""
        from math import exp
        from statistics import NormalDist

        mean = WORDS[self.guide]
        if self.batch == 1:
            return mean
        longest = NormalDist(0, SPREAD).inv_cdf(self.batch / (self.batch + 1))
        return min(128.0, mean * exp(longest - SPREAD**2 / 2))

    def seconds(self, factors: Factors = PUBLISHED) -> float:
        """Seconds of the batch, or of a token."""
        products, scores, moved, kernels = self.work
        own = self.machine
        share, traffic = (0.5, 0.8) if self.gpu in LOW_POWER else (own.products, own.traffic)
        peak = PEAKS[self.gpu][self.precision] * 1e12
        # INT8's attention is done in 16 bits.
        peak16 = PEAKS[self.gpu]["fp16" if self.precision == "int8" else self.precision] * 1e12
        compute = products / (peak * share) + scores / (peak16 * own.attention)
        device = compute * factors.compute + moved / (own.bandwidth * traffic) * factors.traffic
        return device + kernels * FLOOR * factors.dispatch


def _row(
    family: str, layers: Any, width: int, heads: int, head: int, ffn: int, vocab: int, lengths: Any
) -> Row:
    values: dict[str, Any] = dict.fromkeys(Row.__dataclass_fields__)
    values |= {
        "family": family,
        "layers": layers,
        "width": width,
        "heads": heads,
        "kv_heads": heads,
        "head_width": head,
        "ffn": ffn,
        "vocab": vocab,
        "lengths": lengths,
        "flags": {},
    }
    values |= {
        "gpus": 1,
        "data": 1,
        "tensor": 1,
        "pipeline": 1,
        "chunks": 1,
        "context": 1,
        "micro": 1,
        "batch": 1,
    }
    return Row(**values)


def read(path: Path) -> tuple[list[Run], dict[str, int]]:
    """The runs of NVIDIA's own engine that are told in full, and how many are not, by why."""
    found: list[Run] = []
    others: dict[str, int] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for cells in csv.DictReader(file):
            run = _run(cells)
            if isinstance(run, Run):
                found.append(run)
            else:
                others[run] = others.get(run, 0) + 1
    return found, others


def _run(cells: dict[str, str]) -> Run | str:
    engine, notes = cells["engine"], cells["notes"]
    if float(cells["value"] or 0) <= 0:
        return "no figure"
    guide = next(name for name in (BERT, DECODER, T5) if f"_{name}_" in cells["source"])
    return _bert(cells) if guide == BERT else _translation(cells, guide, engine, notes)


def _bert(cells: dict[str, str]) -> Run | str:
    engine, notes = cells["engine"], cells["notes"]
    if engine.startswith("TP"):
        # 128 x 1024 tokens of that model, none left out, are 1.7 PFLOP: 5.4 s at an A100's peak, where 4.98 s are told.
        return "BERT-6B, faster than the peak if all tokens count: lengths that are not told"
    plain = re.match(r"FT(-INT8-v[12])? Latency", engine)
    if not plain:
        return ELSEWHERE
    gpu = re.search(r"BERT performance on (\w+) and", notes)
    if not gpu or not cells["input_len"]:
        return "a GPU or a length that the table does not say"
    precision = "int8" if plain[1] else cells["precision"].lower()
    how = (int(cells["batch"]), int(cells["input_len"]), 1, float(cells["value"]) / 1e3)
    return Run(BERT, "base", gpu[1].lower(), precision, *how)


def _translation(cells: dict[str, str], guide: str, engine: str, notes: str) -> Run | str:
    if not engine.startswith("FT Decoding"):
        return ELSEWHERE
    gpu = re.search(r"on (A100|V100|T4)", notes)
    assert gpu is not None, notes
    sampling = "ampling" in notes
    if guide == T5 and not sampling:
        return "a beam whose width the table does not say"
    beam = 1 if sampling else int(cells["beam"])
    found = re.search(r"(T5-3B|T5-base|T5-small)", notes)
    shape = {"T5-3B": "T5-3B", "T5-base": "t5-base", "T5-small": "t5-small"}[found[1]] if found else "onmt"
    how = (int(cells["batch"]), round(WORDS[guide]), beam, 1 / float(cells["value"]))
    return Run(guide, shape, gpu[1].lower(), cells["precision"].lower(), *how)
