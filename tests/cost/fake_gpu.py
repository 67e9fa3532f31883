"""An oracle: a generated model run on fake tensors, with the kernels of a GPU, and each storage that comes and goes.

Real autograd, real Python and real shapes, but no numbers: what PyTorch would allocate on a GPU is seen on a machine
that has none. Where a GPU has a kernel of its own that a CPU lacks, it stands here as an autograd function that makes
what that kernel makes: flash and memory-efficient attention, dropout with a byte a number, RMS norm, SiLU. Functions
that are compiled are one kernel each.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tfc.plan import Plan

BLOCK = 512
aten = torch.ops.aten
COMPUTE = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
FUSED = "fused = torch.compile if torch.cuda.is_available() else lambda function: function"


class RmsNorm(torch.autograd.Function):
    """The fused kernel keeps its input, its weight and a scale a row."""

    @staticmethod
    def forward(ctx, x, weight, eps):
        ctx.save_for_backward(x, weight, x.new_empty((*x.shape[:-1], 1), dtype=torch.float32))
        return torch.empty_like(x)

    @staticmethod
    def backward(ctx, grad):
        x, weight, _ = ctx.saved_tensors
        return torch.empty_like(x), None if weight is None else torch.empty_like(weight), None


class Silu(torch.autograd.Function):
    """One kernel forward, one backward."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.empty_like(x)

    @staticmethod
    def backward(ctx, grad):
        return torch.empty_like(grad)


class Statistics(torch.autograd.Function):
    """Layer norm, whose statistics a GPU keeps in fp32."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        rows = [x.new_empty((*x.shape[:-1], 1), dtype=torch.float32) for _ in range(2)]
        ctx.save_for_backward(x, weight, bias, *rows)
        return torch.empty_like(x)

    @staticmethod
    def backward(ctx, grad):
        x, weight, bias, *_ = ctx.saved_tensors
        return torch.empty_like(x), *(
            None if one is None else torch.empty_like(one) for one in (weight, bias)
        )


def attention(q, k, v, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    """Flash attention where there is no mask and numbers have 16 bits, else the memory-efficient kernel."""
    if attn_mask is None and q.dtype != torch.float32:
        return aten._scaled_dot_product_flash_attention(q, k, v, 0.0, is_causal)[0]
    if attn_mask is not None:
        attn_mask = attn_mask.expand(q.shape[0], q.shape[1], q.shape[2], k.shape[2])
    return aten._scaled_dot_product_efficient_attention(q, k, v, attn_mask, q.requires_grad, 0.0, is_causal)[
        0
    ]


def inside(function: Any, arguments: tuple[Any, ...]) -> int:
    """Bytes that a kernel takes for itself: attention sums the gradients of queries in fp32."""
    if "attention_backward" not in function.__name__:
        return 0
    return 4 * arguments[1].numel()


class Storages(TorchDispatchMode):
    """Counts the bytes of storages, rounded as the allocator of a GPU does."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.seen: dict[int, int] = {}
        self.quiet = self.backwards = False

    def note(self, tensor: Any) -> None:
        if not isinstance(tensor, torch.Tensor) or tensor.untyped_storage()._cdata in self.seen:
            return
        storage = tensor.untyped_storage()
        size = -(-storage.nbytes() // BLOCK) * BLOCK
        self.seen[storage._cdata] = size
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self.gone, storage._cdata)

    def gone(self, storage: int) -> None:
        self.now -= self.seen.pop(storage)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        if self.quiet:
            return made
        before = self.peak
        for tensor in tree_leaves(made):
            self.note(tensor)
        if self.backwards and function is aten.add.Tensor:
            self.peak = before  # the engine adds fakes out of place, and real tensors in place
        self.peak = max(self.peak, self.now + inside(function, args))
        return made

    def as_one(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as one kernel, of which only the results are seen."""

        def run(*arguments: Any, **named: Any) -> Any:
            self.quiet = True
            try:
                made = function(*arguments, **named)
            finally:
                self.quiet = False
            for tensor in tree_leaves(made):
                self.note(tensor)
            return made

        return run


@contextmanager
def kernels_of_a_gpu() -> Iterator[None]:
    """PyTorch's functions replaced where a GPU has kernels of its own."""
    ours = {
        "rms_norm": lambda x, shape, weight=None, eps=None: RmsNorm.apply(x, weight, eps),
        "layer_norm": lambda x, shape, weight=None, bias=None, eps=1e-5: Statistics.apply(x, weight, bias),
        "silu": lambda x, inplace=False: Silu.apply(x),
        "dropout": lambda x, p=0.5, training=True, inplace=False: torch.native_dropout(x, p, True)[0],
        "scaled_dot_product_attention": attention,
    }
    before = {name: getattr(F, name) for name in ours}
    try:
        for name, function in ours.items():
            setattr(F, name, function)
        yield
    finally:
        for name, function in before.items():
            setattr(F, name, function)


def peak(plan: Plan, name: str = "train") -> int:
    """Bytes of tensors at the peak of two steps of a generated model, weights and AdamW's state included."""
    from tfc.backends.torch import model as backend

    layout, text = plan.layouts[name], backend.file(plan)
    assert text is not None
    storages = Storages()
    module = ModuleType("generated_for_a_fake_gpu")
    sys.modules[module.__name__] = module  # where dataclasses look up the types of fields
    vars(module)["as_one"] = storages.as_one
    exec(compile(text.replace(FUSED, "fused = as_one"), module.__name__, "exec"), vars(module))
    config = getattr(module, layout.model.label.upper())
    source, target = layout.longest
    shapes: list[tuple[int, ...]] = [
        (int(layout.microbatch), n) for n in (source, target, target or source) if n
    ]
    if any(getattr(side.adapters, "per", "") == "language" for side in layout.model.sides):
        shapes.append((int(layout.microbatch),))
    with kernels_of_a_gpu(), FakeTensorMode():
        net = module.Transformer(config, compute=COMPUTE[layout.train.precision.name])
        for parameter in net.parameters():
            storages.note(parameter.data)
        with storages:
            state: list[torch.Tensor] = []
            for _ in range(2):
                for _ in range(int(layout.accumulation)):
                    made = (torch.empty(shape, dtype=torch.int64) for shape in shapes)
                    loss = net(*made)
                    storages.backwards = True
                    loss.backward()
                    storages.backwards = False
                    del loss
                for parameter in net.parameters():
                    if len(state) < 3 * len(list(net.parameters())):
                        state += [torch.empty_like(parameter.data), torch.empty_like(parameter.data)]
                        state.append(torch.empty(()))
                    parameter.grad = None
    return storages.peak
