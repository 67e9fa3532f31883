"""What settings of a block ask of one another, beyond what each may be by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tfc.diagnostics.core import Edit, Fix, Label, Severity, Span
from tfc.diagnostics.suggest import nearest
from tfc.fields import How, Variant
from tfc.spec.blocks import A_BLOCK, ONE_OF
from tfc.spec.data import Data
from tfc.spec.draft import ALL, Draft
from tfc.spec.faults import Faults
from tfc.spec.forms import listed
from tfc.spec.source import PLACEHOLDERS, placeholders

SOURCES = ("train", "dev", "test")


def check_data(data: Data, faults: Faults) -> None:
    """Placeholders of paths, and languages that are named but not listed."""
    for part in SOURCES:
        source = getattr(data, part)
        if source is not None:
            _check_path(source, faults)
    if data.placeholders & set(PLACEHOLDERS) and not data.languages:
        span = data.train.origin.span or data.origin.span
        assert span is not None
        faults.say(
            "TFS106",
            "`data` must be given `languages`, since its paths have placeholders",
            Label(span, "for which languages?"),
            help="write `languages = [en, de]`, as the names of the files have them",
        )
    if data.languages:
        for name in ("sources", "targets"):
            if data.origin_of(name).how is not How.DEFAULT:
                _check_languages(getattr(data, name), data.span_of(name), data, name, faults)
    if data.sampling.name == "shares":
        _check_shares(data, faults)
    _check_kinds(data, faults)


def _check_path(source: Variant, faults: Faults) -> None:
    found = placeholders(source)
    span = source.origins.get("path", source.origin).span
    assert span is not None
    for name in sorted(found - set(PLACEHOLDERS)):
        near = nearest(name, PLACEHOLDERS)
        faults.say(
            "TFS104",
            f"a path has no placeholder `{{{name}}}`",
            Label(span, "unknown placeholder"),
            help=f"there is {listed([f'{{{known}}}' for known in PLACEHOLDERS])}"
            + (f"; was `{{{near}}}` meant?" if near else ""),
        )
    if len(found & {"source", "target"}) == 1:
        other = "target" if "source" in found else "source"
        faults.say(
            "TFS106",
            "a path that names one of `{source}` and `{target}` names both",
            Label(span, f"has no `{{{other}}}`"),
            help="for a file a language write `{language}`",
        )


def _check_languages(
    names: Iterable[str], span: Span | None, data: Data, setting: str, faults: Faults
) -> None:
    assert span is not None
    for name in names:
        if name not in data.languages:
            near = nearest(name, data.languages)
            faults.say(
                "TFS104",
                f"`{name}` of `{setting}` is not among `languages`",
                Label(span, "names it"),
                help=f"was `{near}` meant?" if near else "",
            )


def _check_shares(data: Data, faults: Faults) -> None:
    shares: tuple[tuple[str, float], ...] = data.sampling.shares  # type: ignore[attr-defined]
    span = data.sampling.origin.span
    assert span is not None
    if data.languages:
        _check_languages((name for name, _ in shares), span, data, "shares", faults)
    total = sum(share for _, share in shares)
    if total > 1 + 1e-9:
        faults.say(
            "TFS201", f"shares add up to at most 100%, found {total:.0%}", Label(span, f"{total:.0%} in all")
        )


def _check_kinds(data: Data, faults: Faults) -> None:
    """What is validated and tested on has the form of what is trained on."""
    for part in ("dev", "test"):
        other: Variant | None = getattr(data, part)
        if other is None or {data.train.name, other.name} != {"pairs", "text"}:
            continue
        assert other.origin.span is not None and data.train.origin.span is not None
        faults.say(
            "TFS201",
            f"`{part}` is `{other.name}`, and `train` is `{data.train.name}`",
            Label(other.origin.span, "of another form"),
            Label(data.train.origin.span, "this is trained on", primary=False),
        )


def check_length_of_run(draft: Draft, faults: Faults) -> None:
    """Exactly one of `steps`, `tokens` and `epochs` tells how long a run is."""
    given = [name for name in ONE_OF if name in draft.settings]
    if len(given) == 1 or (not given and draft.excused & {ALL, *ONE_OF}):
        return
    if not given:
        faults.say(
            "TFS106",
            f"{A_BLOCK[draft.kind]} must be given `steps`, `tokens` or `epochs`",
            Label(draft.span, "how long?"),
            help="write one of them, such as `steps = 1000`",
        )
        return
    first, *others = (draft.settings[name] for name in given)
    faults.say(
        "TFS105",
        f"a run is told by one of `steps`, `tokens` and `epochs`, found {listed(given).replace(' or ', ' and ')}",
        Label(others[0].span, "again"),
        Label(first.span, "first here", primary=False),
        help="keep one of them",
    )


def check_training(block: Any, model: Any, data: Data | None, faults: Faults) -> None:
    """What a run asks of its model and its data."""
    if block.kind == "train":
        _check_loss(block, model, faults)
    span = block.stop.origin.span
    if block.stop.name == "patience" and data is not None and data.dev is None and span is not None:
        faults.say(
            "TFS106",
            "`patience` looks at the loss on `data.dev`, and there is none",
            Label(span, "waits for it"),
            Label(data.origin.span, "has no `dev`", primary=False) if data.origin.span else Label(span),
            help="give `data` a `dev`, or leave `stop` out",
        )


def _check_loss(block: Any, model: Any, faults: Faults) -> None:
    right = "masked" if model.family == "encoder" else "cross_entropy"
    if block.loss.name == right:
        return
    span, family = block.loss.origin.span, model.span_of("family")
    article = "an" if model.family.startswith("e") else "a"
    faults.say(
        "TFS201",
        f"the loss of {article} `{model.family}` is `{right}`, found `{block.loss.name}`",
        Label(span, "of another family"),
        *((Label(family, "the family", primary=False),) if family else ()),
        fixes=(Fix(f"write `{right}`", (Edit(span, right),)),),
    )


def weighted(losses: tuple[Any, ...], faults: Faults) -> tuple[Any, ...]:
    """The losses of a `distill` with their weights: as written if they add up to 100%, equal if none is given."""
    given = [loss for loss in losses if loss.weight is not None]
    if not given:
        return tuple(loss.replace(weight=1 / len(losses)) for loss in losses)
    missing = [loss for loss in losses if loss.weight is None]
    if missing:
        faults.say(
            "TFS106",
            "either each loss has a `weight`, or none",
            *(Label(loss.origin.span, "has none") for loss in missing if loss.origin.span),
        )
    total = sum(loss.weight for loss in given)
    if not missing and abs(total - 1) > 1e-6:
        labels = [Label(loss.origin_of("weight").span, f"{loss.weight:.3g}") for loss in given]
        faults.say("TFS201", f"weights add up to 100%, found {100 * total:.3g}%", *labels)
    return losses


def check_sides(drafts: Mapping[str, Draft], sides: tuple[str, ...], family: str, faults: Faults) -> None:
    """A warning for a side that is written for a model that has none."""
    for name, draft in drafts.items():
        here = any(given.how is How.WRITTEN for given in draft.settings.values())
        if name not in sides and here:
            article = "an" if family.startswith("e") else "a"
            faults.say(
                "TFS902",
                f"{article} `{family}` has no {name}",
                Label(draft.span, "has no effect"),
                severity=Severity.WARNING,
                help="leave it out, or change the `family`",
            )


def check_deploy(deploy: Any, model: Any, faults: Faults) -> None:
    """Lengths within the model's context, and another deployment that is another one."""
    for name in ("input", "output"):
        longest = getattr(deploy, name)[1]
        span, context = deploy.span_of(name), model.span_of("context")
        if longest > model.context and span is not None:
            faults.say(
                "TFS201",
                f"`{name}` is at most the model's context, {model.context} tokens, found {longest} tokens",
                Label(span, "longer than it learnt"),
                *((Label(context, "its context", primary=False),) if context else ()),
            )
    other = getattr(deploy.split, "deploy", None)
    if other == deploy.label:
        faults.say(
            "TFS107",
            f"`{other}` cannot share its requests with itself",
            Label(deploy.split.origin.span, "this block"),
        )
