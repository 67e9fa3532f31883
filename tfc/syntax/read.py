"""Bytes to source: what is not a text, or is too long to be a spec, is refused before it is parsed."""

from __future__ import annotations

from tfc.diagnostics.core import Diagnostic, Report, Source
from tfc.units import group

LONGEST = 2**20  # 1 MiB, in bytes of UTF-8
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_source(name: str, data: bytes, folder: str = "", size: int | None = None) -> tuple[Source, Report]:
    """The text in a file's bytes, without a byte order mark; an empty text beside a report that says why not.

    `size` is that of the file where `data` is only its beginning.
    """
    empty = Source(name, "", folder)
    size = size or len(data)
    if size > LONGEST:
        return empty, Report([_too_long(empty, size)])
    try:
        source = Source(name, data.decode("utf-8-sig"), folder)
    except UnicodeDecodeError as error:
        return empty, Report([_undecodable(empty, data, error.start)])
    found = unreadable(source)
    return (empty, Report([found])) if found else (source, Report())


def unreadable(source: Source) -> Diagnostic | None:
    """What keeps a text from being a spec, before anything is read of it."""
    ascii_only = source.text.isascii()
    size = len(source.text) if ascii_only else len(source.text.encode("utf-8", "surrogatepass"))
    if size > LONGEST:
        return _too_long(source, size)
    zero = source.text.find("\0")
    return _binary(source, source.text.count("\n", 0, zero) + 1) if zero >= 0 else None


def _too_long(source: Source, size: int) -> Diagnostic:
    message = f"`{source.path}` has {group(size)} bytes, and a spec has at most {group(LONGEST)}"
    return Diagnostic(
        "TFS005", message, help="is this the file that was meant? a spec is a page or two of text"
    )


def _binary(source: Source, line: int) -> Diagnostic:
    message = f"`{source.path}` is no text: there is a zero byte in line {group(line)}"
    return Diagnostic("TFS005", message, help="is this the file that was meant? a spec is text in UTF-8")


def _undecodable(source: Source, data: bytes, at: int) -> Diagnostic:
    """Which byte is not UTF-8, and what the file may be instead."""
    if b"\0" in data and not data.startswith(UTF16):
        return _binary(source, data.count(b"\n", 0, data.index(b"\0")) + 1)
    message = f"`{source.path}` is not text in UTF-8"
    place = f"byte {group(at + 1)}, in line {group(data.count(10, 0, at) + 1)}, is 0x{data[at]:02x}"
    note = "it looks like UTF-16" if data.startswith(UTF16) else f"{place}: no character of UTF-8"
    return Diagnostic("TFS005", message, notes=(note,), help="save the file as UTF-8")
