"""The docstring of a generated model: its title, what is notable, and the letters of its shapes."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill

from tfc.backends.render import LINE_LENGTH
from tfc.backends.traits import Traits, constant

LETTERS = {
    "B": "B sequences",
    "L": "L tokens",
    "S": "S source tokens",
    "T": "T target tokens",
    "D": "D width",
    "H": "H heads",
    "G": "G key-value heads",
    "E": "E width of a head",
    "R": "R rank of an adapter",
    "V": "V rows of a table",
    "N": "N tokens of all sequences",
}
KINDS = {
    "encoder_decoder": "an encoder-decoder transformer",
    "decoder": "a decoder-only transformer",
    "encoder": "an encoder-only transformer",
}


def title(traits: Traits) -> str:
    """Which models these are."""
    names = [constant(model.label) for model in traits.models]
    if len(names) == 1:
        return f"{names[0]}, {KINDS[traits.families[0]]}."
    kinds = (KINDS[family].split(" ", 1)[1] + "s" for family in traits.families)
    return f"{', '.join(names[:-1])} and {names[-1]}: {' and '.join(kinds)}."


def notes(traits: Traits) -> Iterable[str]:
    """What is notable, the parts of a layer first."""
    norms = " or ".join(op.note for op in traits.norms)
    places = {
        "before": f"{norms} before each half of a layer, and once more at the end",
        "after": f"{norms} after the sum of each half of a layer",
        None: f"{norms} before or after each half of a layer",
    }
    yield places[traits.place]
    yield " or ".join(op.note for op in traits.positions)
    if traits.grouped:
        yield "query heads share key-value heads"
    if traits.windowed:
        layered = ", as wide as `windows` says layer by layer" if traits.layered_windows else ""
        yield f"attention within a window{layered}"
    yield " or ".join(op.note for op in traits.ffns)
    if traits.adapts:
        yield "a bottleneck adapter after each layer" + (", one a language" if traits.by_language else "")
    if traits.tied:
        yield f"one table for {'source, target' if traits.crosses else 'input'} and output"
    yield "cross-entropy in chunks: the logits of all tokens never exist at once"
    yield "fp32 weights, cast where they are used to the type that is computed in"
    if traits.recomputes:
        yield "layers are computed again in the backward pass, and only their inputs kept"
    if traits.decodes:
        source = ", and those of the source made once" if traits.crosses else ""
        yield f"keys and values are kept while decoding{source}"


def legend(traits: Traits) -> str:
    """What the letters of the shapes mean."""
    tokens = {"encoder_decoder": "LST", "decoder": "LT", "encoder": "L"}
    first, *others = traits.families
    used = "LST" if others else tokens[first]
    letters = f"B{used}DHGE{'R' if traits.adapted else ''}VN"
    return fill(f"Shapes: {', '.join(LETTERS[letter] for letter in letters)}.", LINE_LENGTH)
