"""Bytes that are a spec, and bytes that are none."""

from __future__ import annotations

import pytest

from tfc.syntax.parse import parse, read_source


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"a = 1\n", "a = 1\n"),
        (b"\xef\xbb\xbfa = 1\n", "a = 1\n"),
        (b"a = 1\r\n", "a = 1\r\n"),
        ('a = "界"'.encode(), 'a = "界"'),
        (b"#" * 2**20, "#" * 2**20),
    ],
)
def test_what_is_text(data, text):
    source, report = read_source("x.tfs", data)
    assert report.ok and source.text == text
    assert parse(source)[1].ok


@pytest.mark.parametrize(
    ("data", "message", "note"),
    [
        (b"#" * (2**20 + 1), "`x.tfs` has 1 048 577 bytes, and a spec has at most 1 048 576", None),
        (b"a\n" * 5_000_000, "`x.tfs` has 10 000 000 bytes, and a spec has at most 1 048 576", None),
        (b"a = 1\n\0", "`x.tfs` is no text: there is a zero byte in line 2", None),
        (b"\x7fELF\x02\x01\0\xff\n", "`x.tfs` is no text: there is a zero byte in line 1", None),
        (
            b"a = 1\nb = \xe9\n",
            "`x.tfs` is not text in UTF-8",
            "byte 11, in line 2, is 0xe9: no character of UTF-8",
        ),
        ("a = 1\n".encode("utf-16"), "`x.tfs` is not text in UTF-8", "it looks like UTF-16"),
        (b"\xff\xfe\xfd", "`x.tfs` is not text in UTF-8", "it looks like UTF-16"),
    ],
)
def test_what_is_no_spec(data, message, note):
    source, report = read_source("x.tfs", data)
    (found,) = report
    assert (found.code, found.message, source.text) == ("TFS005", message, "")
    assert found.notes == ((note,) if note else ())


def test_a_text_from_a_program_has_the_same_limits():
    for text in ("a = 1\0", "é" * 2**19 + "e", "\ud800"):
        source, _ = read_source("x.tfs", b"")
        report = parse(type(source)("x.tfs", text))[1]
        assert not report.ok and str(report).isprintable() is False
