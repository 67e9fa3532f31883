"""Where text comes from."""

from __future__ import annotations

from tfc.fields import TEXT, Variant, setting


def on_this_machine(path: str | None) -> bool:
    """Whether a path is read with `open`, and not fetched from a store such as `s3://`."""
    return path is None or "://" not in path


class DataSource(Variant, family="source"):
    """Where text comes from.

    A path may have `*`, `{source}` and `{target}` (a file a direction) or `{language}` (a file a language,
    line N with line N); `.gz` after any.
    """


class TextSource(DataSource, name="text"):
    """Plain text, for a decoder or an encoder."""

    path: str = setting(TEXT, "the files", built=on_this_machine)


class Pairs(DataSource, name="pairs"):
    """Parallel text: `.tsv` columns 1 and 2, `.jsonl` keys `source` and `target`, or files line by line."""

    path: str = setting(TEXT, "the files", built=on_this_machine)


class Shards(DataSource, name="shards", built=False):
    """Token ids that are already in shards."""

    path: str = setting(TEXT, "the files")


class HubSource(DataSource, name="hf", built=False):
    """A data set on the Hugging Face hub."""

    name_: str = setting(TEXT, "owner and data set")
    revision: str | None = setting(TEXT, "the commit; recorded in `tfc.lock` if none is given", default=None)
    split: str | None = setting(TEXT, "which part of it", default=None)
