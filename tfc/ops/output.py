"""The projection to the vocabulary and the loss, in chunks so that the logits of all tokens never exist at once."""

from __future__ import annotations

from dataclasses import field

from tfc.ops.base import FP32, Amount, Op, Parameter, Product, Saved, Sizes, least, most

LOGITS = 2**26  # of one chunk, in fp32 a quarter of a GiB: large enough for the products to be efficient
STEP = 128  # a chunk is a multiple of so many tokens


def chunk(rows: int) -> int:
    """Tokens whose logits exist at once."""
    return max(STEP, LOGITS // rows // STEP * STEP)


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
        """The stream, the table's copy, and the more of two moments of a chunk, both with fp32 logits and logarithms.

        First the logits are copied to fp32 (PyTorch computes the logarithms of 16 bits in place of them for fp16 only);
        later there are the gradient of the logits and that of the table.
        """
        logits = least(chunk(sizes.rows), sizes.tokens) * sizes.rows
        table = sizes.rows * sizes.width * sizes.element * sizes.casts
        first, later = logits * FP32 * sizes.casts, logits * sizes.element * sizes.casts + table
        stream = sizes.tokens * sizes.width * sizes.element
        fixed = logits * (FP32 + sizes.element) + sizes.rows * sizes.width * sizes.element
        return stream + fixed + most(first, later), 0

    def traffic(self, sizes: Sizes) -> Amount:
        chunks = -(-sizes.tokens // chunk(sizes.rows))
        # Of a logit: copied to fp32 (6, if it is not), its logarithm (12), exp, the labels that count, the cast back
        # (8 + 8 + 6), and its products.
        each = (3 * FP32 + 4 * FP32) + sizes.casts * (2 * FP32 + 2 * sizes.element) + 4 * sizes.element
        table = sizes.rows * sizes.width * (sizes.element + 2 * FP32)
        return sizes.tokens * sizes.rows * each + chunks * table

    def launches(self, sizes: Sizes) -> tuple[int, int]:
        # Of one chunk: one more changes little, since chunks are many only where their products take long.
        return 20, 2
