"""The scripts of benchmarks/cost are no package: they travel to a GPU as a folder of files."""

from __future__ import annotations

import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "benchmarks" / "cost"

if str(SCRIPTS) not in sys.path:
    sys.path.insert(0, str(SCRIPTS))
