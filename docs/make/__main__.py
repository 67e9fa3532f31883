"""`make docs`: refreshes the pages that are made from the code, and the transcripts of those that show commands."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from docs.make.console import refreshed
from docs.make.pages import DOCS, generated

ROOT = DOCS.parent
TRANSCRIPTS = (DOCS / "tutorial.md", ROOT / "README.md")


def main() -> None:
    for name, text in generated().items():
        write(DOCS / name, text)
    for page in TRANSCRIPTS:
        with tempfile.TemporaryDirectory() as folder:
            for spec in (ROOT / "examples").glob("[!.]*.*"):
                shutil.copy(spec, folder)
            write(page, refreshed(page.read_text(encoding="utf-8"), Path(folder)))


def write(place: Path, text: str) -> None:
    """Write what has changed, and say so."""
    if not place.is_file() or place.read_text(encoding="utf-8") != text:
        place.write_text(text, encoding="utf-8")
        print(f"{place.relative_to(ROOT)} refreshed", file=sys.stderr)


if __name__ == "__main__":
    main()
