"""Where the teacher is while its student learns."""

from __future__ import annotations

from tfc.fields import COUNT, TEXT, Variant, choice, setting


class Teacher(Variant, family="teacher"):
    """Where the teacher is while its student learns."""


class Resident(Teacher, name="resident"):
    """On the same GPUs."""

    precision: str = setting(choice("bf16", "fp16", "fp32"), "that it computes in", default="bf16")


class Cached(Teacher, name="cached"):
    """Asked once, its likeliest tokens kept on the disk."""

    top: int = setting(COUNT, "how many tokens of each position", default=16)
    to: str | None = setting(TEXT, "the folder; in `runs/` if none is given", default=None)
