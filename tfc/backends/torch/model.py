"""The generated `model.py`: the classes that the models of a spec need, each once, and a Config for each model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.render import render
from tfc.backends.torch.configs import groups, instances
from tfc.backends.torch.notes import legend, notes, title
from tfc.backends.torch.parts import parts
from tfc.backends.traits import Run, Traits, constant, recomputed, smoothing

if TYPE_CHECKING:
    from tfc.plan import Plan
    from tfc.spec.spec import Spec


def file(plan: Plan) -> str | None:
    """The text of `model.py`."""
    return text(Traits.of(plan.spec))


def text(traits: Traits) -> str:
    """The text of a `model.py` for some models, not yet formatted."""
    return render(
        "torch/model.py.j2",
        title=title(traits),
        notes=list(notes(traits)),
        legend=legend(traits),
        configs=groups(traits),
        instances=instances(traits),
        **traits.shown(),
        **parts(traits),
    )


def construction(spec: Spec, train: Run, compute: str) -> str:
    """The call that makes the model of a run: `Transformer(BABEL, torch.bfloat16, smoothing=0.1)`."""
    traits, smooths = Traits.of(spec), smoothing(train)
    arguments = [constant(spec.model_of(train).label), compute]
    if smooths:
        arguments.append(f"smoothing={smooths:g}")
    if traits.recomputes == "some" and recomputed(train):
        arguments.append("recompute=True")
    return f"Transformer({', '.join(arguments)})"
