"""The largest micro-batch that really fits a GPU, of each boundary row: needs torch and numpy alone.

    python boundary.py FOLDER --out rows.jsonl [--limit-seconds 150]

It begins with the micro-batch that is predicted to be the largest, takes one more where that fits and one fewer where
it does not, and further as far as what was taken says, until one fits and the next does not. Each try is a run of
three steps of the generated script (measure.py), or of two where they take long. A line of JSON for each try is
added, and one with `largest`; a row that has that is skipped.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import trial
from children import Children
from measure import add, options_of, places, shown, told

STEPS = 3
TRIES = 8


@dataclass
class Search:
    """What is known of a row: the largest that fits, and the smallest that does not."""

    guess: int
    fits: int = 0
    fails: int | None = None
    taken: dict[int, int] = field(default_factory=dict)
    room: int = 0  # bytes of the device

    @property
    def found(self) -> bool:
        return self.fails is not None and self.fails == self.fits + 1

    def next(self) -> int:
        """The micro-batch to try."""
        if not self.taken and self.fails is None:
            return self.guess
        if self.fails is None:
            return self.fits + max(1, self._spare())
        if not self.fits:
            return max(
                1, min(self.fails - 1, self.guess - 1 if self.fails == self.guess else self.fails * 9 // 10)
            )
        return self.fails - 1 if self.fits >= self.fails - 2 else (self.fits + self.fails) // 2

    def _spare(self) -> int:
        """Sequences for which there is room still, by what one more takes."""
        sizes = sorted(self.taken)
        each = self.taken[sizes[-1]] / sizes[-1]
        if len(sizes) > 1:
            each = max(1.0, (self.taken[sizes[-1]] - self.taken[sizes[-2]]) / (sizes[-1] - sizes[-2]))
        return int((self.room - self.taken[sizes[-1]]) / each)

    def learn(self, size: int, said: dict[str, Any]) -> None:
        if said.get("oom"):
            self.fails = size
            return
        self.fits, self.room = size, said["total"]
        self.taken[size] = said["taken"]


def largest(pool: Children, place: Any, options: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Look for the largest micro-batch of a row; `error` where it was not found."""
    search = Search(row["microbatch"])
    for _ in range(TRIES):
        size = search.next()
        order = trial.Order(options.device, microbatch=size, steps=STEPS)
        said = pool.run(trial.one, str(place), asdict(order), log=place / "log")
        add(options.out, {"try": row["row"], **said, "commit": row["commit"]})
        print(f"{place.name:28} {size:4}  {shown(said)}", file=sys.stderr, flush=True)
        if "error" in said and not said.get("oom"):
            return {"error": said["error"]}
        search.learn(size, said)
        if search.found:
            return {"largest": search.fits}
        if search.fails == 1:
            return {"largest": 0}
    return {"error": f"not found in {TRIES} tries: {search.fits} fits, {search.fails} does not"}


def main() -> None:
    options = options_of((__doc__ or "").partition("\n")[0]).parse_args()
    began, longest = time.monotonic(), 20.0
    pool = Children(options.device, options.row_seconds, options.spawn)
    done = {(line["boundary"], line["code"]) for line in told(options.out) if "largest" in line}
    for place in places(options.folder, "boundary", options.rows):
        row = json.loads((place / "row.json").read_text())
        if (row["row"], row["code"]) in done:
            continue
        start = time.monotonic()
        if start - began + longest > options.limit_seconds:
            print(f"{place.name}: left for another run", file=sys.stderr, flush=True)
            continue
        said = largest(pool, place, options, row)
        about = {name: row[name] for name in ("code", "commit")} | {"guess": row["microbatch"]}
        add(
            options.out,
            {"boundary": row["row"], **about, **said, "seconds": round(time.monotonic() - start, 2)},
        )
    print(f"{time.monotonic() - began:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
