"""The pages that are made from the code: what is in them is true because nobody writes it."""

from __future__ import annotations

import re
from pathlib import Path

from docs.make.picture import picture
from tfc.diagnostics.codes import CODES
from tfc.diagnostics.explain import PAGES
from tfc.spec.reference import reference

DOCS = Path(__file__).parents[1]
DECISIONS = re.compile(r"(## Decisions\n\n.*?\n\n).*\Z", re.DOTALL)


def generated() -> dict[str, str]:
    """The text of each generated file under `docs/`, by its name."""
    return {
        "reference.md": reference(),
        "diagnostics.md": diagnostics(),
        "pipeline.svg": picture(),
        "architecture.md": DECISIONS.sub(
            rf"\1{decisions()}", (DOCS / "architecture.md").read_text(encoding="utf-8")
        ),
    }


def diagnostics() -> str:
    """Every code, by the stage that finds it, with a link to its page."""
    lines = [
        "# Diagnostics",
        "",
        "`tfc check` says what is wrong, with a code; `tfc explain CODE` prints the page behind it. A code that was",
        "published is never used for something else.",
    ]
    stage = ""
    for code in CODES.values():
        if code.stage != stage:
            stage = code.stage
            lines += ["", f"## {stage.capitalize()}", ""]
        page = f"../tfc/diagnostics/pages/{code.name}.md"
        name = f"[{code.name}]({page})" if (PAGES / f"{code.name}.md").is_file() else code.name
        lines.append(f"- {name}: {code.title}")
    return "\n".join(lines) + "\n"


def decisions() -> str:
    """The list of `docs/adr/`, by the titles of its pages."""
    rows = []
    for page in sorted((DOCS / "adr").glob("*.md")):
        title = page.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ").partition(". ")[2]
        rows.append(f"- [{title}](adr/{page.name})")
    return "\n".join(rows) + "\n"
