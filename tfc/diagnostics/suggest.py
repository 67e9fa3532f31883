"""What a misspelt name may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that differs least from `name`, if that is little enough to be a slip of the fingers.

    Case and underscores do not count; else a third of the letters may be added, lost, changed or swapped.
    """
    wanted = _folded(name)
    limit = max(1, len(wanted) // 3)
    ranked = ((_distance(wanted, _folded(candidate), limit), candidate) for candidate in candidates)
    close = [(distance, candidate) for distance, candidate in ranked if distance <= limit]
    best = min(close, default=None)
    return best[1] if best and best[0] < len(wanted) else None


def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _distance(one: str, other: str, limit: int) -> int:
    """Edits that make one word the other, a swap of neighbours counting once; above `limit`, just more than that.

    The restricted distance of Damerau and Levenshtein ("optimal string alignment").
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
