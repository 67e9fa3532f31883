"""Published measurements as rows: a model, a layout, and what somebody else measured of it.

The table is not part of this project; its path is an argument. A row that a profile cannot describe says why
(`unsupported`), so that what is left out is counted and not forgotten.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GIB = 2**30
MEGATRON_CI, BLOOM = "MegatronLM_CI_golden", "BLOOM_prequel_2022"
FOUNDRY = "MosaicML_llm-foundry_bench"
# The recipes of Megatron-LM's CI start eight ranks; those whose name ends so start four.
CI_RANKS, ONE_NODE = 8, "_1node"
FLAG = re.compile(r"([A-Za-z][\w-]*)=([^;\s]+)")


@dataclass(frozen=True)
class Row:
    """One measurement. `memory` is in bytes and `step` in seconds; None where it was not printed."""

    source: str
    model: str
    family: str  # "decoder", "encoder" or "encoder_decoder"
    layers: tuple[int, ...]  # of each side
    width: int
    heads: int
    kv_heads: int
    head_width: int
    ffn: int
    vocab: int
    lengths: tuple[int, int]  # source and target; 0 where there is none
    gpu: str
    gpus: int
    data: int
    tensor: int
    pipeline: int
    chunks: int  # of a rank, interleaved
    context: int
    sequence: bool
    recompute: str
    micro: int
    batch: int
    precision: str
    step: float | None
    tflops: float | None  # of one GPU, as the source worked them out
    memory: float | None
    memory_kind: str
    out_of_memory: bool = False
    flags: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def accumulation(self) -> int:
        """Micro-batches of one optimizer step."""
        return max(1, round(self.batch / (self.micro * self.data)))

    @property
    def contradiction(self) -> str:
        """Why what the table says of a run cannot all be true, or nothing."""
        if self.gpus != self.data * self.tensor * self.pipeline * self.context and self.source != MEGATRON_CI:
            return "degrees that do not multiply to the GPUs"
        if self.source == BLOOM and self.step and self.tflops:
            # Megatron's own count, arXiv 2104.04473: recomputation included, as the diary's script has it.
            width, length = self.width, self.lengths[1]
            layers = 96 * self.batch * length * self.layers[0] * width**2
            flops = layers * (1 + length / (6 * width) + self.vocab / (16 * self.layers[0] * width))
            if not 0.8 < flops / (self.tflops * 1e12 * self.gpus * self.step) < 1.25:
                return "seconds, FLOP/s and a batch that contradict one another"
        return ""

    @property
    def device(self) -> str:
        """The device as `tfc` names it, or nearly."""
        return DEVICES.get(self.gpu, self.gpu)


DEVICES = {
    "A100": "a100_80gb",
    "A100-80GB": "a100_80gb",
    "H100-80GB": "h100_80gb",
    "GB200": "gb200",
    "V100-32GB": "v100_32gb",
}


def read(path: Path) -> tuple[Row, ...]:
    """All rows of a table of training runs, in its order; raises `ValueError` if a column is missing."""
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        missing = {"source", "layers", "step_time_s", "peak_mem_GiB", "notes"} - set(table.fieldnames or ())
        if missing:
            raise ValueError(f"{path} lacks the columns {', '.join(sorted(missing))}")
        return tuple(found for cells in table for found in _rows(cells))


def _rows(cells: dict[str, str]) -> Iterator[Row]:
    flags = dict(FLAG.findall(cells["notes"]))
    layers = tuple(int(part) for part in cells["layers"].split("+") if part)
    if not layers or not cells["hidden"] or not cells["heads"]:
        return  # the shape itself was not printed
    sides = [int(part) for part in (cells["seq"] or "1024").split("+")]
    family = _family(cells["model"], layers)
    width, heads = int(cells["hidden"]), int(cells["heads"])
    tensor, pipeline = _int(cells["tp"], 1), _int(cells["pp"], 1)
    context = int(flags.get("cp", "1"))
    gpus = _int(cells["n_gpus"], 4 if cells["model"].endswith(ONE_NODE) else CI_RANKS)
    memory, oom = _memory(cells, flags)
    yield Row(
        source=cells["source"],
        model=cells["model"],
        family=family,
        layers=layers,
        width=width,
        heads=heads,
        kv_heads=_int(cells["kv_heads"], heads),
        head_width=int(flags.get("kv-channels", width // heads)),
        ffn=_int(cells["ffn"], _hidden(width, flags)),
        vocab=_vocab(cells, flags),
        lengths=(sides[0], sides[-1])
        if len(sides) == 2
        else (0, sides[0])
        if family == "decoder"
        else (sides[0], 0),
        gpu=cells["gpu"],
        gpus=gpus,
        data=_int(cells["dp"], max(1, gpus // (tensor * pipeline * context))),
        tensor=tensor,
        pipeline=pipeline,
        chunks=_int(cells["interleave"], 1),
        context=context,
        sequence=cells["sp"] == "yes" and tensor > 1,
        recompute=cells["recompute"] or "none",
        micro=_int(cells["micro_batch"], max(1, _int(cells["global_batch"], 1) // _int(cells["dp"], 1))),
        batch=_int(cells["global_batch"], 0),
        precision=cells["precision"].split("(")[0].removeprefix("amp_"),
        step=float(cells["step_time_s"]) if cells["step_time_s"] else None,
        tflops=float(cells["tflops_per_gpu"]) if cells["tflops_per_gpu"] else None,
        memory=memory,
        memory_kind=_kind(cells["notes"]),
        out_of_memory=oom,
        flags=flags,
        note=cells["notes"],
    )


def _family(model: str, layers: tuple[int, ...]) -> str:
    if len(layers) == 2:
        return "encoder_decoder"
    return "encoder" if model.startswith("bert") else "decoder"


def _memory(cells: dict[str, str], flags: dict[str, str]) -> tuple[float | None, bool]:
    """Bytes and whether the run failed for want of them; exact bytes stand in the notes where they are known."""
    printed = cells["peak_mem_GiB"]
    if "bytes" in flags:
        return float(flags["bytes"]), False
    if printed == "OOM":
        return None, True
    return (float(printed) * GIB if printed else None), False


def _kind(notes: str) -> str:
    found = re.search(r"memkind=([\w-]+)", notes)
    return found[1] if found else ""


# What the tables leave blank: GPT-2's vocabulary where Megatron trains a GPT, that of bert-large-cased where it is a
# BERT or, with a hundred more, a T5 (the CI's model_config.yaml name the vocabulary files), BLOOM's 250,880.
def _vocab(cells: dict[str, str], flags: dict[str, str]) -> int:
    if cells["vocab"]:
        return int(cells["vocab"])
    if cells["source"] == BLOOM:
        return 250_880
    kind = cells["model"].split("/")[0]
    return {"bert": 28_996, "t5": 28_996 + 100}.get(kind, 50_257)


def _hidden(width: int, flags: dict[str, str]) -> int:
    """Megatron's default: four widths; with a gate, two thirds of that in multiples of 64 (arguments.py)."""
    return 8 * width // 3 // 64 * 64 if flags.get("swiglu") == "True" else 4 * width


def _int(text: Any, otherwise: int) -> int:
    return int(float(text)) if text not in ("", None, "0") else otherwise
