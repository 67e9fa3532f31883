"""Profile `megatron`: what Megatron-LM (core) allocates, from its source at d98e8a64 and nearby.

Activations: megatron/core/transformer/{attention,mlp,dot_product_attention}.py and Transformer Engine's
`LayerNormLinear`, which keeps its input, the statistics and what it normalised; Korthikanti et al. 2022, arXiv
2205.05198, is the same sum. The loss: megatron/core/tensor_parallel/cross_entropy.py keeps the probabilities in fp32.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from benchmarks.published import model
from benchmarks.published.foreign import CUDNN, FLASH, UNFUSED, swap
from benchmarks.published.pieces import gathering

if TYPE_CHECKING:
    from benchmarks.published.machine import Machine
    from benchmarks.published.rows import Row
    from tfc.hardware.device import Link

MIB = 2**20
# cuBLAS's workspaces: of the thread that goes forward and of that which goes back. Most of the CI's configs set
# CUBLAS_WORKSPACE_CONFIG=:4096:8; those with context parallelism and those that load another layout's checkpoint do
# not, where torch takes 8.1 MiB, and 32 MiB on Hopper and later (aten/src/ATen/cuda/CublasHandlePool.cpp).
CUBLAS, CUBLAS_DEFAULT = 2 * 8 * 4096 * 1024, 2 * 8_519_680
UNSET = ("_cp2", "_cp4", "reshard")
# Transformer Engine's own workspace, 32 MiB on Hopper and later, 4 MiB before (module/base.py).
ENGINE = {"a100_80gb": 4 * MIB, "a100_40gb": 4 * MIB}
ENGINE_HOPPER = 32 * MIB
# Bytes of a parameter: 16-bit weight; its gradient, in fp32 where bf16 is trained (arguments.py sets
# accumulate_allreduce_grads_in_fp32) and in 16 bits where fp16 is; fp32 master and AdamW's two moments.
WEIGHT, MASTERS = 2, 12
BERT_HEAD = (
    2  # width² parameters of BERT's pooler and language-model head (models/bert/), on each tensor rank whole
)
REPLICATED = ("norm.", "positions.", "out.bias", "down.bias")  # what tensor parallelism does not cut


@dataclass(frozen=True)
class Megatron:
    """The profile, for one row."""

    row: Row
    name: str = "megatron"

    @property
    def engine(self) -> bool:
        """Whether Transformer Engine's layers are used, or Megatron's own (`--transformer-impl local`)."""
        said = self.row.flags
        if self.row.family == "encoder":
            return said.get("attention-backend") != "local"
        return said.get("transformer-impl") == "transformer_engine"

    @property
    def kernel(self) -> str:
        """The kernel of attention: the one that is asked for, else cuDNN's on Hopper and flash before and after.

        Transformer Engine prefers cuDNN's on Hopper (attention/dot_product_attention/utils.py, get_attention_backend).
        That it takes flash on Blackwell in deterministic mode is an assumption, which the measured bytes bear out. A
        padding mask, as BERT and T5 have, and Megatron's own layers take neither.
        """
        asked = self.row.flags.get("attention-backend", "auto")
        if not self.engine or asked in ("unfused", "local") or self.row.family != "decoder":
            return UNFUSED
        if asked == "flash":
            return FLASH
        return CUDNN if self.row.device == "h100_80gb" else FLASH

    @property
    def gradient(self) -> int:
        return 2 if self.row.precision == "fp16" else 4

    @property
    def sharded(self) -> bool:
        return self.row.flags.get("use-distributed-optimizer") == "True"

    @cached_property
    def layout(self) -> Any:
        return model.layout(self.row)

    @cached_property
    def graph(self) -> Any:
        rate = float(self.row.flags.get("attention-dropout", "0.1"))
        # Flash attention wants batch before length, Megatron has length first: with one sequence they are the same.
        return swap(self.layout.graph, self.kernel, rate, copied=self.kernel == FLASH and self.row.micro > 1)

    def states(self, stage: Any) -> float:
        """Bytes of weights, gradients and the optimizer's state on a rank of a stage."""
        own = sum(self._parameters(block) * stage.count(block.name) for block in self.graph.blocks)
        if self.row.pipeline > 1 and self._is_last(stage) and self.layout.model.tied:
            # The last stage has a copy of the table (`share_embeddings_and_output_weights`).
            own += model.padded_vocab(self.row) * self.row.width / self.row.tensor
        if self.row.family == "encoder":
            own += BERT_HEAD * self.row.width**2
        shards = self.row.data * self.row.context if self.sharded else 1
        return own * (WEIGHT + self.gradient + MASTERS / shards)

    @property
    def hides(self) -> bool:
        """Whether gradients are summed while the backward pass goes on (`--overlap-grad-reduce`)."""
        return self.row.flags.get("overlap-grad-reduce") == "True"

    def reducing(self, parameters: float, own: Machine, far: Link) -> float:
        """Seconds in which gradients are summed over the copies, or scattered and the weights gathered."""
        row = self.row
        reach = row.data * row.context * row.tensor
        copies = row.data * row.context
        return gathering("all_reduce", copies, parameters * self.gradient, reach, own, far)

    def _parameters(self, block: Any) -> float:
        parts = (
            item.count / (1 if any(name in item.name for name in REPLICATED) else self.row.tensor)
            for node in block.nodes
            for item in node.parameters
        )
        return sum(parts)

    def _is_last(self, stage: Any) -> bool:
        return "output" in stage.order

    def beside(self) -> float:
        """Bytes that torch allocates beside states and activations, and never frees."""
        row = self.row
        unset = row.device in ENGINE and any(part in row.model for part in UNSET)
        found = (CUBLAS_DEFAULT if unset else CUBLAS) + (
            ENGINE.get(row.device, ENGINE_HOPPER) if self.engine else 0
        )
        if not self.engine:
            # dot_product_attention.py takes a product's input from the global memory buffer, and keeps that.
            pairs = row.micro * (row.heads / row.tensor) * max(row.lengths) ** 2
            found += 2 * pairs
        if row.family == "encoder":
            # bert_lm_head.py: its product, what GELU makes of it, and the norm's input and output.
            found += 4 * 2 * row.micro * row.lengths[0] * row.width
        if row.sequence:
            # layers.py gathers the input of the last product into the global memory buffer.
            found += 2 * row.micro * row.lengths[-1] * row.width / row.context
        return found

    def inputs(self) -> float:
        """Bytes of what the data loader gives: ids, labels, loss mask, positions, and the mask of all pairs."""
        row = self.row
        length = sum(row.lengths) / row.context
        source = row.lengths[0] or row.lengths[1]
        pairs = row.micro * source**2 / row.context
        return row.micro * length * (8 + 8 + 4 + 8) + pairs


# What the profile does not describe, by what the row says of itself.
OTHER_FLAGS = {
    "num-experts": "experts",
    "multi-latent-attention": "another attention",
    "use-megatron-fsdp": "sharded parameters",
    "fp8-format": "fp8",
    "mtp-num-layers": "several tokens predicted",
    "hybrid-layer-pattern": "other layers",
    "cuda-graph-impl": "CUDA graphs",
}
OTHER_NAMES = {
    "qk_layernorm": "norms of queries and keys",
    "cross_entropy_loss_fusion": "another loss",
    "defer_embedding_wgrad": "gradients of tables kept back",
    "tunable_overlap": "another order of the pipeline",
    "uneven_pipeline": "stages of unequal length",
    "account_for_embedding": "stages of unequal length",
    "multi_dist_optimizer": "an optimizer sharded within groups",
    "modelopt_distill": "a teacher",
    "check_grads": "a vocabulary that the table does not say",
    "15b_8t": "a vocabulary and ranks that the table does not say",
    "grpo": "reinforcement learning",
}


def unsupported(row: Row) -> str:
    """Why the profile does not describe a row, or nothing."""
    if row.model.split("/")[0] not in ("gpt", "bert", "t5"):
        return "experts or another family"
    for flag, why in OTHER_FLAGS.items():
        if row.flags.get(flag, "False") != "False":
            return why
    for part, why in OTHER_NAMES.items():
        if part in row.model:
            return why
    if not row.gpu:
        return "a GPU that the table does not say"
    auto = "attention-backend" not in row.flags and row.flags.get("transformer-impl") == "transformer_engine"
    if auto and "golden_values_lts" in row.note and row.recompute == "none":
        return "a kernel of attention that the container chose and the table does not say"
    return ""
