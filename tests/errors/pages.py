"""A page behind a code, as a test reads it: prose, sources, and what is said of them.

A page is Markdown. A fenced block `tfs` is a spec that is checked under the name `model.tfs`; `tfs base.tfs` is
another file beside it. A block `snapshot` behind a spec is what is said of it with the code of the page, word for
word; `pytest --update-golden` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAIN = "model.tfs"
_FENCE = re.compile(r"^```(tfs|snapshot)(?: ([\w./]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Example:
    """The files of one example, and where in the page its snapshot stands."""

    number: int
    files: dict[str, str]
    snapshot: str
    start: int
    end: int


@dataclass
class Page:
    path: Path
    text: str = field(repr=False)

    @property
    def code(self) -> str:
        return self.path.stem

    def examples(self) -> Iterator[Example]:
        """Each snapshot with the files before it; a file stays for the next example unless it is given anew."""
        files: dict[str, str] = {}
        number = 0
        for found in _FENCE.finditer(self.text):
            kind, name, body = found.groups()
            if kind == "tfs":
                files[name or MAIN] = body
            else:
                number += 1
                yield Example(number, dict(files), body, found.start(3), found.end(3))


def pages(folder: Path) -> list[Page]:
    return [Page(path, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("TFS*.md"))]
