"""The pictures of `docs/report.md`, taken of the report of an example in headless Chromium.

python -m docs.make.screenshot

They are no part of `make docs`: what fonts a machine has is in them, and not every machine has a browser.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tfc
from tfc.report import page

DOCS = Path(__file__).parents[1]
EXAMPLE = DOCS.parent / "examples" / "pretrain_8b.tfs"
ALONE = "<style>.hero, .block:not({0}), footer {{ display: none }}</style></head>"
WIDTH = 1280

# Of each picture its height, whether it is dark, and the one section that it shows; none is the top of the page.
PICTURES = {
    "report.png": (1730, False, ""),
    "report-lines.png": (1180, True, "#spec"),
}


def main() -> int:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("neither chromium nor google-chrome is installed", file=sys.stderr)
        return 1
    text = page(tfc.load(EXAMPLE))
    for name, (height, dark, section) in PICTURES.items():
        shown = text.replace("</head>", ALONE.format(section), 1) if section else text
        take(browser, shown, DOCS / name, height, dark)
        print(f"docs/{name} taken", file=sys.stderr)
    return 0


def take(browser: str, text: str, out: Path, height: int, dark: bool) -> None:
    """One picture of a page, as wide as a window on a desk."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "report.html")
        place.write_text(text, encoding="utf-8")
        scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *scheme]
        size = f"--window-size={WIDTH},{height}"
        command = [browser, *options, size, f"--screenshot={out}", f"file://{place}"]
        subprocess.run(command, capture_output=True, timeout=120, check=True)


if __name__ == "__main__":
    sys.exit(main())
