"""`tokenizer.py`: text to tokens and back, for what trains a model and for what serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.backends.constants import Constant, said, with_origin
from tfc.backends.deployments import deployments
from tfc.backends.render import render
from tfc.backends.translation import Languages, languages

if TYPE_CHECKING:
    from tfc.plan import Plan
    from tfc.spec.data import Data
    from tfc.spec.model import Model

ENOUGH_FOR_BYTES = (
    4096  # ids: from here on a trained SentencePiece model has 256 for the bytes of rare characters
)


def file(plan: Plan) -> str | None:
    """The text of `tokenizer.py`, or None where nothing is trained and nothing deployed from what was."""
    found = _read_by(plan)
    return None if found is None else render("torch/tokenizer.py.j2", **context(*found))


def context(model: Model, data: Data) -> dict[str, Any]:
    """What the template of `tokenizer.py` sees."""
    spoken = languages(data)
    return {
        "constants": _constants(model, data, spoken),
        "pairs": data.parallel_text,
        "masked": model.family == "encoder",
        "tokenizer": data.tokenizer,
        "trained": data.tokenizer.name != "bytes" and not loaded(data),
        "byte_fallback": model.vocab >= ENOUGH_FOR_BYTES,
        **tokens(data, spoken),
    }


def loaded(data: Data) -> bool:
    """Whether the pieces come from a file, and are not found in the training text."""
    return getattr(data.tokenizer, "path", None) is not None


def tokens(data: Data, spoken: Languages) -> dict[str, Any]:
    """Which languages have a token, what they are called in the code, and where the target's is said."""
    told = data.language_token if data.parallel_text else "none"
    found = spoken.targets if told != "none" else ()
    return {
        "language_token": told,
        "tokens": found,
        "tokens_name": "LANGUAGES" if found == spoken.named else "TARGETS",
    }


def _read_by(plan: Plan) -> tuple[Model, Data] | None:
    """A model and the data that its tokenizer is of; all models of a spec share it."""
    for layout in plan.layouts.values():
        return layout.model, plan.solved.data_of(layout.train)
    for deployment in deployments(plan):
        if deployment.data is not None:
            return deployment.model, deployment.data
    return None


def _constants(model: Model, data: Data, spoken: Languages) -> list[Constant]:
    """The settings at the head of the file."""
    found = [Constant("VOCAB", model.vocab, with_origin("ids", model, "vocab"))]
    if told := tokens(data, spoken)["tokens"]:
        name = tokens(data, spoken)["tokens_name"]
        found.append(Constant(name, told, "have a token that the model is told"))
    if loaded(data):
        found.append(Constant("TOKENIZER", data.tokenizer.path, said(data.tokenizer, "path")))  # type: ignore[attr-defined]
    return found
