"""A plan, and every option for one block that learns, ranked: what `tfc advise` answers.

Each lever is pulled by itself, at each of its places; where none of its places keeps every budget, beside one that
saves memory or time without changing the model. Of each the best is reported, and of those the whole plan is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tfc.advise.compare import ALIKE, lost
from tfc.advise.layouts import Layouts
from tfc.advise.models import Models
from tfc.advise.option import KEEPS_THE_MODEL, Lever, Option
from tfc.advise.priced import RANKED, Priced
from tfc.advise.quality import smaller
from tfc.advise.student import Student
from tfc.diagnostics.core import Edit, Fix, Safety, Source, Span
from tfc.diagnostics.fixes import Overlap, edited
from tfc.repair.tried import alone, not_yet

if TYPE_CHECKING:
    from tfc.plan import Plan

PARTNERS = 4  # options of the layout that are tried beside a lever that is not enough by itself
THEIRS = ("TFS4", "TFS6")  # codes that leave something to price

# Plans the spec with another text, or its own where it is None, under further settings; None where they make no spec.
Replan = Callable[[str | None, tuple[str, ...]], "Plan | None"]
# Is told how many options are priced.
Tell = Callable[[int], None]


@dataclass(frozen=True)
class Ranked:
    """An option in its place, and why it comes after the first."""

    priced: Priced
    lost: str = ""


@dataclass(frozen=True)
class Advice:
    """The options for one block, the best first; one of them is the spec as it is written."""

    block: str
    ranked: tuple[Ranked, ...]
    absent: tuple[tuple[Lever, str], ...]  # levers that there is nothing to pull of, and why

    @property
    def best(self) -> Priced:
        return self.ranked[0].priced

    @property
    def written(self) -> Priced:
        return next(one.priced for one in self.ranked if one.priced.option is None)


def advise(plan: Plan, name: str, replan: Replan, tell: Tell = lambda number: None) -> Advice:
    """The options for the block of that full name; raises `KeyError` if no such block learns."""
    search = Search(plan, name, replan, tell)
    found = ranked_by_order(search.best_of_each())
    ranked = [Ranked(found[0]), *(Ranked(other, lost(found[0], other)) for other in found[1:])]
    return Advice(name, tuple(ranked), tuple(search.absent(found)))


def ranked_by_order(found: Iterable[Priced]) -> list[Priced]:
    """The best first; of those that are better by less than the estimate is sure of, what moves the fewest settings."""
    ordered = sorted(found, key=lambda one: one.order)
    best = ordered[0]
    alike = [one for one in ordered if is_alike(one, best)]
    return [*sorted(alike, key=lambda one: one.moves), *(one for one in ordered if one not in alike)]


def is_alike(one: Priced, best: Priced) -> bool:
    """Whether it is as good in all that comes before what is preferred, and in that by less than can be told."""
    pairs = zip(one.preference, best.preference, strict=True)
    return one.order[:RANKED] == best.order[:RANKED] and all(
        now <= then + ALIKE * abs(then) for now, then in pairs
    )


class Search:
    """Prices options for one block."""

    def __init__(self, plan: Plan, name: str, replan: Replan, tell: Tell) -> None:
        self.plan, self.name, self.replan, self.tell = plan, name, replan, tell
        self.source: Source = plan.spec.source
        self.written = Priced(None, plan, (plan.estimates[name],))
        self.priced: dict[tuple[str, ...], Priced | None] = {}
        self.errors = {(found.code, found.message) for found in plan.report.errors}
        subject = plan.estimates[name]
        self.layouts, self.models = Layouts(subject), Models(subject)
        self.student = Student(subject, plan.spec)

    def best_of_each(self) -> Iterator[Priced]:
        """The spec as written, and of each lever the best that can be planned."""
        singles = [*self.layouts.options(), *self.models.options(), *self.student.options()]
        found: dict[Lever, list[Priced]] = {lever: [] for lever in Lever}
        for option in singles:
            self.add(found, option)
        partners = self.partners(found)
        for lever, priced in found.items():
            if priced and all(one.broken for one in priced) and lever is not Lever.CHOOSE:
                nearest = sorted(priced, key=lambda one: one.order)[:2]
                for one, partner in ((one, partner) for one in nearest for partner in partners):
                    self.pair(found, one, partner)
        yield self.written
        for priced in found.values():
            yield from self.first(priced)

    def partners(self, found: dict[Lever, list[Priced]]) -> list[Priced]:
        """Options that keep the model and can be compiled, those that miss least first, one of each lever."""
        levers = (Lever.RECOMPUTE, Lever.ACCUMULATE, Lever.SHARD, Lever.FUSE)
        ready = [[one for one in found[lever] if not one.later] for lever in levers]
        least = [min(one, key=lambda priced: (priced.over, priced.order)) for one in ready if one]
        return sorted(least, key=lambda one: one.over)[:PARTNERS]

    def pair(self, found: dict[Lever, list[Priced]], one: Priced, partner: Priced) -> None:
        assert one.option is not None and partner.option is not None
        if one.option.lever is partner.option.lever or one.option.notch.touches(partner.option.notch):
            return
        self.add(found, one.option.with_partner(partner.option), only_kept=True)

    def add(self, found: dict[Lever, list[Priced]], option: Option, only_kept: bool = False) -> None:
        """Price an option, unless it leads to what is written already; of pairs only those that keep every budget."""
        priced = self.price(option)
        self.tell(len(self.priced))
        if priced is not None and not (only_kept and priced.broken):
            found[option.lever].append(priced)

    def first(self, priced: list[Priced]) -> Iterator[Priced]:
        """The best of a lever of which the whole plan can be made, with its edits.

        Of what changes the model the least change that is enough: three layers of four before half of them.
        """
        for one in sorted(priced, key=lambda one: one.least_change):
            if self.is_sound(one.plan):
                yield replace(one, fix=self.fix(one.option)) if one.option else one
                return

    # ----------------------------------------------------------------------------------------- one option

    def price(self, option: Option) -> Priced | None:
        """An option planned, the block by itself; None where it makes no spec, or the one that there is."""
        settings = self.settings(option)
        key = (*settings, option.blocks)
        if key not in self.priced:
            self.priced[key] = self._price(option, settings)
        return self.priced[key]

    def _price(self, option: Option, settings: tuple[str, ...]) -> Priced | None:
        other = self.replan(self.source.text + option.blocks if option.blocks else None, settings)
        if other is None:
            return None
        found = [alone(other, name) for name in (self.name, *option.learners)]
        if any(one is None for one in found):
            return None
        subjects: tuple[Any, ...] = tuple(found)
        later = [name for one in subjects for name in not_yet(one, self.written.subject)]
        priced = Priced(self.judged(option, subjects[0]), other, subjects, tuple(dict.fromkeys(later)))
        return None if self.is_the_same(priced) else priced

    def settings(self, option: Option) -> tuple[str, ...]:
        return tuple(move.setting(self.plan.spec.full_name(move.chain[0])) for move in option.notch.moves)

    def is_the_same(self, priced: Priced) -> bool:
        """Whether it takes what the spec as written takes: the same layout by another name."""
        return all(
            (now is None) == (before is None) and (now is None or before is None or now.value == before.value)
            for now, before in zip(priced.figures.values(), self.written.figures.values(), strict=True)
        )

    def judged(self, option: Option, subject: Any) -> Option:
        """A smaller model with what is known of its quality, which depends on how small it became."""
        if option.lever is not Lever.SMALLER or option.quality.known:
            return option
        layout = self.written.subject.layout
        tokens = layout.steps * layout.tokens_per_step if layout.steps else None
        before, after = self.written.subject.parameters, subject.parameters
        return replace(option, quality=smaller(layout.model.family, before, after, tokens))

    def is_sound(self, plan: Plan) -> bool:
        """Whether nothing is wrong that was not before; budgets are judged, and what is not generated yet is said."""
        return all(
            found.code.startswith(THEIRS) or (found.code, found.message) in self.errors
            for found in plan.report.errors
        )

    def fix(self, option: Option) -> Fix | None:
        """The option as edits of the file that come to the same; None where the file cannot say it."""
        edits = option.notch.edits(self.source)
        if edits is None:
            return None
        if option.blocks:
            end = len(self.source.text)
            edits = (*edits, Edit(Span(self.source, end, end), option.blocks))
        keeps = option.lever in KEEPS_THE_MODEL
        found = Fix(option.title, edits, Safety.CHANGES_RUN if keeps else Safety.CHANGES_MODEL)
        return found if self.is_written(found) else None

    def is_written(self, fix: Fix) -> bool:
        """Whether the text with the edits can be read; what stands in a base is not written anew here."""
        own = [edit for edit in fix.edits if edit.span.source == self.source]
        if len(own) < len(fix.edits):
            return True
        try:
            text = edited(self.source.text, own)
        except Overlap:
            return False
        return self.replan(text, ()) is not None

    # ------------------------------------------------------------------------------------- what is not there

    def absent(self, found: Iterable[Priced]) -> Iterator[tuple[Lever, str]]:
        """The levers that nothing is proposed of, each with why."""
        levers = {one.option.lever for one in found if one.option is not None}
        layout = self.written.subject.layout
        alone_ = "there is one device" if layout.count == 1 else ""
        why = {
            Lever.SHARD: alone_ or ("there is one copy of the model" if layout.data == 1 else ""),
            Lever.SPLIT: alone_,
            Lever.LOCAL: "the model reads within a window already"
            if self.models.is_local
            else f"a context of {layout.model.context} tokens is too short for a window",
            Lever.DISTIL: f"the spec has a student already: `distill.{self.student.taught}`"
            if self.student.taught
            else "this block is a student's"
            if layout.train.kind == "distill"
            else "",
            Lever.ACCUMULATE: "one sequence is one micro-batch already" if layout.microbatch == 1 else "",
        }
        for lever, reason in why.items():
            if lever not in levers and reason:
                yield lever, reason
