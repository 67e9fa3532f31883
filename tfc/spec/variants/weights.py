"""What training begins with."""

from __future__ import annotations

from tfc.fields import TEXT, Variant, setting


class Weights(Variant, family="weights"):
    """What training begins with."""


class RandomWeights(Weights, name="random"):
    """Chance, from `train.seed`."""


class SafeTensors(Weights, name="safetensors", built=False):
    """A file of weights."""

    path: str = setting(TEXT, "the file")


class HubWeights(Weights, name="hf", built=False):
    """The weights of a model on the Hugging Face hub."""

    name_: str = setting(TEXT, "owner and model")
    revision: str | None = setting(TEXT, "the commit; recorded in `tfc.lock` if none is given", default=None)
