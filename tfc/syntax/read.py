"""Bytes to source: what is not a text, or is too long to be a spec, is refused before it is parsed."""

from __future__ import annotations

from tfc.diagnostics.core import Diagnostic, Report, Source

LONGEST = 2**20  # 1 MiB, in bytes of UTF-8


def read_source(name: str, data: bytes) -> tuple[Source, Report]:
    """The text in a file's bytes, without a byte order mark; an empty text beside a report that says why not."""
    empty = Source(name, "")
    if len(data) > LONGEST:
        return empty, Report([_too_long(len(data))])
    try:
        source = Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return empty, Report([_undecodable(name, data, error)])
    found = unreadable(source)
    return (empty, Report([found])) if found else (source, Report())


def unreadable(source: Source) -> Diagnostic | None:
    """What keeps a text from being a spec, before anything is read of it."""
    size = len(source.text) if source.text.isascii() else len(source.text.encode("utf-8", "surrogatepass"))
    if size > LONGEST:
        return _too_long(size)
    if "\0" in source.text:
        return _binary(source.name, source.text.count("\n", 0, source.text.index("\0")) + 1)
    return None


def _too_long(size: int) -> Diagnostic:
    message = f"the file has {size / 2**20:.1f} MiB, and a spec may have 1 MiB"
    return Diagnostic("TFS005", message, notes=("a spec names its data, it does not hold them",))


def _binary(name: str, line: int) -> Diagnostic:
    note = "a spec is a text in UTF-8; this looks like a binary file, such as weights or an archive"
    return Diagnostic("TFS005", f"`{name}` is not a text: line {line} has a zero byte", notes=(note,))


def _undecodable(name: str, data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    """Which byte is not UTF-8, and what the file may be instead."""
    line = data.count(b"\n", 0, error.start) + 1
    if b"\0" in data[:8192] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _binary(name, data.count(b"\n", 0, data.index(b"\0")) + 1)
    message = f"`{name}` is not UTF-8: line {line} has the byte 0x{data[error.start]:02X}"
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    note = "it is UTF-16: save it as UTF-8" if utf16 else "save it as UTF-8, or give the right file"
    return Diagnostic("TFS005", message, notes=(note,))
