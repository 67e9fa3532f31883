"""What others call things: never accepted, but known, so that a message can give the right name."""

from __future__ import annotations

# Who says it; a setting's `also` has the names themselves.
SPOKEN_BY: dict[str, str] = {
    "Hugging Face": (
        "hidden_size num_hidden_layers num_attention_heads num_key_value_heads head_dim intermediate_size "
        "max_position_embeddings vocab_size tie_word_embeddings model_type attention_bias hidden_dropout peft "
        "scale_embedding hidden_act per_device_train_batch_size gradient_accumulation_steps num_train_epochs max_steps "
        "learning_rate warmup_steps max_grad_norm adam_betas adam_epsilon label_smoothing mlm_probability "
        "gradient_checkpointing torch_compile output_dir save_steps save_total_limit eval_steps num_beams "
        "num_return_sequences rms_norm_eps layer_norm_eps layer_norm_epsilon attention_window window_size "
        "sliding_window src_lang tgt_lang train_files optim"
    ),
    "GPT-2": "n_layer n_head n_embd n_inner block_size resid_pdrop",
    "Llama": "n_kv_heads dim",
    "T5": "d_kv d_ff",
    "Megatron": (
        "tensor_model_parallel_size pipeline_model_parallel_size context_parallel_size global_batch_size "
        "micro_batch_size num_layers seq_length ffn_hidden_size virtual_pipeline_model_parallel_size"
    ),
    "DeepSpeed": "train_batch_size zero_stage cpu_offload",
    "PyTorch": "fsdp hsdp sharding_strategy world_size num_heads dim_feedforward weight_decay",
    "TensorRT-LLM": "max_batch_size max_input_len max_output_len",
    "papers": "d_model dp tp pp cp sp",
}

VARIANTS: dict[str, dict[str, str]] = {
    "attention": {
        "local": "sliding",
        "sliding_window": "sliding",
        "window": "sliding",
        "causal": "full",
        "flash": "full",
        "flash_attention": "full",
        "sdpa": "full",
        "eager": "full",
        "big_bird": "bigbird",
        "favor": "performer",
    },
    "ffn": {"silu": "swiglu", "swish": "swiglu", "gelu_new": "gelu", "gelu_fast": "gelu"},
    "norm": {
        "rmsnorm": "rms",
        "rms_norm": "rms",
        "layernorm": "layer",
        "layer_norm": "layer",
    },
    "position": {"rotary": "rope", "absolute": "learned", "sincos": "sinusoidal", "t5": "relative"},
    "adapter": {"houlsby": "bottleneck", "adapter": "bottleneck"},
    "weights": {"scratch": "random", "huggingface": "hf"},
    "tokenizer": {"spm": "sentencepiece", "byte": "bytes", "huggingface": "hf", "bpe": "tokenizers"},
    "source": {"parallel": "pairs", "tsv": "pairs", "jsonl": "pairs", "txt": "text", "huggingface": "hf"},
    "precision": {
        "float32": "fp32",
        "float16": "fp16",
        "half": "fp16",
        "bfloat16": "bf16",
        "float8": "fp8",
        "tf32": "fp32",
    },
    "deploy_precision": {"float32": "fp32", "float16": "fp16", "half": "fp16", "bfloat16": "bf16"},
    "optimizer": {"adamw_torch": "adamw", "adamw_torch_fused": "adamw"},
    "schedule": {
        "noam": "inverse_sqrt",
        "inverse_square_root": "inverse_sqrt",
        "constant_with_warmup": "constant",
        "cosine_with_warmup": "cosine",
        "linear_with_warmup": "linear",
    },
    "recompute": {"all": "full", "off": "none"},
    "loss": {"ce": "cross_entropy", "nll": "cross_entropy", "mlm": "masked"},
    "distill_loss": {"ce": "cross_entropy", "kd": "kl", "kl_div": "kl", "seqkd": "sequence"},
    "decoding": {"beam_search": "beam", "argmax": "greedy", "sampling": "sample"},
    "target": {"onnx": "onnxruntime", "ort": "onnxruntime", "trt": "tensorrt"},
    "pipeline_schedule": {"1f1b": "one_f_one_b"},
    "device": {"h100": "h100_80gb", "h100_sxm": "h100_80gb", "h200_141gb": "h200", "l4_24gb": "l4"},
}

UNITS: dict[str, str] = {
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "minute": "min",
    "minutes": "min",
    "mins": "min",
    "hour": "h",
    "hours": "h",
    "hr": "h",
    "hrs": "h",
    "d": "days",
    "msec": "ms",
    "byte": "bytes",
    "kb": "KB",
    "kB": "KB",
    "mb": "MB",
    "gb": "GB",
    "tb": "TB",
    "kib": "KiB",
    "mib": "MiB",
    "gib": "GiB",
    "tib": "TiB",
    "G": "GB",
    "tok": "tokens",
    "toks": "tokens",
    "seq": "sequences",
    "seqs": "sequences",
    "sentences": "sequences",
    "examples": "sequences",
    "rows": "sequences",
    "iterations": "steps",
    "iters": "steps",
    "updates": "steps",
    "epoch": "epochs",
    "dollars": "USD",
    "usd": "USD",
    "eur": "EUR",
    "euros": "EUR",
    "kwh": "kWh",
    "percent": "%",
}

SCALES: dict[str, str] = {
    "k": "K",
    "ki": "Ki",
    "m": "M",
    "mi": "Mi",
    "G": "B",
    "Gi": "Gi",
    "g": "B",
    "t": "T",
    "b": "B",
}

# Bits are not counted here, and are nearly always a slip for bytes.
BITS: dict[str, tuple[str, str]] = {
    "Kb": ("a thousand bits", "KiB"),
    "Mb": ("a million bits", "MiB"),
    "Gb": ("a billion bits", "GiB"),
    "Tb": ("a trillion bits", "TiB"),
    "Kib": ("1024 bits", "KiB"),
    "Mib": ("1 048 576 bits", "MiB"),
    "Gib": ("1 073 741 824 bits", "GiB"),
    "bits": ("bits", "bytes"),
    "bit": ("a bit", "bytes"),
}


def whose(name: str, ours: str) -> str:
    """`width` is what Hugging Face calls `hidden_size`."""
    said_by = next((who for who, names in SPOKEN_BY.items() if name in names.split()), None)
    verb = "call" if said_by == "papers" else "calls"
    return f"`{ours}` is what {said_by} {verb} `{name}`" if said_by else f"`{name}` is called `{ours}` here"
