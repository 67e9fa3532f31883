"""Rows in the form of the published tables, made up for the tests; and the real tables, where they are."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

# The folder of the transcribed tables; they are no part of the project.
PUBLISHED = os.environ.get("TFC_PUBLISHED", "")
needs_tables = pytest.mark.skipif(
    not PUBLISHED, reason="TFC_PUBLISHED names no folder with the published tables"
)

GPT = {
    "source": "MegatronLM_CI_golden",
    "model": "gpt/made_up",
    "layers": "12",
    "hidden": "512",
    "heads": "8",
    "seq": "1024",
    "gpu": "A100-80GB",
    "n_gpus": "8",
    "dp": "8",
    "tp": "1",
    "pp": "1",
    "sp": "no",
    "recompute": "none",
    "micro_batch": "4",
    "global_batch": "32",
    "precision": "bf16",
    "step_time_s": "0.1",
    "notes": "memkind=max_allocated; bytes=1000; cp=1; transformer-impl=transformer_engine",
}
BLANK = ("kv_heads", "ffn", "vocab", "interleave", "tflops_per_gpu", "mfu_pct", "peak_mem_GiB")
COLUMNS = (*GPT, *BLANK)
ENGINE_COLUMNS = ("source", "engine", "precision", "batch", "input_len", "beam", "metric", "value", "notes")


def written(folder: Path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> Path:
    """A table of the rows."""
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, restval="")
        table.writeheader()
        table.writerows(rows)
    return path
