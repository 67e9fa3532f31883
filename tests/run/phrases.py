"""Small made-up corpora: English phrases and their word-by-word, reversed translation."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable
from pathlib import Path

WORDS = {
    language: words.split()
    for language, words in {
        "en": "one two three four five six seven eight red blue green big small cat dog bird",
        "de": "eins zwei drei vier fünf sechs sieben acht rot blau grün groß klein Katze Hund Vogel",
        "fr": "un deux trois quatre cinq six sept huit rouge bleu vert grand petit chat chien oiseau",
    }.items()
}


def phrases(number: int, *languages: str, seed: int = 0, longest: int = 6) -> list[tuple[str, ...]]:
    """The same phrases in some languages; in all but the first the words stand in reverse."""
    draw = random.Random(seed)
    found = []
    for _ in range(number):
        words = [draw.randrange(16) for _ in range(draw.randint(1, longest))]
        first, *others = languages
        rest = (" ".join(WORDS[name][word] for word in reversed(words)) for name in others)
        found.append((" ".join(WORDS[first][word] for word in words), *rest))
    return found


def write(path: Path, lines: Iterable[str]) -> None:
    """Lines of a file, packed if its name ends in `.gz`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def write_pairs(path: Path, pairs: Iterable[tuple[str, ...]]) -> None:
    """A `.tsv` or `.jsonl` file of sources and targets."""
    if ".jsonl" in path.suffixes:
        write(path, (json.dumps({"source": a, "target": b}, ensure_ascii=False) for a, b in pairs))
    else:
        write(path, ("\t".join(pair) for pair in pairs))
