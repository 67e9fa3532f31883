"""`tfc verify` for people: a table a block, predicted beside measured beside asked, and the batches that were timed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tfc.cost.items import Unknown
from tfc.run.measured import between
from tfc.units import Dimension, say
from tfc.verify.measured import Unmeasured
from tfc.verify.rows import Block, Row, Verdict
from tfc.verify.verify import Verified

NONE = "—"  # of a figure that there is not
HEAD = ("", "", "predicted", "between", "measured", "budget")
TIMED = ("batch", "input", "output", "p50", "p95", "p99", "first_token", "token", "throughput")
COUNTED = ("batch", "input", "output")


def tables(found: Verified) -> list[str]:
    """The blocks, each with its table; then how many budgets are met."""
    lines = [line for block in found.blocks for line in (*table(block), "")]
    return [*lines, summary(found)]


def table(block: Block) -> Iterator[str]:
    """One block: its metrics, where the figures come from, and what was timed."""
    yield f"{block.name}   {block.title}".rstrip()
    cells = [HEAD, *(row_cells(row) for row in block.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    for row in cells:
        left = "  ".join(f"{row[column]:<{widths[column]}}" for column in (0, 1))
        right = "  ".join(f"{row[column]:>{widths[column]}}" for column in (2, 3, 4))
        yield f"  {left}  {right}   {row[5]}".rstrip()
    notes = [note for row in block.rows if (note := said(row))]
    yield from (f"  = {note}" for note in dict.fromkeys(notes))
    if block.latency:
        yield ""
        yield from timed(block.latency)


def row_cells(row: Row) -> tuple[str, ...]:
    """Sign, metric, predicted, its interval, measured, and the budget."""
    predicted = NONE if isinstance(row.predicted, Unknown) else str(row.predicted)
    interval = "" if isinstance(row.predicted, Unknown) else between(row.predicted)
    measured = "?" if isinstance(row.measured, Unmeasured) else str(row.measured)
    budget = row.budget
    asked = f"{budget.strength} {budget.comparison} {budget.limit}" if budget is not None else ""
    return (sign(row), f"{row.metric}{at(row)}", predicted, interval, measured, asked)


def sign(row: Row) -> str:
    """`✓` is met, `✗` a broken requirement, `!` a broken wish or what has no figure."""
    if row.verdict is Verdict.FREE:
        return ""
    return "✓" if row.verdict is Verdict.MET else "✗" if row.broken else "!"


def at(row: Row) -> str:
    """` at batch = 8 and load = 50%`; of quality also what it was measured on."""
    budget, quality = row.budget, row.quality
    said = [budget.at] if budget is not None and budget.conditions else []
    if quality is not None and "on" not in quality.budget.conditions:
        said.append(f"on = data.{quality.split}")
    return f" at {' and '.join(said)}" if said else ""


def said(row: Row) -> str:
    """What is to be known of a figure, or why there is none."""
    found = row.measured
    note = found.reason if isinstance(found, Unmeasured) else found.note
    return f"{row.metric}{at(row)}: {note}" if note else ""


def timed(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The batches that were timed, a line each."""
    cells = [tuple(name.replace("_", " ") for name in TIMED), *(tuple(_timed(row)) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(TIMED))]
    for row in cells:
        yield "  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))


def _timed(row: dict[str, Any]) -> Iterator[str]:
    for name in TIMED:
        value = row.get(name)
        if value is None:
            yield NONE
        elif name in COUNTED:
            yield str(value)
        else:
            yield say(value, Dimension.TOKEN_RATE if name == "throughput" else Dimension.TIME)


def rows(found: Verified) -> list[str]:
    """One line a budget, for grep: `deploy.api latency.p99 broken 51 ms <= 40 ms`."""
    return [
        f"{block.name} {row.metric} {row.verdict} {measured} {budget.comparison} {budget.limit}"
        for block in found.blocks
        for row in block.rows
        if (budget := row.budget) is not None
        and (measured := "?" if isinstance(row.measured, Unmeasured) else str(row.measured))
    ]


def summary(found: Verified) -> str:
    """`4 budgets: 3 met, 1 broken`."""
    verdicts = [row.verdict for block in found.blocks for row in block.rows if row.budget is not None]
    if not verdicts:
        return "The spec asks for nothing that could be broken: `require` and `prefer` do."
    counts = {
        "met": verdicts.count(Verdict.MET),
        "broken": verdicts.count(Verdict.BROKEN),
        "not measured": verdicts.count(Verdict.UNKNOWN),
    }
    told = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
    return f"{len(verdicts)} budget{'s' if len(verdicts) > 1 else ''}: {told}."
