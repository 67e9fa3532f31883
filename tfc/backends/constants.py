"""Settings at the head of a generated file: a name, a value, and a comment that says where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tfc.fields import Declared, How

WIDTH = 100  # of a line of generated code


@dataclass(frozen=True)
class Constant:
    """`STEPS = 1_000  # optimizer steps (small.tfs:26)`, with the comment above where the line would be too long."""

    name: str
    value: Any
    comment: str = ""

    def __str__(self) -> str:
        code = f"{self.name} = {literal(self.value)}"
        if not self.comment:
            return code
        line = f"{code}  # {self.comment}"
        return line if len(line) <= WIDTH else f"# {self.comment[0].upper()}{self.comment[1:]}\n{code}"


def literal(value: Any) -> str:
    """A value as Python is written by hand: `100_000`, `1e-3`, `("de", "fr")`."""
    match value:
        case bool() | None:
            return repr(value)
        case int():
            return f"{value:_}" if abs(value) >= 10_000 else str(value)
        case float():
            return _float(value)
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case tuple() | list():
            inside = ", ".join(map(literal, value))
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        case dict():
            return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    raise TypeError(f"no literal for {value!r}")


def said(block: Declared, name: str) -> str:
    """Where the value of a setting comes from: `small.tfs:26`, `auto, small.tfs:27`, `by default`."""
    origin = block.origin_of(name)
    place = origin.span.place if origin.span else ""
    match origin.how:
        case How.DEFAULT:
            return "by default"
        case How.AUTO:
            written = "auto" in (origin.span.text if origin.span else "")
            return f"auto, {place}" if written else "auto"
    return place


def with_origin(meaning: str, block: Declared, *names: str) -> str:
    """A comment: what a constant means, and the lines that decided it."""
    places = dict.fromkeys(said(block, name) for name in names)
    return f"{meaning} ({', '.join(places)})" if meaning else ", ".join(places)


def _float(value: float) -> str:
    """The shorter of `0.001` and `1e-3`; a whole number keeps its point."""
    if value == int(value) and abs(value) < 1000:
        return f"{value:.1f}"
    plain = repr(value)
    mantissa, _, exponent = f"{value:.12e}".partition("e")
    short = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return min((plain, short), key=len)
