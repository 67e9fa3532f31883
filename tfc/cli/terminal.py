"""Where words go: the answer to standard output, the talk to standard error, colour only to a terminal."""

from __future__ import annotations

import os
import sys
from typing import TextIO

ASCII = {
    "  ✓ ": " ok ",
    "✓": "ok",
    "  ✗ ": " no ",
    "✗": "no",
    "▸": ">",
    "—": "-",
    "–": "-",
    "→": "->",
    "×": "x",
    "·": "-",
    "…": "...",
    "█": "#",
    "▓": "=",
    "▒": "+",
    "░": ".",
}


def answer(text: str) -> None:
    """What was asked for: to standard output."""
    write(text, sys.stdout)


def talk(text: str) -> None:
    """What happens meanwhile, or went wrong: to standard error."""
    write(text, sys.stderr)


def write(text: str, stream: TextIO) -> None:
    """A text and its line end; signs that the stream's encoding lacks are written in ASCII."""
    if not text:
        return
    try:
        stream.write(spelt(text, stream.encoding or "ascii").rstrip("\n") + "\n")
        stream.flush()
    except BrokenPipeError:
        # The reader has gone, as `head` does. Nobody is left to be told, and Python would complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def spelt(text: str, encoding: str) -> str:
    """The text as `encoding` can hold it: `✓` becomes `ok`, `▸` becomes `>`, and what has no such form is escaped."""
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        for sign, plain in ASCII.items():
            text = text.replace(sign, plain)
        return text.encode(encoding, "backslashreplace").decode(encoding)


def colour(stream: TextIO) -> bool:
    """Whether this stream is a terminal that wants colour: `NO_COLOR` and a dumb terminal say no."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
