"""What GPUs say to one another is measured by processes of their own: here two of them, over gloo, on a processor."""

from __future__ import annotations

import importlib.util
import json
import socket
from pathlib import Path
from types import ModuleType

import pytest

from tfc.run.calibrating import script

WORLD = 3  # not a power of two, which tensors of powers of two have to be divided among as well


def loaded(place: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("calibrate", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def on_a_processor(rank: int, place: str, port: int, out: str) -> None:
    """Be one rank, with what is asked of CUDA answered as by a GPU with nothing on it."""
    import torch
    import torch.distributed as dist

    module, ones, begin = loaded(Path(place)), torch.ones, dist.init_process_group
    for name in ("synchronize", "set_device", "empty_cache"):
        setattr(torch.cuda, name, lambda *_: None)
    torch.cuda.mem_get_info = lambda *_: (10**9, 2 * 10**9)
    torch.cuda.memory_reserved = lambda *_: 0
    torch.ones = lambda *size, device=None, **options: ones(*size, **options)
    dist.init_process_group = lambda backend, device_id, **options: begin("gloo", **options)
    module.collective = _small(module.collective)
    module.rank_main(rank, WORLD, port, True, out)


def _small(collective):
    return lambda name, group, rank, ranks, most: collective(name, group, rank, ranks, 2**16)


@pytest.mark.slow
def test_collectives_are_measured_by_number_of_ranks(tmp_path: Path):
    import torch

    place, out = tmp_path / "calibrate.py", tmp_path / "ranks.json"
    place.write_text(script(), encoding="utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    torch.multiprocessing.spawn(on_a_processor, (str(place), port, str(out)), nprocs=WORLD)
    found = json.loads(out.read_text())
    assert set(found["collectives"]) == {"all_reduce", "all_gather", "reduce_scatter", "send"}
    for rows in found["collectives"].values():
        assert set(rows) == {"2", "3"}
        for ranks, table in rows.items():
            assert [size for size, _ in table] == [
                size // 2 // int(ranks) * int(ranks) * 2 for size in (4096, 16384, 65536)
            ]
            assert all(took > 0 for _, took in table)
    assert found["communicator"] == {"2": 0, "3": 0}
