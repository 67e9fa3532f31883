"""`make docs`: refreshes the pages that are made from the code, and the transcripts of those that show commands."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from docs.make.console import FENCE, refreshed
from docs.make.pages import DOCS, generated

ROOT = DOCS.parent
EXAMPLES = ROOT / "examples"
STAGES = ("distillation.md", "export.md", "serving.md")
TRANSCRIPTS = (DOCS / "tutorial.md", *(DOCS / name for name in STAGES), ROOT / "README.md")


def main() -> None:
    for name, text in generated().items():
        write(DOCS / name, text)
    for page in TRANSCRIPTS:
        with tempfile.TemporaryDirectory() as folder:
            for example in EXAMPLES.glob("[!.]*.*"):
                shutil.copy(example, folder)
            write(page, refreshed(with_examples(page.read_text(encoding="utf-8")), Path(folder)))


def with_examples(page: str) -> str:
    """The page with the specs of `examples/` that it shows as they are there now."""

    def block(found: re.Match[str]) -> str:
        example = EXAMPLES / found["word"]
        return (
            f"```tfs {example.name}\n{example.read_text(encoding='utf-8')}```"
            if example.is_file()
            else found[0]
        )

    return FENCE.sub(block, page)


def write(place: Path, text: str) -> None:
    """Write what has changed, and say so."""
    if not place.is_file() or place.read_text(encoding="utf-8") != text:
        place.write_text(text, encoding="utf-8")
        print(f"{place.relative_to(ROOT)} refreshed", file=sys.stderr)


if __name__ == "__main__":
    main()
