"""What an expression looks like, in words: for messages that say what was found."""

from __future__ import annotations

from tfc.fields import (
    Devices,
    Either,
    Family,
    Kind,
    ListOf,
    Named,
    Number,
    Pattern,
    RangeOf,
    Reference,
    Rest,
    Routed,
    Text,
    Truth,
    Word,
)
from tfc.syntax import tree
from tfc.units import Dimension


def described(node: tree.Expression) -> str:
    """`the word `rms``, `a list`, `a text`: an expression as a message calls it."""
    match node:
        case tree.Number() | tree.Negate() | tree.Binary():
            return f"the number `{node.span.text}`" if len(node.span.text) <= 20 else "a number"
        case tree.Text():
            return "a text"
        case tree.Truth():
            return f"`{'true' if node.value else 'false'}`"
        case tree.Path():
            return f"the word `{node}`"
        case tree.Call():
            return f"`{node.path}(...)`"
        case tree.Items():
            return "a list"
        case tree.Match():
            return "a `match`"
        case tree.Range():
            return "a range"
        case tree.Repeat():
            return "`count x thing`"


def taken(kind: Kind) -> str:
    """What a kind takes, as a message says it: `a list of variants`, `a text`, `true or false`."""
    match kind:
        case Number(dimensions=(Dimension.COUNT,), whole=whole):
            return "a whole number" if whole else "a number"
        case Number(dimensions=(Dimension.SHARE,)):
            return "a share, such as `10%`"
        case Number(dimensions=(Dimension.TIME,)):
            return "a time, such as `10 min`"
        case Number(dimensions=dimensions):
            return f"a number of {' or '.join(dimension.value for dimension in dimensions)}"
        case Word(words=()):
            return "a name"
        case Word(words=words):
            return listed(words)
        case Text():
            return "a text in quotes"
        case Truth():
            return "`true` or `false`"
        case Reference(to="source"):
            return "a source such as `data.dev`"
        case Reference(to=to):
            return f"the name of a `{to}`"
        case Family(name=name):
            return f"a variant of {spoken(name)}"
        case Pattern(item=item):
            return f"{taken(item)}, or a list of them"
        case Routed(item=item):
            return f"{taken(item)}, or `match length {{ ... }}`"
        case ListOf(item=item, single=single):
            return f"{taken(item)}, or a list of them" if single else f"a list of {_several(item)}"
        case RangeOf(item=item, single=single):
            return f"a range such as `1..8`{', or one number' if single else ''}"
        case Either(kinds=kinds):
            return ", or ".join(taken(option) for option in kinds)
        case Devices():
            return "a device, or `count x device`, or `nodes x count x device`"
        case Rest(item=item) | Named(item=item):
            return taken(item)
    return "another value"


def _several(item: Kind) -> str:
    match item:
        case Word(words=()):
            return "names"
        case Word(words=words):
            return listed(words)
        case Number(dimensions=(Dimension.COUNT,)):
            return "numbers"
        case Number(dimensions=dimensions):
            return f"numbers of {dimensions[0].value}"
    return f"items, each {taken(item)}"


def listed(words: tuple[str, ...] | list[str]) -> str:
    """`a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def spoken(family: str) -> str:
    """A family as a message calls it: `deploy_precision` is a precision."""
    return {
        "deploy_precision": "precision",
        "distill_loss": "loss",
        "pipeline_schedule": "pipeline schedule",
        "adapter": "adapters",
    }.get(family, family)
