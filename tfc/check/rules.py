"""All rules, in the order in which they stand on one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tfc.check.answers import answers_are_chosen, answers_have_an_effect
from tfc.check.budgets import budgets
from tfc.check.chosen import chosen_is_generated
from tfc.check.distillation import losses_share_a_vocabulary, teacher_fits, warm_up_fits
from tfc.check.estimates import memory_is_used, within_what_was_measured
from tfc.check.layouts import batch_comes_out, degrees_fill_the_devices, fast_links, nothing_excluded
from tfc.check.lessons import generated_lessons, layers_fit, numbers_agree, teacher_is_asked
from tfc.check.lints import aligned, has_an_effect
from tfc.check.presence import says_something
from tfc.check.shapes import (
    branches_have_the_same_parameters,
    heads_divide,
    languages_are_named,
    layers_divide,
    vocabulary_fits,
)
from tfc.check.targets import calibrated, generated, in_hardware, ranges_are_built
from tfc.diagnostics.core import Diagnostic, Severity

if TYPE_CHECKING:
    from tfc.plan import Plan

Rule = Callable[["Plan"], Iterable[Diagnostic]]

# What a spec says by itself.
OF_SPEC: tuple[Rule, ...] = (
    says_something,
    heads_divide,
    layers_divide,
    vocabulary_fits,
    languages_are_named,
    branches_have_the_same_parameters,
    degrees_fill_the_devices,
    generated,
    in_hardware,
    ranges_are_built,
    calibrated,
    answers_are_chosen,
    losses_share_a_vocabulary,
    numbers_agree,
    layers_fit,
    generated_lessons,
    teacher_is_asked,
    aligned,
    has_an_effect,
    answers_have_an_effect,
)

# What follows once the work is divided.
OF_LAYOUT: tuple[Rule, ...] = (
    nothing_excluded,
    batch_comes_out,
    fast_links,
    warm_up_fits,
    chosen_is_generated,
)

# What follows from what it costs.
OF_ESTIMATE: tuple[Rule, ...] = (teacher_fits, budgets, memory_is_used, within_what_was_measured)


# What each rule found of a plan: the many that stand on it need not ask again.
_found: WeakKeyDictionary[Plan, dict[Rule, tuple[Diagnostic, ...]]] = WeakKeyDictionary()


def _once(rule: Rule) -> Rule:
    """The rule, applied to a plan once."""

    @wraps(rule)
    def asked(plan: Plan) -> tuple[Diagnostic, ...]:
        known = _found.setdefault(plan, {})
        if rule not in known:
            known[rule] = tuple(rule(plan))
        return known[rule]

    return asked


def _after(earlier: tuple[Rule, ...], rule: Rule) -> Rule:
    """The rule, silent where an earlier one has found an error that it would only repeat, or trip over."""

    @wraps(rule)
    def checked(plan: Plan) -> Iterable[Diagnostic]:
        return () if any(_finds_an_error(other, plan) for other in earlier) else rule(plan)

    return checked


def _finds_an_error(rule: Rule, plan: Plan) -> bool:
    return any(found.severity is Severity.ERROR for found in rule(plan))


_OF_SPEC = tuple(map(_once, OF_SPEC))
_OF_LAYOUT = tuple(map(_once, OF_LAYOUT))

RULES: tuple[Rule, ...] = (
    *_OF_SPEC,
    *(_after(_OF_SPEC, rule) for rule in _OF_LAYOUT),
    *(_after((*_OF_SPEC, *_OF_LAYOUT), rule) for rule in OF_ESTIMATE),
)
