"""The advice as text, in a line an option, as annotations, and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tfc.advise.advise import Advice, Ranked
from tfc.advise.option import DEPARTURE, Lever
from tfc.advise.priced import Priced
from tfc.cost.items import Figure
from tfc.diagnostics.github import annotation
from tfc.diagnostics.layout import wrap
from tfc.diagnostics.patch import changes
from tfc.repair.core import core
from tfc.units import Dimension, say, say_count

HEADS = {"memory": "memory", "step_time": "step", "time": "time", "cost": "cost"}
UNITS = {"memory": "bytes", "step_time": "s", "time": "s", "cost": "USD"}
WIDE = 104


def text(advice: Advice) -> list[str]:
    """The question, a table of the options, then each with its edits and its reasons."""
    written = advice.written
    details = [
        line for number, one in enumerate(advice.ranked, 1) for line in ["", *detail(number, one, written)]
    ]
    return [*question(advice), "", *table(advice.ranked), *details, "", *closing(advice)]


def question(advice: Advice) -> Iterator[str]:
    """The block, its devices and its budgets."""
    estimate = advice.written.subject
    layout = estimate.layout
    devices = f"{layout.count} x {layout.device.name}" if layout.count > 1 else layout.device.name
    yield f"{advice.block}: {layout.model.label}, {estimate.doing} on {devices}"
    asked = [f"{one.strength} {one.metric} {one.comparison} {one.limit}" for one in estimate.budgets]
    last = "cost" if advice.written.figures["cost"] is not None else "time of a step"
    budgets = "; ".join(asked) or f"no budget but the device's memory, {_capacity(estimate)}"
    if advice.best.broken:
        yield from indented(
            f"{budgets}; nothing that tfc knows of keeps them, and the nearest comes first", "  "
        )
        yield from (f"  {line}" for line in cores(advice.best))
        return
    yield from indented(f"{budgets}; of what keeps them, the least {last}", "  ")


def cores(one: Priced) -> Iterator[str]:
    """The lines that are too much even then, of each budget that surely breaks."""
    for verdict in one.broken:
        found = core(verdict)
        if found is not None and not verdict.implicit:
            these = "these lines alone are" if len(found.lines) > 1 else "this alone is"
            yield f"with 1, {these} too much: {found}"


def _capacity(estimate: Any) -> str:
    return say(estimate.capacity, Dimension.BYTES)


# ------------------------------------------------------------------------------------------------ the table


def table(ranked: Sequence[Ranked]) -> list[str]:
    """One line an option: its number, what to do, the figures, and whether the budgets are kept."""
    shown = [name for name in HEADS if any(one.priced.figures[name] is not None for one in ranked)]
    rows = [["", "", *(HEADS[name] for name in shown), ""]]
    for number, one in enumerate(ranked, 1):
        cells = [_cell(one.priced.figures[name]) for name in shown]
        rows.append([str(number), short(one.priced.title), *cells, verdict(one.priced)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    signs = [" ", *("▸" if one.priced.option is None else " " for one in ranked)]
    return [
        f"{sign} {row[0]:>{widths[0]}}  {row[1]:<{widths[1]}}  "
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[2:-1], widths[2:-1], strict=True))
        + f"   {row[-1]}".rstrip()
        for sign, row in zip(signs, rows, strict=True)
    ]


def short(title: str) -> str:
    return title if len(title) <= 56 else f"{title[:55].rstrip()}…"


def _cell(figure: Figure | None) -> str:
    return "?" if figure is None else str(figure)


def verdict(one: Priced) -> str:
    """`keeps every budget`, or which it breaks, misses, or cannot be compiled yet."""
    if one.broken:
        named = dict.fromkeys(
            "the device" if verdict.implicit else verdict.budget.metric for verdict in one.broken
        )
        sure = "breaks" if any(not verdict.ok for verdict in one.broken) else "may break"
        return f"! {sure} {', '.join(named)}"
    if one.missed:
        return f"! misses {', '.join(dict.fromkeys(verdict.budget.metric for verdict in one.missed))}"
    return "✓ fits, not generated yet" if one.later else "✓ fits"


# ------------------------------------------------------------------------------------------- one option


def detail(number: int, ranked: Ranked, written: Priced) -> Iterator[str]:
    """The title, why it comes after the one above, what it does to the model, and its edits."""
    one = ranked.priced
    lead = " " * (len(str(number)) + 2)
    yield f"{number}. {one.title}" + (": nothing to change" if one.option is None and number == 1 else "")
    if ranked.lost:
        yield from indented(f"after 1: {ranked.lost}", lead)
    if one.option is None:
        return
    quality = one.option.quality
    yield from indented(f"quality: {quality.text}{f' ({quality.source})' if quality.source else ''}", lead)
    if one.later:
        yield from indented(f"`compile` refuses it today (TFS605), for it needs {', '.join(one.later)}", lead)
    if one.departure > DEPARTURE[Lever.DEVICES]:
        yield from indented(f"model: {changed(one, written)}", lead)
        yield from (f"{lead}{line}" for line in served(one, written))
    if one.option.lever is Lever.CHOOSE:
        yield f"{lead}chosen: {chosen(one.subject.layout)}"
    yield from edits(one, lead)


def changed(one: Priced, written: Priced) -> str:
    """What an option does to the model: its parameters, and those of a second one."""
    before, after = written.subject.parameters, one.subjects[-1].parameters
    if one.option is not None and one.option.lever is Lever.DISTIL:
        return f"a second one of {say_count(after)} parameters, which learns from that of {say_count(before)}"
    if before == after:
        return f"the same {say_count(after)} parameters, trained to read less"
    return f"{say_count(after)} parameters, where the spec has {say_count(before)}"


def served(one: Priced, written: Priced) -> Iterator[str]:
    """How each deployment would answer, beside how it answers as written."""
    before = {name: latency for name, latency, _ in written.served()}
    for name, latency, size in one.served():
        if name in before and str(before[name]) != str(latency):
            weight = f", from {size}" if size is not None else ""
            yield f"{name}: answers in {latency} instead of {before[name]}{weight}"


def chosen(layout: Any) -> str:
    """`micro-batch 64 Ki tokens, recompute full, data 8, zero 3`."""
    degrees = [
        name for name in ("data", "tensor", "pipeline", "context", "zero") if getattr(layout, name) > 1
    ]
    said = [f"micro-batch {layout.train.microbatch}", f"recompute {layout.train.recompute.name}"]
    return ", ".join([*said, *(f"{name} {getattr(layout, name)}" for name in degrees)])


def edits(one: Priced, lead: str) -> Iterator[str]:
    """The lines before and after; as `--set` where a line of the file does not decide."""
    assert one.option is not None
    if one.fix is None:
        spec = one.plan.spec
        for move in one.option.notch.moves:
            yield f"{lead}--set '{move.setting(spec.full_name(move.chain[0]))}'"
        return
    patch = changes(one.fix)
    width = max((len(str(change.last)) for change in patch), default=1)
    told = 0
    for change in patch:
        if not change.before and change.first - 1 > told and change.context.strip():
            yield f"{lead}{change.first - 1:>{width}}   {change.context}"
        for sign, lines in (("-", change.before), ("+", change.after)):
            for line, written in enumerate(lines, change.first):
                yield f"{lead}{line:>{width}} {sign} {written}".rstrip()
        told = change.last


def closing(advice: Advice) -> Iterator[str]:
    """What is not offered, and how sure the figures are."""
    for lever, why in advice.absent:
        yield f"  no option to {_called(lever)}: {why}"
    yield from indented(f"= all figures are predictions; times {advice.written.subject.how}", "  ")


def _called(lever: str) -> str:
    return {"local attention": "read within a window"}.get(lever, lever)


def indented(said: str, lead: str) -> Iterator[str]:
    return (f"{lead}{line}" for line in wrap(said, WIDE - len(lead)))


# ------------------------------------------------------------------------------------------ for programs


def concise(advice: Advice) -> Iterator[str]:
    """`train 1 recompute nothing: memory=47.0 GiB step=8.9 s ...: fits`."""
    for number, one in enumerate(advice.ranked, 1):
        figures = " ".join(
            f"{HEADS[name]}={figure}" for name, figure in one.priced.figures.items() if figure is not None
        )
        yield f"{advice.block} {number} {one.priced.title}: {figures}: {verdict(one.priced)[2:]}"


def github(advice: Advice) -> str:
    """A notice with the best option, and a warning where even that breaks a budget."""
    best = advice.best
    said = "\n".join(text(advice))
    return annotation("warning" if best.broken else "notice", f"{advice.block}: {best.title}", said)


def as_json(found: Sequence[Advice]) -> str:
    """Each block with its options, figures in base units with their bounds, edits as they can be applied."""
    return json.dumps({one.block: plain(one) for one in found}, indent=2, ensure_ascii=False)


def plain(advice: Advice) -> dict[str, Any]:
    return {
        "options": [_option(number, one) for number, one in enumerate(advice.ranked, 1)],
        "absent": [{"lever": str(lever), "why": why} for lever, why in advice.absent],
    }


def _option(number: int, ranked: Ranked) -> dict[str, Any]:
    one = ranked.priced
    option, spec = one.option, one.plan.spec
    return {
        "rank": number,
        "lever": str(option.lever) if option else None,
        "title": one.title,
        "as_written": option is None,
        "fits": not one.broken,
        "broken": [verdict.budget.metric for verdict in one.broken],
        "missed": [verdict.budget.metric for verdict in one.missed],
        "figures": {
            name: {"value": float(f.value), "low": float(f.low), "high": float(f.high), "unit": UNITS[name]}
            for name, f in one.figures.items()
            if f is not None
        },
        "not_generated_yet": list(one.later),
        "quality": {"text": option.quality.text, "source": option.quality.source} if option else None,
        "changes_the_model": bool(option and one.fix and one.fix.safety == "changes the model"),
        "after_the_first": ranked.lost,
        "settings": [move.setting(spec.full_name(move.chain[0])) for move in option.notch.moves]
        if option
        else [],
        "edits": [
            {
                "file": edit.span.source.path,
                "start": edit.span.start,
                "end": edit.span.end,
                "replacement": edit.replacement,
            }
            for edit in (one.fix.edits if one.fix else ())
        ],
    }
