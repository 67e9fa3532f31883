"""Phrases in five languages, made from CLDR (Babel) and num2words, so that the quickstart ships no corpus.

Numbers in words, dates, times and sums of money: every source phrase is English and its translations are what the
locale data says. The same seed writes the same bytes. Run it as

    python examples/phrases.py examples/phrases

which writes `train`, `dev` and `test`, each with one file a direction (`train.en-de.tsv`: English, tab, German).
No English phrase of `dev` or `test` occurs in `train`.
"""

from __future__ import annotations

import argparse
import datetime
import random
from collections.abc import Iterator
from pathlib import Path

from babel.dates import format_date, format_time
from babel.numbers import format_currency
from num2words import num2words

SOURCE = "en"
TARGETS = ("de", "fr", "ru", "ja")
SIZES = {"train": 5000, "dev": 50, "test": 50}  # phrases of each direction
CURRENCIES = ("EUR", "USD", "GBP", "JPY", "CHF")

Value = int | datetime.date | datetime.time | tuple[float, str]


def draw(random_: random.Random) -> Value:
    """A number of three or four digits, a date from 1900 to 2099, a time of the day or a sum of money."""
    match random_.choice(("number", "date", "time", "money")):
        case "number":
            return _of_digits(random_, random_.randint(3, 4))
        case "date":
            first = datetime.date(1900, 1, 1).toordinal()
            last = datetime.date(2099, 12, 31).toordinal()
            return datetime.date.fromordinal(random_.randint(first, last))
        case "time":
            return datetime.time(random_.randrange(24), random_.randrange(60), random_.randrange(60))
        case _:
            return _of_digits(random_, random_.randint(3, 5)) / 100, random_.choice(CURRENCIES)


def _of_digits(random_: random.Random, digits: int) -> int:
    return random_.randrange(10 ** (digits - 1), 10**digits)


def say(value: Value, language: str) -> str:
    """`value` as a speaker of `language` writes it."""
    match value:
        case int():
            text = num2words(value, lang=language)
        case datetime.date():
            text = format_date(value, "full", locale=language)
        case datetime.time():
            text = format_time(value, "medium", locale=language)
        case (amount, currency):
            text = format_currency(amount, currency, locale=language, format_type="name")
    return " ".join(text.split())  # CLDR uses no-break spaces: a tokenizer reads and writes plain ones


def pairs(language: str, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Endless distinct (English, `language`) pairs, in an order of this language's own."""
    random_ = random.Random(f"{seed} {language}")
    seen: set[str] = set()
    while True:
        value = draw(random_)
        english = say(value, SOURCE)
        if english not in seen:
            seen.add(english)
            yield english, say(value, language)


def write(folder: Path, seed: int = 0) -> None:
    """Write the splits of every direction into `folder`; what is held out in one direction is new in all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    streams = {language: pairs(language, seed) for language in TARGETS}
    held: set[str] = set()
    for split in ("test", "dev", "train"):
        for language, stream in streams.items():
            lines = []
            while len(lines) < SIZES[split]:
                english, translation = next(stream)
                if split != "train":
                    held.add(english)
                elif english in held:
                    continue
                lines.append(f"{english}\t{translation}\n")
            path = folder / f"{split}.{SOURCE}-{language}.tsv"
            path.write_text("".join(lines), encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the phrases of quickstart.tfs.")
    parser.add_argument("folder", type=Path, help="where to write them")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.seed)
    print(f"{sum(SIZES.values()) * len(TARGETS)} phrases in {arguments.folder}")


if __name__ == "__main__":
    main()
