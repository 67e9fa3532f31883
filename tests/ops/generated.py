"""Generated models, made and run without files."""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import torch

from tfc.backends.torch.model import text
from tfc.backends.traits import Traits, constant
from tfc.spec.model import Model

LANGUAGES = ("de", "fr", "sw")
IGNORE = -100


def run(smoothing: float = 0.0, recompute: str = "none", compile: str = "none") -> Any:
    """What `model.py` asks of a `train` block."""
    loss, again = SimpleNamespace(smoothing=smoothing), SimpleNamespace(name=recompute)
    return SimpleNamespace(loss=loss, recompute=again, compile=compile)


def module(*models: Model, trains: tuple[Any, ...] = ()) -> ModuleType:
    """The generated `model.py` for these models, imported."""
    return _imported(text(Traits(models, trains, (LANGUAGES,) * len(models))))


@cache
def _imported(code: str) -> ModuleType:
    made = ModuleType(f"generated_{abs(hash(code))}")
    sys.modules[made.__name__] = made  # where dataclasses look up the types of fields
    exec(compile(code, made.__name__, "exec"), made.__dict__)
    return made


def transformer(
    model: Model, trains: tuple[Any, ...] = (), double: bool = False, **how: Any
) -> torch.nn.Module:
    """The generated model with its first values, in training mode, that of a CPU."""
    made = module(model, trains=trains)
    compute = {"compute": torch.float64} if double else {}
    net = made.Transformer(getattr(made, constant(model.label)), **compute, **how)
    net.initialise(0)
    return net.double() if double else net


def batch(
    model: Model, size: int = 3, source: int = 7, target: int = 5, padded: bool = True
) -> tuple[Any, ...]:
    """The arguments of `forward`: sequences of different lengths, padded, the first one whole."""
    draw = torch.Generator().manual_seed(1)

    def tokens(length: int) -> torch.Tensor:
        return torch.randint(5, model.vocab, (size, length), generator=draw)

    target = source if model.family == "encoder" else target
    given = [tokens(source), tokens(target)] if model.family == "encoder_decoder" else [tokens(target)]
    labels = tokens(target)
    if padded:
        for row in range(1, size):
            for part in given:
                part[row, part.shape[1] - row :] = 0
            labels[row, target - row :] = IGNORE
    speaks = any(getattr(side.adapters, "per", "") == "language" for side in model.sides)
    language = [torch.arange(size) % len(LANGUAGES)] if speaks else []
    return (*given, labels, *language)


def shaken(net: torch.nn.Module) -> torch.nn.Module:
    """The model with all parameters moved a little, so that none is a 0 or a 1 that hides a mistake."""
    draw = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=draw, dtype=parameter.dtype)
    return net
