"""Blocks that are the same in many plans of one text are one object, so that what follows from them is worked out once.

The same are blocks with equal settings that came from the same places: what is wrong with them has the same lines.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from tfc.diagnostics.core import Source
from tfc.fields import Origin
from tfc.hardware.prices import given_prices

if TYPE_CHECKING:
    from tfc.fields import Block
    from tfc.spec.spec import Spec

T = TypeVar("T")

MOST = 96  # blocks that are remembered
SHORT = 200  # characters of a source that is one setting
PLAIN = frozenset((str, type(None)))
NUMBERS = frozenset((bool, int, float))
GROUPS = ("models", "datas", "trains", "distills", "deploys")

_known: OrderedDict[Any, Block] = OrderedDict()


def shared(spec: Spec) -> Spec:
    """The spec with those blocks that an earlier one had too."""
    return spec.replace(
        **{group: {label: _one(block) for label, block in getattr(spec, group).items()} for group in GROUPS}
    )


def _one(block: Any) -> Any:
    key = _said(block)
    found = _known.get(key)
    if found is None:
        found = _known[key] = block
        if len(_known) > MOST:
            _known.popitem(last=False)
    else:
        _known.move_to_end(key)
    return found


def _said(value: Any) -> Any:
    """All that a value says, with where it says it, as something that can be looked up."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind in NUMBERS:
        return kind, value  # 1, 1.0 and true are equal to Python, and not to a spec
    if kind is Origin:
        span = value.span
        return (value.how, *(_place(span.source), span.start, span.end)) if span else value.how
    if kind is tuple or kind is list:
        return tuple([_said(one) for one in value])
    if kind is dict:
        return tuple([(key, _said(one)) for key, one in value.items()])
    parts = _parts(kind)
    if parts:
        return kind, *[_said(one) for one in parts(value)]
    return _said(dict(value)) if isinstance(value, Mapping) else value


def _place(source: Source) -> Any:
    """A source: a text that was parsed once by its identity, for a block keeps it alive; a short one as it is."""
    return id(source) if len(source.text) > SHORT else (source.name, source.text)


@cache
def _parts(kind: type) -> Callable[[Any], tuple[Any, ...]] | None:
    """What gives the fields of a dataclass, as a tuple."""
    names = [item.name for item in fields(kind)] if is_dataclass(kind) else []
    if not names:
        return None
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda value: (get(value),)


def _taught(block: Any, spec: Spec) -> tuple[Any, ...]:
    """Which data teaches the models that a block is about, or for a deployment any: whose languages and tokenizer."""
    about = {block.model, getattr(block, "teacher_name", block.model)}
    learning = (*spec.trains.values(), *spec.distills.values())
    return tuple((one.model, one.data) for one in learning if block.kind == "deploy" or one.model in about)


def followed(block: Block, what: str, spec: Spec, make: Callable[[], T], *more: Any) -> T:
    """What follows from a block and the models and data beside it, made once; `more` is what else it depends on.

    It is kept with the block, and so forgotten with it.
    """
    beside = (*spec.models.values(), *spec.datas.values(), *spec.profiles.values(), given_prices())
    key = (what, spec.full_name(block), _taught(block, spec), spec.compiled, more, *map(id, beside))
    known = vars(block).setdefault("_followed", {})
    if key not in known:
        known[key] = (beside, make())  # an identity holds while the object lives
    return known[key][1]
