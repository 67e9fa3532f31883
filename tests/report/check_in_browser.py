"""`make report-check`: the report in headless Chromium, in light, dark, narrow and on paper, used by mouse and key.

python -m tests.report.check_in_browser [FOLDER]     pages and pictures go to FOLDER, else to build/report

What is wrong is listed and ends with 1. The pictures are to be looked at: no program can say whether a page is good.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

import tfc
from tests.report.specs import OVERFULL
from tfc.report import page

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("probe.js")
EXAMPLES = ("pretrain_8b", "captions", "quickstart")
WIDTHS = (1280, 820, 500)  # Chromium's own least is 500
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main(words: list[str]) -> int:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"none of {', '.join(BROWSERS)} is installed", file=sys.stderr)
        return 1
    folder = Path(words[0]) if words else ROOT / "build" / "report"
    folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for name, text in pages():
        place = folder / f"{name}.html"
        place.write_text(text, encoding="utf-8")
        for dark in (False, True):
            theme = "dark" if dark else "light"
            for width in WIDTHS:
                found = probed(browser, place, text, width, dark)
                print(f"{'ok ' if not found else 'NO '} {name}, {theme}, {width} wide")
                print("".join(f"     {line}\n" for line in found), end="")
                wrong += len(found)
            picture(browser, place, folder / f"{name}-{theme}.png", 1280, dark)
        paper(browser, place, folder / f"{name}.pdf")
    print(f"pages, pictures and prints are in {folder}")
    return 1 if wrong else 0


def pages() -> list[tuple[str, str]]:
    """The reports of the examples, and of a spec that does not fit."""
    found = [(name, page(tfc.load(ROOT / "examples" / f"{name}.tfs"))) for name in EXAMPLES]
    return [*found, ("overfull", page(tfc.load(OVERFULL, name="overfull.tfs")))]


def probed(browser: str, place: Path, text: str, width: int, dark: bool) -> list[str]:
    """What the probe, which runs in the page, finds wrong."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder, place.name)
        script = (
            f"<script>window.DARK = {json.dumps(dark)};\n{PROBE.read_text(encoding='utf-8')}</script></body>"
        )
        trial.write_text(text.replace("</body>", script), encoding="utf-8")
        dom = run(
            browser, dark, f"--window-size={width},1200", "--virtual-time-budget=6000", "--dump-dom", trial
        )
    found = re.search(r'<script type="application/json" id="probed">(.*?)</script>', dom, re.DOTALL)
    return json.loads(unescape(found[1])) if found else ["the probe did not come to its end"]


def picture(browser: str, place: Path, out: Path, width: int, dark: bool) -> None:
    run(browser, dark, f"--window-size={width},6000", f"--screenshot={out}", place)


def paper(browser: str, place: Path, out: Path) -> None:
    run(browser, False, "--no-pdf-header-footer", f"--print-to-pdf={out}", place)


def run(browser: str, dark: bool, *words: object) -> str:
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    *options, place = map(str, words)
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        *scheme,
        *options,
        f"file://{Path(place).resolve()}",
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
