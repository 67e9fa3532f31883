"""What is said of faults of syntax, that all are said at once, and that what can be read is read."""

from __future__ import annotations

import pytest

from tfc.diagnostics.core import Safety, Source
from tfc.diagnostics.fixes import apply, compatible
from tfc.syntax import tree
from tfc.syntax.parse import parse


def faults(text: str) -> list[str]:
    """`line:column code message` of each fault."""
    _, report = parse(Source("x.tfs", text))
    return [f"{str(found.span).removeprefix('x.tfs:')} {found.code} {found.message}" for found in report]


def mended(text: str) -> str:
    """The text after all its safe fixes, which leave no fault."""
    _, report = parse(Source("x.tfs", text))
    fixes = compatible(fix for found in report for fix in found.fixes if fix.safety is Safety.SAFE)
    after = apply(fixes).get("x.tfs", text)
    assert not faults(after), after
    return after


@pytest.mark.parametrize(
    ("text", "fault", "fixed"),
    [
        ("m { a: 1 }", "1:6 TFS001 expected `=`, found `:`", "m { a = 1 }"),
        ("m { a : 1 }", "1:7 TFS001 expected `=`, found `:`", "m { a = 1 }"),
        ("m { a := 1 }", "1:7 TFS001 expected `=`, found `:=`", "m { a = 1 }"),
        ("a == 1", "1:3 TFS001 expected `=` or `{`, found `==`", "a = 1"),
        ("a => 1", "1:3 TFS001 expected `=` or `{`, found `=>`", "a = 1"),
        ("a 1", "1:3 TFS001 expected `=` or `{`, found `1`", "a = 1"),
        ("a b", "1:3 TFS001 expected `=`, found `b`", "a = b"),
        ("a b(1)", "1:3 TFS001 expected `=`, found `b`", "a = b(1)"),
        ("let a 1", "1:7 TFS001 expected `=`, found `1`", "let a = 1"),
        ("a = f(b 1)", "1:9 TFS001 expected `=`, found `1`", "a = f(b = 1)"),
        ("a = f(b: 1)", "1:8 TFS001 expected `=`, found `:`", "a = f(b = 1)"),
        ("m = { a = 1 }", "1:3 TFS001 expected `{`, found `=`", "m { a = 1 }"),
        ("m = b { a = 1 }", "1:3 TFS001 expected `{`, found `=`", "m b { a = 1 }"),
        ("m: { a = 1 }", "1:2 TFS001 expected `{`, found `:`", "m { a = 1 }"),
        ("m\n{\n}", "1:2 TFS001 expected `{`, found the end of the line", "m {\n}"),
        ("m a extends b\n{ }", "1:14 TFS001 expected `{`, found the end of the line", "m a extends b { }"),
        ('m "a" { }', '1:3 TFS001 expected a name, found `"a"`', "m a { }"),
        ('"a" = 1', '1:1 TFS001 expected a name, found `"a"`', "a = 1"),
        ("'a' = 1", "1:1 TFS001 expected a name, found `'a'`", "a = 1"),
        ("a = 'b'", "1:5 TFS001 `'` begins no text", 'a = "b"'),
        ("a = “b”", "1:5 TFS001 `“` begins no text", 'a = "b"'),
        ("a = 1;", "1:6 TFS001 `;` ends no setting", "a = 1"),
        ("a = 1; b = 2", "1:6 TFS001 `;` ends no setting", "a = 1, b = 2"),
        ("a = 1 // b", "1:7 TFS001 `//` begins no comment", "a = 1 # b"),
        ("/* b */\na = 1", "1:1 TFS001 `/*` begins no comment", "# b\na = 1"),
        ("my-model = 1", "1:1 TFS001 `my-model` is no name", "my_model = 1"),
        ("m a-b extends c { }", "1:3 TFS001 `a-b` is no name", "m a_b extends c { }"),
        ("modèle = 1", "1:1 TFS001 `modèle` is no name", "modele = 1"),
        ("a =\u00a01", "1:4 TFS001 U+00A0 (no-break space) is not the space that it looks like", "a = 1"),
        ("a =\u200b 1", "1:4 TFS001 U+200B (zero width space) is not the space that it looks like", "a = 1"),
        (
            "a = 1\rb = 2",
            "1:6 TFS001 U+000D (control character 13) is not the space that it looks like",
            None,
        ),
        ("require a ≤ 1", "1:11 TFS001 `≤` is written `<=`", "require a <= 1"),
        ("a = 2 × b", "1:7 TFS001 `×` is written `x`", "a = 2 x b"),
        ("require a => 1", "1:11 TFS001 expected a comparison such as `<=`, found `=>`", "require a >= 1"),
        ("require a =< 1", "1:11 TFS001 expected a comparison such as `<=`, found `=`", "require a <= 1"),
        ("require a <= 1 at b = 2 c = 3", "1:25 TFS001 expected `and`, found `c`", None),
        ('require a <= 1\n  because "b"', "2:3 TFS001 expected a statement, found `because`", None),
        ("require a <= 1 because b c", "1:24 TFS001 expected a text in quotes, found `b`", None),
        ("extends b.tfs", "1:9 TFS001 expected a text in quotes, found `b`", 'extends "b.tfs"'),
        ("a = [1 2]", "1:8 TFS001 expected `,` or `]`, found `2`", "a = [1, 2]"),
        ("a = = 1", "1:5 TFS001 expected a value, found `=`", "a =  1"),
        ("a = [1,, 2]", "1:8 TFS001 expected a value or `]`, found `,`", "a = [1, 2]"),
        ("a = f(b = 1 c = 2)", "1:13 TFS001 expected `,`, found `c`", "a = f(b = 1, c = 2)"),
        ("a = [\n1\n2\n]", "2:2 TFS001 expected `,`, found the end of the line", "a = [\n1,\n2\n]"),
        ("a = match b { 1 = 2 }", "1:17 TFS001 expected `=>`, found `=`", "a = match b { 1 => 2 }"),
        ("a = 1,000", "1:5 TFS001 thousands are not parted by a comma", "a = 1_000"),
        ("a = .5", "1:5 TFS001 expected a value, found `.`", "a = 0.5"),
        ("a = 5.", "1:6 TFS001 expected the end of the line, found `.`", "a = 5"),
        (r'a = "C:\data"', r"1:8 TFS001 `\d` stands for nothing", r'a = "C:\\data"'),
        ("m { a = 1 b = 2 }", "1:11 TFS002 two settings on one line", "m { a = 1, b = 2 }"),
        ("a = 8 b = 2", "1:7 TFS002 two settings on one line", "a = 8, b = 2"),
        ("m { } n { }", "1:7 TFS002 two statements on one line", "m { }, n { }"),
        ("a = 1 require b <= 2", "1:7 TFS002 two statements on one line", "a = 1, require b <= 2"),
        ("m { a = 1", "1:3 TFS003 `{` is not closed", "m { a = 1 }"),
        ("m {\n  a = 1\n", "1:3 TFS003 `{` is not closed", "m {\n  a = 1\n}\n"),
        ("m {\n  a = 1\n\nn { }", "1:3 TFS003 `{` is not closed", "m {\n  a = 1\n}\n\nn { }"),
        ("m {\n  n {\n    a = 1\n\n}", "2:5 TFS003 `{` is not closed", "m {\n  n {\n    a = 1\n  }\n\n}"),
        ("a = f(g([1\nb = 3", "1:6 TFS003 3 brackets are not closed", "a = f(g([1]))\nb = 3"),
        (
            "m {\n  n {\n    a = [1, (2\n}\n",
            "2:5 TFS003 3 brackets are not closed",
            "m {\n  n {\n    a = [1, (2)]\n  }\n}\n",
        ),
        (
            "o {\n  p {\n    a = 1\n",
            "1:3 TFS003 2 brackets are not closed",
            "o {\n  p {\n    a = 1\n  }\n}\n",
        ),
        ("m {\n  a = [1 # c", "1:3 TFS003 2 brackets are not closed", "m {\n  a = [1] # c\n}\n"),
        ("a = [1, 2\nb = 3", "1:5 TFS003 `[` is not closed", "a = [1, 2]\nb = 3"),
        ("a = [1, 2)", "1:10 TFS003 `[` is closed by `)`", "a = [1, 2]"),
        ("a = 1\n}\n", "2:1 TFS003 `}` closes nothing", "a = 1\n"),
        ("a = 1]", "1:6 TFS003 `]` closes nothing", "a = 1"),
        ('a = "b', "1:5 TFS003 a text is not closed", 'a = "b"'),
        ('a = f("b)', "1:7 TFS003 a text is not closed", 'a = f("b")'),
        ('a = 1\nextends "b"\n', "2:1 TFS004 `extends` is not the first statement", 'extends "b"\na = 1\n'),
    ],
)
def test_a_fault_and_what_mends_it(text, fault, fixed):
    assert faults(text) == [fault]
    assert mended(text) == (fixed if fixed is not None else mended(text))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("m { a = }", "1:9 TFS001 expected a value, found `}`"),
        ("a = 1 +", "1:8 TFS001 expected a value, found the end"),
        ("a = 1 +\n", "1:8 TFS001 expected a value, found the end of the line"),
        ("= 3", "1:1 TFS001 expected a setting or a block, found `=`"),
        ("m { 3 }", "1:5 TFS001 expected a setting, a block or `}`, found `3`"),
        ("require x1\n", "1:11 TFS001 expected a comparison such as `<=`, found the end of the line"),
        ("require a = 1", "1:11 TFS001 expected a comparison such as `<=`, found `=`"),
        ("m n o { a = * 1 }", "1:5 TFS001 expected `{`, found `o`"),
        ("a.b { }", "1:5 TFS001 expected `=`, found `{`"),
        ("a = 1 2", "1:7 TFS001 expected the end of the line, found `2`"),
        ("a = 2 ** 3", "1:8 TFS001 expected a value, found `*`"),
        ("a = $HOME", "1:5 TFS001 expected a value, found `$`"),
        ("a = \x1b", "1:5 TFS001 expected a value, found the character U+001B"),
        ("model x { }", "1:7 TFS001 `x` is a word of the language, and no name"),
        ("from = 1", "1:1 TFS001 `from` is a word of the language, and no name"),
        ("model:\n  a = 1", "1:6 TFS001 expected `{`, found `:`"),
        ("model a\n  b = 1", "1:8 TFS001 expected `{`, found the end of the line"),
        ('a = f("b, 3)', "1:7 TFS003 a text is not closed"),
        ('extends "a"\nextends "b"', "2:1 TFS004 a file extends one other file"),
        ("a = 1e999", "1:5 TFS201 a number is too large"),
        ("a = 1" + "0" * 5000, "1:5 TFS201 a number is too large"),
        ("a = 1e-999", "1:5 TFS201 a number is too small"),
        ("a = " + "(" * 101 + ")" * 101, "1:105 TFS005 brackets are nested more than 100 deep"),
        ("a {" * 1000 + "}" * 1000, "1:303 TFS005 brackets are nested more than 100 deep"),
        ("a = " + "1 + " * 101 + "1", "1:407 TFS005 an expression is nested more than 100 deep"),
        ("a = " + "1 x " * 101 + "1", "1:407 TFS005 an expression is nested more than 100 deep"),
    ],
)
def test_a_fault_that_only_its_author_can_mend(text, fault):
    assert faults(text) == [fault]


def test_all_faults_are_said_at_once_and_in_the_order_of_the_text():
    text = "m {\n  a =\n  b = 2\n  c = = 3\n  d: 4\n  e = [1, 2\n}\nlet = 5\nn { f = 6 g = 7 }\n"
    assert [fault.split(" ", 1)[0] for fault in faults(text)] == ["2:6", "4:7", "5:4", "6:7", "8:5", "9:11"]


def test_what_stands_around_a_fault_is_read():
    file, _ = parse(Source("x.tfs", "a = 1\nm {\n  b = * 2\n  c = 3 ]\n  d: 4\n}\ne = ]\nn { f = 5 }\n"))
    first, block, *_, last = file.statements
    assert isinstance(first, tree.Setting) and isinstance(block, tree.BlockNode)
    assert [str(each.path) for each in block.statements if isinstance(each, tree.Setting)] == ["c", "d"]
    assert isinstance(last, tree.BlockNode) and last.kind == "n" and len(last.statements) == 1


def test_a_flood_of_faults_is_cut_and_says_so():
    _, report = parse(Source("x.tfs", "a = = 1\n" * 3000))
    assert len(report) == 100
    assert report.diagnostics[-1].notes == (
        "100 faults are told at a time; with these mended, the next check tells the others",
    )


def test_what_is_within_the_limits_of_depth():
    for text in ("a = " + "(" * 100 + "1" + ")" * 100, "a = " + "1 + " * 100 + "1", "m { " * 100 + "}" * 100):
        assert faults(text) == []
    assert faults("a = [" + "1 + 1, " * 1000 + "]") == []
