"""What a README says of each file: in a few words, or as the file says of itself."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tfc.files import File

if TYPE_CHECKING:
    from tfc.plan import Plan

# In the order in which they are read best.
MEANINGS = {
    "model.py": "the layers, each once, and the `Config` of each model",
    "tokenizer.py": "text to tokens and back",
    "data.py": "reads, tokenises and deals out batches",
    "train.py": "the loop, from the first step to the weights",
    "distill.py": "the loop of a student, from its teacher's outputs to its weights",
    "teacher.py": "what the teacher says to a batch",
    "parallel.py": "what each process holds",
    "launch.sh": "starts a process for each device",
    "checkpoint.py": "saves, goes on, averages",
    "evaluate.py": "",  # by family
    "graphs.py": "the model as ONNX graphs, node by node",
    "lowering.py": "how a projection becomes nodes: in floats, or rounded",
    "export.py": "from weights to a folder that answers, held against torch on the way",
    "build_engine.py": "from graphs to engines of TensorRT",
    "program.py": "one graph under onnxruntime, and the memory that it reads and writes",
    "tensorrt_program.py": "the same for an engine of TensorRT",
    "engine.py": "texts in, texts out",
    "measure.py": "times what was exported, batch by batch",
    "serve.py": "the server: its settings, its life, what is done with a request",
    "routes.py": "its paths, and the shape of what is sent to them",
    "batching.py": "its queue, its batches, and what is measured of them",
    "refusals.py": "what it does not answer, and how that is said",
    "open_inference.py": "the shapes of the Open Inference protocol",
    "requirements.txt": "what to install",
    "requirements-serve.txt": "what a machine needs that only serves",
}
EVALUATES = {
    "encoder_decoder": "decoding, BLEU and chrF",
    "decoder": "perplexity, and writing on from a prompt",
    "encoder": "how many hidden tokens are found",
}
ALWAYS = {
    "plan.json": "what the compiler believed: every setting and estimate, each with its line",
    "manifest.json": "what was written, so that the next compile knows your edits from its own work",
}


def contents(plan: Plan, files: Mapping[str, File]) -> list[tuple[str, str]]:
    """Every file of a folder, and what is made beside them by running."""
    serves = "serve.py" in files
    named = {**files, "requirements.txt": None}
    if serves:
        named["requirements-serve.txt"] = None
    order = [*(path for path in MEANINGS if path in named), *(path for path in files if path not in MEANINGS)]
    found = [(path, _meaning(plan, path, files)) for path in order]
    found += ALWAYS.items()
    if "evaluate.py" in files or serves:
        learns = "tokenizer and shards, checkpoints, logs, weights, scores" if "evaluate.py" in files else ""
        made = ", ".join(filter(None, (learns, "exports" if serves else "")))
        found.append(("runs/", f"made by running: {made}"))
    return found


def _meaning(plan: Plan, path: str, files: Mapping[str, File]) -> str:
    if path == "evaluate.py":
        return EVALUATES[next(iter(plan.solved.models.values())).family]
    return MEANINGS.get(path) or _summary(files[path].text)


def _summary(text: str) -> str:
    """The first sentence of what a script says of itself."""
    first = (ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0].replace("\n", " ").rstrip(".")
    return first[:1].lower() + first[1:]
