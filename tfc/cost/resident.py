"""What a serving process has resident beside the bytes of its files, as `benchmarks/serving.py` measures it.

The constants were measured on 2026-11-22, on a core of an AMD EPYC with AVX-512, onnxruntime 1.31.1, Python 3.11.7:
`python benchmarks/serving.py --core 3`. They are of the runtime alone, and of no model of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfc.cost.graphs import Held

MIB = 2**20
# Python with what `serve.py` imports, where no more is imported than `engine.py` needs, and with tokenizers of another
# kind.
SERVER, ENGINE, SERVER_MOST = 77 * MIB, 47 * MIB, 90 * MIB
# TensorRT brings its libraries and cuBLAS beside the CUDA context: an order of magnitude, not measured.
TENSORRT, TENSORRT_LEAST, TENSORRT_MOST = 300 * MIB, 180 * MIB, 540 * MIB
# A graph as it is loaded: kernels, threads, names. Measured as 9 and 21 MiB for the first of a process, which the
# second shares.
SESSION, SESSION_LEAST, SESSION_MOST = 9 * MIB, 4 * MIB, 35 * MIB
# Bytes for each byte of a matrix in the file. Integers are packed for their kernel and stay beside it; floats are
# packed, and what was read goes, matrix by matrix; weights of 8 bits alone are made floats, which are packed.
INTEGERS, FLOATS, WIDENED = 2.0, 1.4, 9.2
FLOATS_LEAST, FLOATS_MOST = 1.0, 2.0
# What onnxruntime takes for each byte that tensors hold at once: regions that it keeps from its first run of a shape,
# and one block for all tensors of the second, each up to a power of two. In chains of products both are twice what is
# held; the encoder of the captions example took 5.4 times what its widest layer holds (2026-11-22): that is the bound.
ARENA, ARENA_LEAST, ARENA_MOST = 2.0, 1.0, 6.0


def loaded(held: Held, widened: bool) -> tuple[float, float, float]:
    """Bytes of a part of a graph under onnxruntime on a CPU, and their bounds. `widened`: integers are made floats."""
    if held.gathered:
        exact = held.integers + held.floats
        return exact, exact, exact
    integers = held.integers * (WIDENED if widened else INTEGERS)
    least = held.integers * (4 if widened else INTEGERS)
    found = (FLOATS, FLOATS_LEAST, FLOATS_MOST)
    return tuple(  # type: ignore[return-value]
        part + share * held.floats for part, share in zip((integers, least, integers), found, strict=True)
    )
