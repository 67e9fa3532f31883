"""What the compiler chose for `auto` where nothing that is generated fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.check.targets import later
from tfc.diagnostics.core import Diagnostic
from tfc.fields import AUTO, Setting, Variant, settings_of
from tfc.spec.written import written

if TYPE_CHECKING:
    from tfc.plan import Plan

HELP = "nothing that is generated for this block fits its memory: larger or more devices, or a smaller model, would"


def chosen_is_generated(plan: Plan) -> Iterator[Diagnostic]:
    """TFS605: no code is generated yet for what an `auto` became."""
    for name, decision in plan.decisions.items():
        block: Any = plan.spec.block(name)
        chosen = decision.chosen.block
        for was, became in ((block, chosen), (block.parallel, chosen.parallel)):
            for setting in settings_of(was).values():
                value = getattr(became, setting.attribute)
                if getattr(was, setting.attribute) is AUTO and not _built(setting, value):
                    said = f"`{setting.name} = {written(value)}`"
                    message = f"{said}, which `auto` became, is not generated yet"
                    yield later(message, was.span_of(setting.name), HELP)


def _built(setting: Setting, value: Any) -> bool:
    if setting.built is not None and not setting.built(value):
        return False
    return value.built if isinstance(value, Variant) else True
