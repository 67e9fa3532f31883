"""When a run ends before its last step."""

from __future__ import annotations

from tfc.fields import COUNT, Variant, choice, setting


class Stop(Variant, family="stop"):
    """When a run ends before its last step."""


class NoStop(Stop, name="none"):
    """Not before its last step."""


class Patience(Stop, name="patience"):
    """When the loss on `data.dev` has not fallen for some validations."""

    checks: int = setting(COUNT, "validations without a better loss", default=5, also=("patience",))
    on: str = setting(choice("mean", "worst"), "of the languages", default="mean")
