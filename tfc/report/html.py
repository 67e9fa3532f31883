"""The report: one HTML page that needs nothing else, readable without JavaScript and in print."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tfc import __version__
from tfc.api import Draft, Variation, what_if
from tfc.check.priced import priced
from tfc.diagnostics import html as said
from tfc.report.block import Block, blocks
from tfc.report.heads import described
from tfc.report.limits import limits
from tfc.report.listing import listings, no_line
from tfc.report.neighbours import neighbours, scenarios
from tfc.report.tradeoff import Tradeoff, tradeoff
from tfc.report.variants import Table, some_priced, tables
from tfc.resources import data

if TYPE_CHECKING:
    from jinja2 import Environment

    from tfc.plan import Plan

MARK = '<meta name="generator" content="tfc '
GENERATOR = f"tfc {__version__}"


@dataclass(frozen=True)
class Compared:
    """A table of variants of one block, and its chart where it says more than the table."""

    block: str
    title: str
    table: Table
    chart: Tradeoff | None


def page(draft: Draft, vary: Sequence[str] = (), tell: Callable[[str], None] = lambda text: None) -> str:
    """The report of a spec as a page of HTML.

    `vary` are the variants to compare, as `what_if` takes them; without any, the page compares what lies near each
    block, and the spec's scenarios. `tell` is given what is being worked on. The same spec gives the same page. Raises
    `SpecError` where something is wrong that leaves nothing to price, of the spec or of all of `vary`.
    """
    report = draft.check()
    if not priced(report):
        report.raise_errors()
    plan = draft.plan()
    shown = tuple(blocks(plan))
    columns = [items for block in shown for items in (block.memory_items, block.time_items)]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            generator=GENERATOR,
            name=plan.name,
            changes=[source.text for source in draft.overrides],
            scenario=draft.scenario_name,
            hash=plan.hash[:12],
            models=[(name, described(plan.spec.models[name], graph)) for name, graph in plan.graphs.items()],
            blocks=shown,
            compared=group(compared(draft, plan, shown, vary, tell)),
            listings=listings(draft.source, columns),
            elsewhere=[no_line(column) for column in columns],
            diagnostics=[said.render(found) for found in report],
            counts=counts(report),
            style=asset("page.css"),
            script=asset("page.js"),
        )
    )


def ours(text: str) -> bool:
    """Whether a page was made here, so that another may take its place."""
    return MARK in text[:2000]


def compared(
    draft: Draft, plan: Plan, shown: Sequence[Block], vary: Sequence[str], tell: Callable[[str], None]
) -> Iterator[Compared]:
    """The tables of variants: those that were asked for, else what is near each block, and the scenarios."""
    if vary:
        tell("comparing the variants")
        yield from told("what was asked for", some_priced(what_if(draft, vary)), plan, least=1)
        return
    for block in shown:
        tell(f"trying what is near `{block.name}`")
        found = neighbours(draft, block.name)
        yield from (one for one in told("near what is written", found, plan) if one.block == block.name)
    if plan.spec.scenarios:
        tell("pricing the scenarios")
    yield from told("its scenarios", scenarios(draft), plan)


def told(title: str, found: list[Variation], plan: Plan, least: int = 2) -> Iterator[Compared]:
    """A table for each block, if there are at least so many variants."""
    if len(found) < least:
        return
    for table in tables(found, plan):
        subject = plan.servings.get(table.block) or plan.estimates[table.block]
        tight = min(limits(subject), key=lambda limit: limit.bytes)
        yield Compared(table.block, title, table, tradeoff(table, (tight.bytes, tight.text)))


def group(found: Iterator[Compared]) -> dict[str, list[Compared]]:
    """The tables by block."""
    by_block: dict[str, list[Compared]] = {}
    for one in found:
        by_block.setdefault(one.block, []).append(one)
    return by_block


def counts(report: Any) -> str:
    """`2 warnings, 1 hint`, or that there is nothing to complain of."""
    from tfc.diagnostics.core import Severity

    found = [(len(report.of(severity)), severity.value) for severity in Severity]
    said = [f"{number} {name}{'s' if number > 1 else ''}" for number, name in found if number]
    return ", ".join(said) or "nothing to complain of"


def asset(name: str) -> Any:
    """A style sheet or a script, which goes into the page as it is."""
    from markupsafe import Markup

    return Markup(data("templates").joinpath("report", name).read_text(encoding="utf-8"))


def ticked(text: str) -> Any:
    """A text whose back-ticks hold code, as messages have it."""
    from markupsafe import Markup, escape

    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


@cache
def _environment() -> Environment:
    """What is filled in is escaped, for a spec may say `<script>`; and a name that is misspelt is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def source(name: str) -> str:
        return data("templates").joinpath("report", name).read_text(encoding="utf-8")

    found = Environment(
        loader=FunctionLoader(source),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["coord"] = lambda value: f"{value:.1f}".removesuffix(".0")
    found.filters["ticked"] = ticked
    found.filters["share"] = lambda value: f"{100 * value:.2f}%"
    return found
