"""What each construct becomes, and where it says that it stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from tests.syntax.texts import FEW, WELL, specs
from tfc.diagnostics.core import Source, Span
from tfc.syntax import tree
from tfc.syntax.parse import parse, parse_setting


def read(text: str) -> tree.File:
    file, report = parse(Source("x.tfs", text))
    assert not len(report), str(report)
    return file


def value(text: str) -> Any:
    """The value of the only setting of `a = text`."""
    (setting,) = read(f"a = {text}").statements
    assert isinstance(setting, tree.Setting)
    return setting.value


def number(value: float, scale: str | None = None, unit: str | None = None) -> Any:
    span = Source("", "").span(0, 0)
    return tree.Number(value, scale, unit, span, span)


def path(*names: str) -> tree.Path:
    return tree.Path(names, Source("", "").span(0, 0))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", number(1)),
        ("1_000", number(1000)),
        ("1.50", number(1.5)),
        ("1e-5", number(1e-5)),
        ("2e3", number(2000.0)),
        ("10%", number(10, None, "%")),
        ("10 %", number(10, None, "%")),
        ("72 GiB", number(72, None, "GiB")),
        ("15 T tokens", number(15, "T", "tokens")),
        ("1 T", number(1, "T")),
        ("32 Ki", number(32, "Ki")),
        ("32Ki", number(32, "Ki")),
        ("3.35 TB/s", number(3.35, None, "TB/s")),
        ("1 M tokens/s", number(1, "M", "tokens/s")),
        ("5 Q tokens", number(5, "Q", "tokens")),
    ],
)
def test_numbers(text, expected):
    found = value(text)
    assert found == expected
    assert type(found.value) is type(expected.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('""', ""),
        ('"a b"', "a b"),
        (r'"a\"b\\c\n\t"', 'a"b\\c\n\t'),
        ('"zh-Hans # no comment"', "zh-Hans # no comment"),
        ('"é界\U0001f600"', "é界\U0001f600"),
    ],
)
def test_texts(text, expected):
    assert value(text).value == expected


def test_values():
    assert value("true").value is True
    assert value("false").value is False
    assert value("data.dev") == path("data", "dev")
    assert value("[]").items == ()
    assert value("[en, de,]").items == (path("en"), path("de"))
    assert value("[\n  en,\n\n  de\n]").items == (path("en"), path("de"))
    call = value("sliding(4, window = 1 Ki tokens)")
    assert call.path == path("sliding")
    assert [(each.name, each.value) for each in call.arguments] == [
        (None, number(4)),
        ("window", number(1, "Ki", "tokens")),
    ]
    assert value("f()").arguments == ()
    match = value("match length { <= 1 Ki => full, 3 => other\n else => [rms] }")
    assert match.path == path("length")
    assert [(arm.comparison, arm.bound) for arm in match.arms] == [
        ("<=", number(1, "Ki")),
        (None, number(3)),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1 + 2 * 3", "1 + (2 * 3)"),
        ("1 - 2 - 3", "(1 - 2) - 3"),
        ("8 / 3 * width", "(8 / 3) * width"),
        ("-2 * 3", "(-2) * 3"),
        ("-2 x 3", "-(2 x 3)"),
        ("2 x 8 x h100", "2 x (8 x h100)"),
        ("2 * 3 x a", "2 * (3 x a)"),
        ("1 + 1..2 * 3", "(1 + 1)..(2 * 3)"),
        ("width/heads", "width / heads"),
        ("(\n1\n)", "1"),
    ],
)
def test_how_operators_bind(text, same):
    assert value(text) == value(same)
    assert value("1 - 2 - 3") != value("1 - (2 - 3)")


def test_statements():
    file = read(
        'extends "base.tfs"\n'
        "let nodes = 8, train.on = nodes x cpu\n"
        "model small extends big { layers = 2, encoder { heads = 3 } }\n"
        "distill small from big {}\n"
        'train { require latency.p99 <= 40 ms at batch = 8 and input = 128 tokens because "why not" }\n'
        "prefer cost <= 3 USD\n"
    )
    assert file.base and file.base.path == "base.tfs"
    definition, setting, model, distill, train, prefer = file.statements
    assert isinstance(definition, tree.Definition) and definition.name == "nodes"
    assert isinstance(setting, tree.Setting) and setting.path == path("train", "on")
    assert isinstance(model, tree.BlockNode)
    assert (model.kind, model.label, model.relation, model.parent) == ("model", "small", "extends", "big")
    assert isinstance(model.statements[1], tree.BlockNode) and model.statements[1].kind == "encoder"
    assert isinstance(distill, tree.BlockNode) and distill.relation == "from" and not distill.statements
    assert isinstance(train, tree.BlockNode) and train.label is None
    (budget,) = train.statements
    assert isinstance(budget, tree.Requirement)
    assert (budget.strength, budget.metric, budget.comparison) == ("require", path("latency", "p99"), "<=")
    assert [(each.name, each.value) for each in budget.conditions] == [
        ("batch", number(8)),
        ("input", number(128, None, "tokens")),
    ]
    assert budget.reason == "why not" and budget.limit == number(40, None, "ms")
    assert isinstance(prefer, tree.Requirement) and prefer.reason is None and not prefer.conditions


def test_comments_are_kept_in_their_order():
    file = read("# one\na = [ # two\n 1, # three\n]\n#four")
    assert [comment.text for comment in file.comments] == ["# one", "# two", "# three", "#four"]
    assert all(comment.span.text == comment.text for comment in file.comments)


def test_windows_line_ends_are_line_ends_and_no_part_of_a_comment():
    file = read("a = 1 # c\r\n\r\nb = 2\r\n")
    assert len(file.statements) == 2
    assert file.comments[0].text == "# c"
    assert file.statements[1].span.line == 3


def test_spans_are_exact():
    text = "model small extends big {\n  ffn = swiglu(hidden = 4 * 512)\n  require parameters <= 1 B\n}"
    (model,) = read(text).statements
    assert isinstance(model, tree.BlockNode)
    assert model.span.text == text
    assert (model.kind_span.text, model.label_span and model.label_span.text) == ("model", "small")
    assert model.parent_span and model.parent_span.text == "big"
    assert model.body_span.text == text[text.index("{") :]
    ffn, budget = model.statements
    assert isinstance(ffn, tree.Setting) and isinstance(ffn.value, tree.Call)
    (argument,) = ffn.value.arguments
    assert ffn.span.text == "ffn = swiglu(hidden = 4 * 512)"
    assert (argument.span.text, argument.name_span and argument.name_span.text) == (
        "hidden = 4 * 512",
        "hidden",
    )
    assert argument.value.span.text == "4 * 512"
    assert isinstance(budget, tree.Requirement) and isinstance(budget.limit, tree.Number)
    assert budget.limit.scale_span and budget.limit.scale_span.text == "B"
    assert (budget.strength_span.text, budget.comparison_span.text) == ("require", "<=")
    assert value("(1 + 2) * 3").span.text == "(1 + 2) * 3"


def nodes(node: Any) -> Iterator[Any]:
    """A node and all below it."""
    yield node
    for field in dataclasses.fields(node):
        child = getattr(node, field.name)
        for each in child if isinstance(child, tuple) else (child,):
            if dataclasses.is_dataclass(each) and not isinstance(each, Span | Source):
                yield from nodes(each)


def test_every_node_stands_where_it_says():
    for file in (read(each.read_text(encoding="utf-8")) for each in WELL):
        for node in nodes(file):
            for child in nodes(node):
                assert node.span.start <= child.span.start <= child.span.end <= node.span.end


@given(specs())
@FEW
def test_two_layouts_of_one_spec_are_equal(text):
    file, report = parse(Source("x.tfs", text))
    again, _ = parse(Source("y.tfs", f"# more\n\n{text}\n"))
    assert not report.ok or file == again


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("train.parallel.tensor=8", ("train", "parallel", "tensor")),
        ("train.on=2 x 8 x h100_80gb", ("train", "on")),
        ("model.attention=sliding(window=4 Ki tokens)", ("model", "attention")),
        ('data.train="a b"\n', ("data", "train")),
    ],
)
def test_an_override_is_a_setting(text, names):
    setting, report = parse_setting(Source("--set", text))
    assert report.ok and setting and setting.path.names == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a name, found the end"),
        ("train.batch", "expected `=`, found the end"),
        ("train.batch = 64 +", "expected a value, found the end"),
        ("train.batch: 64", "expected `=`, found `:`"),
        ("train { batch = 64 }", "expected `=`, found `{`"),
        ("a = 1, b = 2", "expected the end, found `,`"),
        ("let a = 1", "expected a name, found `let`"),
    ],
)
def test_what_is_no_override(text, message):
    _, report = parse_setting(Source("--set", text))
    assert [found.message for found in report] == [message]
