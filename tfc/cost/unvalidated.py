"""What is priced though the code for it does not exist yet, or was never measured: said beside every figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.fields import Setting, Variant, settings_of
from tfc.spec.match import Match
from tfc.spec.written import written

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout


def unvalidated(layout: Layout) -> tuple[str, ...]:
    """The settings of a block whose values no code is generated for, as a person writes them."""
    train = layout.train
    found = [f"{name} {written(value)}" for name, value in _unbuilt(train.parallel)]
    found += [_said(name, value) for name, value in _unbuilt(train)]
    # What a layer that is compiled whole keeps is the compiler's choice.
    found += ["compile blocks"] if layout.spec.compiled == "blocks" else []
    found += ["distillation on several devices"] if train.kind == "distill" and layout.count > 1 else []
    for side in layout.model.sides:
        found += [_said(name, value) for name, value in _unbuilt(side)]
    return tuple(dict.fromkeys(found))


def _unbuilt(block: Any) -> list[tuple[str, Any]]:
    """Names and values of the settings of a block that are not generated today."""
    found = []
    for name, declared in settings_of(block).items():
        value = getattr(block, declared.attribute)
        if not _built(declared, value):
            found.append((name, value))
    return found


def _built(declared: Setting, value: Any) -> bool:
    if declared.built is not None and not declared.built(value):
        return False
    values = value if isinstance(value, tuple) else (value,)
    return all(one.built for one in values if isinstance(one, Variant))


def _said(name: str, value: Any) -> str:
    """A setting and its value, as far as it is short."""
    if isinstance(value, Match):
        return f"{name} by length"
    if isinstance(value, Variant):
        return f"{name} {value.name}"
    if isinstance(value, tuple) and all(isinstance(one, Variant) for one in value):
        return f"{name} {', '.join(dict.fromkeys(one.name for one in value if not one.built))}"
    return name if isinstance(value, bool) or not isinstance(value, int | float | str) else f"{name} {value}"
