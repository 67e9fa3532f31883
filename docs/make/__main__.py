"""`make docs`: refreshes the pages that are made from the code, and the transcripts of those that show commands.

python -m docs.make                       all of them, in some ten minutes
python -m docs.make export.md README.md   of the transcripts only these
"""

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
TRANSCRIPTS = (
    DOCS / "tutorial.md",
    *(DOCS / name for name in STAGES),
    DOCS / "advise.md",
    ROOT / "README.md",
)


def main(names: list[str]) -> None:
    if unknown := set(names) - {page.name for page in TRANSCRIPTS}:
        sys.exit(f"no page with a transcript is called {', '.join(sorted(unknown))}")
    for name, text in generated().items():
        write(DOCS / name, text)
    for page in TRANSCRIPTS:
        if names and page.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            for example in EXAMPLES.glob("[!.]*.*"):
                if example.suffix != ".lock":  # a reader begins without what was chosen before
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
    main(sys.argv[1:])
