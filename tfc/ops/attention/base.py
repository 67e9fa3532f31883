"""What all kinds of attention share: projections, products of queries and keys, and what the kernel keeps."""

from __future__ import annotations

from tfc.ops.base import CPU, FP32, Amount, Op, Projection, Saved, Sizes, least, most
from tfc.ops.launched import (
    ATTENTION,
    CAT,
    INPLACE,
    MODULE,
    POINTWISE,
    VIEW,
    Call,
    Kernel,
    both,
    inside,
    linear_calls,
    linear_kernels,
)

ALIGNED = 32  # the memory-efficient kernel pads the log-sums of a head to a multiple of this


class Attention(Op, family="attention"):
    """How a token finds the tokens that it reads."""

    def pairs(self, length: Amount, reads: Amount, causal: bool) -> Amount:
        """How many (token, token that it reads) there are when `length` tokens read `reads`."""
        raise NotImplementedError

    def reach(self, length: Amount) -> Amount:
        """The tokens that a token of a decoder reads, on average."""
        return self.pairs(length, length, causal=True) / length

    def mask(self, sizes: Sizes) -> Amount:
        """Elements of the mask that all layers share; 0 where the kernel needs none."""
        # Padding stands behind the text, so that in a decoder no token of the text can see it.
        return 0 if sizes.causal else sizes.batch * sizes.reads

    def projections(self, sizes: Sizes) -> tuple[Projection, ...]:
        queries, keys = sizes.heads * sizes.head_width, sizes.kv_heads * sizes.head_width
        out = Projection("out", queries, sizes.width)
        if sizes.cross:
            reading = Projection("kv", sizes.width, 2 * keys, of_read=True)
            return Projection("q", sizes.width, queries), reading, out
        return Projection("qkv", sizes.width, queries + 2 * keys), out

    def executed(self, sizes: Sizes) -> Amount:
        """Scores, and their products with the values, of all pairs: what is masked is computed all the same."""
        return 4 * sizes.tokens * sizes.reads * sizes.heads * sizes.head_width

    def useful(self, sizes: Sizes) -> Amount:
        pairs = sizes.batch * self.pairs(sizes.length, sizes.reads, sizes.causal)
        return 4 * pairs * sizes.heads * sizes.head_width

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """Inputs and output of the projections and of the flash or memory-efficient kernel, and its log-sums."""
        element, tokens, width = sizes.element, sizes.tokens, sizes.head_width
        heads, keys = sizes.heads * width, 2 * sizes.kv_heads * width
        read = sizes.batch * sizes.reads
        # A kernel that takes a mask wants a key and a value for every head. Of a fused projection all is kept since
        # the queries are part of it.
        wide = sizes.kv_heads != sizes.heads and self.masked(sizes)
        return (
            Saved("in", tokens * sizes.width, element, "stream"),
            *(
                (
                    Saved("memory", read * sizes.width, element, "shared"),
                    Saved("q", tokens * heads, element),
                    Saved("kv", read * keys * (not wide), element),
                )
                if sizes.cross
                else (Saved("qkv", tokens * (heads + keys), element),)
            ),
            Saved("wide keys", read * heads * wide, element),
            Saved("wide values", read * heads * wide, element),
            Saved("read", tokens * heads, element),
            Saved("log-sums", sizes.batch * sizes.heads * self.sums(sizes), FP32),
            Saved("mask", self.mask(sizes), element, "shared"),
            *self.copies(sizes),
        )

    def sums(self, sizes: Sizes) -> Amount:
        """Log-sums that the kernel keeps of each head.

        Numbers of 16 bits are left to flash attention or, on Hopper and later, to cuDNN, with a mask too, and neither
        pads (`check_prefer_cudnn_attention` in sdp_utils.cpp; seen on an H100). Those of 32 bits have neither.
        """
        exact = sizes.device == CPU or sizes.element < FP32
        return sizes.length if exact else -(-sizes.length // ALIGNED) * ALIGNED

    def masked(self, sizes: Sizes) -> bool:
        """Whether the kernel is given a mask, which the flash kernel does not take."""
        return not sizes.causal

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        element, tokens = sizes.element, sizes.tokens
        heads = tokens * sizes.heads * sizes.head_width
        keys = 2 * sizes.batch * sizes.reads * sizes.kv_heads * sizes.head_width
        branch = tokens * sizes.width * element
        # Backward: gradients of the branch, of what was read, of queries, keys and values twice (apart, and put
        # together for the fused projection), and the kernel's sum of the queries' gradients in fp32.
        return branch, branch + element * (heads + 2 * (heads + keys)) + FP32 * heads

    def widens(self, sizes: Sizes) -> bool:
        """Whether keys and values are repeated for all heads: fused kernels that take a mask ask for it."""
        return sizes.kv_heads != sizes.heads and self.masked(sizes)

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        """Projections, views that take heads apart and put them together, and one call of the kernel.

        The gradients of queries, keys and values are put together for the projection that they come from.
        """
        own = Call(MODULE), both(ATTENTION), both(VIEW, 8 if sizes.cross else 7), inside(CAT, 0, 1)
        # The keys and values of a source: the module's method; and gradients of the source, added up over layers.
        source = (inside(INPLACE, 0, 1),) if sizes.cross else ()
        wide = (both(VIEW, 6), both(POINTWISE, 2)) if self.widens(sizes) else ()
        return *own, *source, *wide, *linear_calls(self.projections(sizes), sizes)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        queries, heads = sizes.tokens * sizes.heads, sizes.heads
        read = sizes.batch * sizes.reads
        number = sizes.head_width * sizes.element
        together = 2 * read * sizes.kv_heads * number + queries * number * (not sizes.cross)
        found = [Kernel(2 * together, backward=True)]
        if sizes.cross:
            found.append(Kernel(3 * read * sizes.width * sizes.element, backward=True))
        if self.widens(sizes):
            repeated = read * (heads + sizes.kv_heads) * number
            found += [Kernel(repeated, count=2), Kernel(repeated, backward=True, count=2)]
        return *found, *linear_kernels(self.projections(sizes), sizes)

    def made_once(self, sizes: Sizes) -> Amount:
        """The mask of padding, which is compared, copied, multiplied and looked at from another side."""
        return 0 if sizes.causal or sizes.cross else 4


def banded(length: Amount, reads: Amount, window: Amount) -> Amount:
    """Pairs less than `window` apart when token t reads around min(t, reads - 1); a sum in closed form."""
    inside = least(length, reads)  # tokens with a counterpart of their own
    before = least(inside, most(reads - window, 0))  # whose window does not reach the last token
    ends = before * (before - 1) // 2 + before * window + (inside - before) * reads
    late = most(inside - window, 0)
    starts = late * (late + 1) // 2
    return ends - starts + most(length - reads, 0) * least(window, reads)
