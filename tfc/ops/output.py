"""The projection to the vocabulary and the loss, in chunks so that the logits of all tokens never exist at once."""

from __future__ import annotations

from dataclasses import field

from tfc.ops.base import FP32, Amount, Op, Parameter, Product, Saved, Sizes, least, most
from tfc.ops.launched import (
    FUNCTION,
    FUSED,
    INPLACE,
    PARAMETER,
    PRODUCT,
    VIEW,
    Call,
    Kernel,
    both,
    inside,
)

LOGITS = 2**26  # of one chunk, in fp32 a quarter of a GiB: large enough for the products to be efficient
# The same where fused code has only the logits themselves: each chunk adds its gradient to the whole table's, and in
# chunks of 2^26 that took a tenth of a step of Llama-3.2-1B's shape and a quarter of NLLB-600M's (H200, 2026-11-22).
FUSED_LOGITS = 2**28
# A sum of two types is not vectorised: 0.98 ms where as many bytes take 0.62 (H200) or 0.87 (H100), for the table of
# Llama-3.2-1B (profiler, 2026-11-22).
UNLIKE = 1.3
SHARED_MEMORY = 48 * 1024  # bytes of a multiprocessor that a kernel of softmax may use without asking
STEP = 128  # a chunk is a multiple of so many tokens


def chunk(rows: int, fused: bool = False) -> int:
    """Tokens whose logits exist at once."""
    return max(STEP, (FUSED_LOGITS if fused else LOGITS) // rows // STEP * STEP)


def paired_chunk(rows: int) -> int:
    """The same where two models' logits exist at once: half as many tokens."""
    return max(STEP, chunk(rows) // 2 // STEP * STEP)


class Output(Op):
    """Cross-entropy of the next, or of a masked, token; its gradients are made in the forward pass."""

    name = "output"
    vocab: int = field(default=0)
    table: str = field(default="table")
    owns: bool = field(default=False)  # whether the table is counted here, and not with the embedding

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        return (Parameter(self.table, (sizes.rows, sizes.width)),) if self.owns else ()

    def products(self, sizes: Sizes) -> tuple[Product, ...]:
        return (Product(sizes.tokens, sizes.rows, sizes.width),)

    def useful(self, sizes: Sizes) -> Amount:
        """The rows of padding are computed, and mean nothing."""
        return -2 * sizes.tokens * (sizes.rows - self.vocab) * sizes.width

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """The gradients, which the backward pass only multiplies."""
        return (
            Saved("gradient of the stream", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("gradient of the table", sizes.rows * sizes.width, FP32, "copy"),
        )

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        """The stream, the table's copy, and what a chunk takes at its worst.

        Fused, the logits become their gradient in place, and beside them is the table's. Else there are fp32
        logarithms too, at two moments: first the logits are copied to fp32 (PyTorch computes the logarithms of 16 bits
        in place of them for fp16 only); later there are the gradient of the logits and that of the table.
        """
        logits = least(chunk(sizes.rows, sizes.fused), sizes.tokens) * sizes.rows
        stream = sizes.tokens * sizes.width * sizes.element
        copy = sizes.rows * sizes.width * sizes.element
        table = copy * sizes.casts
        if sizes.fused:
            return stream + table + logits * sizes.element + copy, 0
        first, later = logits * FP32 * sizes.casts, logits * sizes.element * sizes.casts + table
        fixed = logits * (FP32 + sizes.element) + copy
        return stream + fixed + most(first, later), 0

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        """Of a chunk slices, labels, three products and what lies between; of all, gradients that are multiplied."""
        chunks = -(-sizes.tokens // chunk(sizes.rows, sizes.fused))
        fused = sizes.fused
        of_chunk = (
            inside(VIEW, 9 * chunks),
            inside(PRODUCT, 3 * chunks),
            inside(FUSED, 2 * chunks * fused),
            inside(INPLACE, (7 if fused else 15) * chunks),
        )
        copied = inside(INPLACE, 2 + int(sizes.casts), 2)
        return (
            both(FUNCTION),
            both(VIEW, 2),
            copied,
            *of_chunk,
            inside(INPLACE, 0, 1),
            both(PARAMETER, int(self.owns)),
        )

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        chunks = -(-sizes.tokens // chunk(sizes.rows, sizes.fused))
        logits, table = sizes.tokens * sizes.rows / chunks, sizes.rows * sizes.width
        moved = _fused(sizes) if sizes.fused else _eager(sizes)
        rows = sizes.tokens / chunks * FP32
        return (
            *(Kernel(each * logits, count=chunks) for each in moved),
            Kernel(8 * rows, count=(6 if sizes.fused else 9) * chunks),  # of labels and of what they score
            Kernel(table * (2 * FP32 + sizes.element) * (UNLIKE if sizes.casts else 1), count=chunks),
            *((Kernel(table * (sizes.master + sizes.element)),) if sizes.casts else ()),
            Kernel(table * FP32),
            # Both gradients are multiplied by that of the loss, and the table's is added to that of its lookup.
            Kernel(2 * sizes.tokens * sizes.width * sizes.element, backward=True),
            Kernel(2 * table * FP32, backward=True),
            *((Kernel(3 * table * FP32, backward=True),) if not self.owns else ()),
        )


def _fused(sizes: Sizes) -> tuple[Amount, ...]:
    """Bytes of a logit, kernel by kernel: read for the sum of exponentials, and turned into the gradient.

    The first takes the time of twice its bytes, for it is bound by the exponentials: 94 us for 131 MB (H200, profiler,
    2026-11-22), which an H100 reads in 43.
    """
    return 2 * sizes.element, 2 * sizes.element


def _eager(sizes: Sizes) -> tuple[Amount, ...]:
    """The same where each step is a kernel: copied to fp32, logarithm, exp, the labels that count, and cast back."""
    # A row that does not fit a multiprocessor's memory is read three times (PersistentSoftmax.cuh, SoftMax.cu).
    logarithm = FP32 * (4 if sizes.rows * FP32 > SHARED_MEMORY else 2)
    casts = (sizes.element + FP32,) if sizes.casts else ()
    return *casts, logarithm, 2 * FP32, 2 * FP32, *casts
