"""How a name of the language is declared: a class a block or variant, an attribute a setting.

The declaration is the one place that knows a setting's type, unit, default, doc and foreign names; the
resolver, the reference, completion, the JSON Schema and the tests all read it from here.

    class Sliding(Attention, name="sliding"):
        '''Each token reads the `window` tokens before it.'''

        window: int = setting(TOKENS, "how far back a token reads")

A resolved value is plain: an `int` or `float` in the base unit (bytes, seconds, tokens, 0..1 for a share), a
`str`, a `bool`, a tuple, a `Variant`, a `Quantity` where the setting may be given in several dimensions, or
`AUTO`.
"""

from __future__ import annotations

import dataclasses
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Literal, dataclass_transform

from tfc.diagnostics.core import Span
from tfc.units import Dimension


class Auto(Enum):
    AUTO = "auto"

    def __repr__(self) -> str:
        return "auto"

    __str__ = __repr__


AUTO: Literal[Auto.AUTO] = Auto.AUTO


class How(Enum):
    """How a value came to be what it is."""

    WRITTEN = "written"  # in the block that has it
    INHERITED = "inherited"  # from the block, the file or the preset that this one extends
    DEFAULT = "default"
    OVERRIDE = "override"  # by --set, a scenario, or the Python API
    AUTO = "auto"  # chosen by the compiler


@dataclass(frozen=True)
class Origin:
    """Where a value came from; `span` is its line, or for a default the line of the block that lacks it."""

    how: How = How.DEFAULT
    span: Span | None = None


UNKNOWN = Origin()

# -------------------------------------------------------------------------------- what a value may be


@dataclass(frozen=True)
class Kind:
    """What a value may be."""


@dataclass(frozen=True)
class Number(Kind):
    """A number in one of `dimensions`; a value with a single dimension is stored bare, in its base unit."""

    dimensions: tuple[Dimension, ...]
    whole: bool = False
    least: float | None = None
    most: float | None = None
    above: float | None = None  # an exclusive lower bound
    bare: Dimension | None = None  # of several dimensions, the one of a number without a unit


@dataclass(frozen=True)
class Word(Kind):
    """A bare word: any name if `words` is empty, else one of them."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text(Kind):
    """A quoted text."""


@dataclass(frozen=True)
class Truth(Kind):
    """`true` or `false`."""


@dataclass(frozen=True)
class Reference(Kind):
    """The name of something of the spec: a model, a deploy block, or a source such as `data.dev`."""

    to: str  # "model", "data", "deploy" or "source"


@dataclass(frozen=True)
class Family(Kind):
    """A variant of a family, as `name` or `name(setting = value)`."""

    name: str


@dataclass(frozen=True)
class Pattern(Kind):
    """A variant, or a list of variants that is repeated to the top of the layers."""

    item: Family


@dataclass(frozen=True)
class Routed(Kind):
    """What `item` takes, or `match length { ... }` with that in its branches."""

    item: Kind


@dataclass(frozen=True)
class ListOf(Kind):
    """`[a, b]`, stored as a tuple; where `single` says so, an item by itself is a list of one."""

    item: Kind
    least: int = 0
    most: int | None = None
    single: bool = False


@dataclass(frozen=True)
class Rest(Kind):
    """All arguments of a variant that have no name: `ladder(greedy, small)`; stored as a tuple."""

    item: Kind


@dataclass(frozen=True)
class Named(Kind):
    """Arguments under names of the user's own: `shares(en = 50%)`; stored as a tuple of (name, value)."""

    item: Kind


@dataclass(frozen=True)
class RangeOf(Kind):
    """`a..b`, stored as a pair; a single number is allowed where `single` says so, and stored as (n, n)."""

    item: Number
    single: bool = True


@dataclass(frozen=True)
class Either(Kind):
    """One of several kinds; the first that fits the value's form."""

    kinds: tuple[Kind, ...]


@dataclass(frozen=True)
class Devices(Kind):
    """`count x count x device`: nodes and GPUs, or GPUs, or a device."""


COUNT = Number((Dimension.COUNT,), whole=True, least=1)
INDEX = Number((Dimension.COUNT,), whole=True, least=0)
FACTOR = Number((Dimension.COUNT,))
POSITIVE = Number((Dimension.COUNT,), above=0)
SHARE = Number((Dimension.SHARE,), least=0, most=1)
TOKENS = Number((Dimension.TOKENS,), whole=True, least=1)
STEPS = Number((Dimension.STEPS,), whole=True, least=0)
TIME = Number((Dimension.TIME,), least=0)
BYTES = Number((Dimension.BYTES,), least=0)
TEXT = Text()
NAME = Word()
TRUTH = Truth()


def choice(*words: str) -> Word:
    return Word(words)


# -------------------------------------------------------------------------------- declarations


class _Missing:
    def __repr__(self) -> str:
        return "must be given"


MISSING = _Missing()


@dataclass(frozen=True)
class Computed:
    """A default that follows from the settings around it, `text` being how the reference writes it.

    `rule` is called with the resolved settings of the enclosing block: for a variant's setting those of the
    block that the variant stands in, so that `gelu(hidden = 4 * width)` sees the model's `width`.
    """

    text: str
    rule: Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Setting:
    """What one name of a block or variant means."""

    kind: Kind
    doc: str
    default: Any = MISSING
    also: tuple[str, ...] = ()  # what others call it: never accepted, offered as a fix
    auto: bool = False  # may be `auto`
    sides: bool = False  # may be given in `encoder { }` and `decoder { }` too
    built: Callable[[Any], bool] | None = None  # the values that are generated today; None: all of them
    name: str = ""  # what a spec writes
    attribute: str = ""  # where the value is kept: `name`, or `name_` where Python reserves the word (`as_`)

    @property
    def required(self) -> bool:
        return self.default is MISSING


def setting(
    kind: Kind,
    doc: str,
    *,
    default: Any = MISSING,
    also: tuple[str, ...] = (),
    auto: bool = False,
    sides: bool = False,
    built: Callable[[Any], bool] | None = None,
) -> Any:
    """Declare a setting; the arguments are the fields of `Setting`."""
    declared = Setting(kind, doc, default, also, auto, sides, built)
    plain = not isinstance(default, Computed | _Missing | list | dict)
    return field(metadata={"setting": declared}, **({"default": default} if plain else {}))


@cache
def _settings(declaring: type) -> dict[str, Setting]:
    return {
        (name := item.name.removesuffix("_")): dataclasses.replace(
            item.metadata["setting"], name=name, attribute=item.name
        )
        for item in dataclasses.fields(declaring)
        if "setting" in item.metadata
    }


def settings_of(declaring: type | object) -> dict[str, Setting]:
    """The settings that a block or variant has, by name, in the order of their declaration."""
    return _settings(declaring if isinstance(declaring, type) else type(declaring))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(setting, field))
@dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=True)
class Declared:
    """A frozen dataclass with settings, that remembers where each came from."""

    origin: Origin = field(default=UNKNOWN, compare=False, repr=False)
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False, repr=False, hash=False)

    def __init_subclass__(cls, **_: Any) -> None:
        # The methods are those below and not made for each class: compiling them for the hundred classes of
        # the language takes as long as all else that `tfc check` does.
        dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=True)(cls)

    def __init__(self, **values: Any) -> None:
        for item in dataclasses.fields(self):
            if item.name in values:
                value = values.pop(item.name)
            elif item.default is not dataclasses.MISSING:
                value = item.default
            elif item.default_factory is not dataclasses.MISSING:
                value = item.default_factory()
            else:
                raise TypeError(f"{type(self).__name__} must be given `{item.name}`")
            object.__setattr__(self, item.name, value)
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(map(repr, values))}")

    def __setattr__(self, name: str, value: Any) -> None:
        # A cached property writes to `__dict__` and so does not come here.
        raise dataclasses.FrozenInstanceError(f"cannot assign to `{name}`: use `replace`")

    def _compared(self) -> tuple[Any, ...]:
        return tuple(getattr(self, item.name) for item in dataclasses.fields(self) if item.compare)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._compared() == other._compared()  # type: ignore[union-attr]

    def __hash__(self) -> int:
        return hash((type(self), self._compared()))

    def __repr__(self) -> str:
        shown = (item.name for item in dataclasses.fields(self) if item.repr)
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def origin_of(self, name: str) -> Origin:
        """Where the setting `name` came from."""
        return self.origins.get(name, self.origin)

    def span_of(self, name: str) -> Span | None:
        """The line to point at for the setting `name`."""
        return self.origin_of(name).span

    def replace(self, **changes: Any) -> Any:
        return dataclasses.replace(self, **changes)


class Variant(Declared):
    """One kind of a thing that comes in several: `family` is the thing, `name` what a spec writes."""

    family: ClassVar[str] = ""
    name: ClassVar[str] = ""
    built: ClassVar[bool] = True  # whether code is generated for it today; else TFS605
    registry: ClassVar[dict[str, dict[str, type[Variant]]]] = {}

    def __init_subclass__(
        cls, family: str | None = None, name: str | None = None, built: bool | None = None, **_: Any
    ) -> None:
        super().__init_subclass__()
        if family is not None:
            cls.family = family
        if built is not None:
            cls.built = built
        if name is not None:
            cls.name = name
            Variant.registry.setdefault(cls.family, {})[name] = cls


def variants(family: str) -> dict[str, type[Variant]]:
    """The variants of a family by the name that a spec writes, in the order of their declaration."""
    return Variant.registry[family]


def filled(declaring: type[Declared], given: Mapping[str, Any], around: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of `declaring` with the settings `given`, and the defaults of the others.

    `around` are the settings of the enclosing block, for what is computed from them. What must be given and is
    not is left out.
    """
    found: dict[str, Any] = {}
    for name, declared in settings_of(declaring).items():
        if name in given:
            found[declared.attribute] = given[name]
        elif isinstance(declared.default, Computed):
            found[declared.attribute] = declared.default.rule(ChainMap(found, around))  # type: ignore[arg-type]
        elif not declared.required:
            found[declared.attribute] = declared.default
    return found


def default(family: str, name: str, *first: Any) -> Computed:
    """The variant `name` as a default, with `first` for its first settings: it may depend on its block."""

    def rule(around: Mapping[str, Any]) -> Variant:
        chosen = variants(family)[name]
        return chosen(**filled(chosen, dict(zip(settings_of(chosen), first, strict=False)), around))

    return Computed(f"{name}({', '.join(map(str, first))})" if first else name, rule)


class Block(Declared):
    """A block of a spec: `kind` is its word, `label` its name."""

    kind: ClassVar[str] = ""
    also: ClassVar[tuple[str, ...]] = ()  # what others call the block
    built: ClassVar[bool] = True  # whether code is generated for it today; else TFS605
    label: str = ""

    def __init_subclass__(
        cls, kind: str | None = None, also: tuple[str, ...] = (), built: bool | None = None, **_: Any
    ) -> None:
        super().__init_subclass__()
        if built is not None:
            cls.built = built
        if kind is not None:
            cls.kind = kind
            cls.also = also
