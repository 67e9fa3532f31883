"""The reference of the language, as Markdown, made from the declarations."""

from __future__ import annotations

import re
from typing import Any

from tfc.fields import (
    AUTO,
    Block,
    Computed,
    Family,
    Named,
    Number,
    Rest,
    Setting,
    Variant,
    settings_of,
    variants,
)
from tfc.spec import presets
from tfc.spec.blocks import BLOCKS, INNER, LABELLED
from tfc.spec.budget import CONDITIONS, METRICS, QUANTILES
from tfc.spec.forms import spoken, taken
from tfc.spec.written import written
from tfc.units import SCALES, UNITS, Dimension, say

INTRODUCTION = """\
# The language

Every name that a spec may use: blocks, settings, variants, devices, metrics and units. This page is made from the
declarations in `tfc/`, which the compiler itself reads. *Not yet* marks what is checked and priced, and for which
no code is generated yet ([TFS605](../tfc/diagnostics/pages/TFS605.md)).

A setting without a default must be given. *Also called* is what others call it: never accepted, but known, so that
`tfc fix` can write the right name. A side, `encoder { }` or `decoder { }`, may have those marked ▪ for itself.
"""


FIRST = {"model": ("family", "layers", "width"), "train": ("model", "data")}  # what a reader looks for first


def reference() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for kind, block in BLOCKS.items():
        parts.append(_block(kind, block))
        parts += [
            _inner(name, inner)
            for name, inner in INNER[kind].items()
            if kind != "model" and kind != "distill"
        ]
    parts += [_presets(), _variants(), _metrics(), _units()]
    return "\n".join(parts)


def _block(kind: str, block: type[Block]) -> str:
    head = (
        "distill STUDENT from TEACHER" if kind == "distill" else f"{kind} NAME" if kind in LABELLED else kind
    )
    doc = _doc(block)
    if kind == "distill":
        doc += " It takes all that `train` takes but `model` and `trainable`; these differ or are its own."
    return f"## `{head}`\n\n{doc}\n\n{_table(block)}"


def _inner(name: str, block: type[Block]) -> str:
    return f"### `{name} {{ }}`\n\n{_doc(block)}\n\n{_table(block)}"


def _table(block: type[Block]) -> str:
    rows = ["| setting | type | default | meaning | also called |", "|---|---|---|---|---|"]
    rows += [_row(setting) for setting in _ordered(block)]
    return "\n".join(rows) + "\n"


def _ordered(block: type[Block]) -> list[Setting]:
    settings = settings_of(block)
    if block.kind == "distill":
        shared = settings_of(BLOCKS["train"])
        return [one for name, one in settings.items() if shared.get(name) != one]
    first = FIRST.get(block.kind, ())
    return [settings[name] for name in first] + [one for name, one in settings.items() if name not in first]


def _row(setting: Setting) -> str:
    side = " ▪" if setting.sides else ""
    kind = _linked(taken(setting.kind)) + (", or `auto`" if setting.auto else "")
    also = ", ".join(f"`{name}`" for name in setting.also)
    cells = (f"`{setting.name}`{side}", kind, _default(setting), setting.doc, also)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _linked(text: str) -> str:
    """A family by a link to its variants."""
    return re.sub(
        r"a variant of (\w+(?: schedule)?)", lambda found: f"[{found[1]}](#{_anchor(found[1])})", text
    )


def _anchor(title: str) -> str:
    """The anchor that a heading has on a page."""
    return title.lower().replace(" ", "-")


def _default(setting: Setting) -> str:
    value = setting.default
    if setting.required:
        return "—"
    if isinstance(value, Computed):
        return value.text if "`" in value.text or " " in value.text.strip() else f"`{value.text}`"
    if value is None or value == ():
        return ""
    match setting.kind:
        case Number(dimensions=(Dimension.SHARE,)):
            return f"`{100 * value:g}%`"
        case Number(dimensions=(Dimension.BYTES,)):
            return f"`{say(value, Dimension.BYTES).replace('.0 ', ' ')}`"
    return f"`{value if value is AUTO else written(value, setting.kind)}`"


def _presets() -> str:
    rows = [f"- `{name}`: {presets.about(name)}" for name in presets.NAMES]
    return "## Presets\n\nModels that every spec may extend.\n\n" + "\n".join(rows) + "\n"


def _variants() -> str:
    parts = ["## Variants\n\nThe first setting of a variant may be given without its name.\n"]
    for family in sorted(name for name in Variant.registry if name):
        parts.append(f"### {spoken(family)}{_where(family)}\n")
        parts.append("| variant | meaning | settings |\n|---|---|---|")
        parts += [_variant(name, one) for name, one in variants(family).items()]
        parts.append("")
    return "\n".join(parts)


def _where(family: str) -> str:
    """Which block a family is of, where two families are spoken of alike."""
    return {"deploy_precision": ", of `deploy`", "distill_loss": ", of `distill`"}.get(family, "")


def _variant(name: str, declaring: type[Variant]) -> str:
    settings = "; ".join(_argument(setting) for setting in settings_of(declaring).values())
    doc = _doc(declaring) + ("" if declaring.built else " *Not yet.*")
    return f"| `{name}` | {doc} | {settings} |".replace("|  |", "| |")


def _argument(setting: Setting) -> str:
    default = _default(setting)
    shown = {"—": "—", "": ""}.get(default, f"= {default}" if default else "")
    name = f"`{setting.name}`"
    if isinstance(setting.kind, Rest | Named):
        name, shown = f"*{setting.name}*", ""
    kind = "" if isinstance(setting.kind, Family) else f" ({taken(setting.kind)})"
    return f"{name} {shown}{kind}: {setting.doc}".replace("  ", " ").replace("|", "\\|")


def _metrics() -> str:
    rows = ["| metric | in | unit | meaning | conditions |", "|---|---|---|---|---|"]
    for metric in METRICS.values():
        if metric.name.rpartition(".")[2] in QUANTILES:
            continue
        unit = " or ".join("%" if one is Dimension.SHARE else one.value for one in metric.dimensions)
        conditions = ", ".join(f"`{name}`" for name in metric.conditions)
        blocks = ", ".join(metric.blocks)
        rows.append(f"| `{metric.name}` | {blocks} | {unit} | {metric.doc} | {conditions} |")
    conditions = [f"- `{one.name}`: {one.doc}" for one in CONDITIONS.values()]
    quantiles = ", ".join(f"`.{quantile}`" for quantile in QUANTILES)
    return (
        "## What `require` and `prefer` may speak of\n\n"
        + "\n".join(rows)
        + f"\n\nA latency may end in {quantiles}; alone it means `.p99`.\n\nConditions, after `at`:\n\n"
        + "\n".join(conditions)
        + "\n"
    )


def _units() -> str:
    scales = ", ".join(f"`{name}`" for name in SCALES)
    by_dimension: dict[Dimension, list[str]] = {}
    for unit in UNITS.values():
        by_dimension.setdefault(unit.dimension, []).append(f"`{unit.name}`")
    rows = [f"| {dimension.value} | {', '.join(names)} |" for dimension, names in by_dimension.items()]
    return f"## Units\n\nScales: {scales}.\n\n| of | units |\n|---|---|\n" + "\n".join(rows) + "\n"


def _doc(declaring: type[Any]) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((declaring.__doc__ or "").strip().split("\n\n")[0].split())
