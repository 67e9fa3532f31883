"""The block `deploy`, and `server` in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from tfc.fields import (
    AUTO,
    BYTES,
    COUNT,
    NAME,
    TEXT,
    TIME,
    TOKENS,
    Auto,
    Block,
    Computed,
    Either,
    Family,
    ListOf,
    Number,
    RangeOf,
    Reference,
    Variant,
    choice,
    default,
    setting,
)
from tfc.spec.budget import Budget
from tfc.spec.variants.serving import PORT
from tfc.units import Dimension

Bounds = tuple[int, int]


def _context(given: Mapping[str, Any]) -> Bounds:
    return (1, given.get("model.context") or 1)


class Server(Block, kind="server"):
    """How requests come in."""

    port: int = setting(PORT, "that it listens on", default=8000)
    wait: float = setting(
        TIME, "dynamic batching: how long the first request waits for others", default=0.005
    )
    queue: int = setting(
        Number((Dimension.REQUESTS,), whole=True, least=0), "more are answered 429", default=1024
    )
    deadline: float = setting(TIME, "after which a request is given up", default=10.0)
    body: float = setting(BYTES, "the longest body of a request", default=2**20)
    threads: int | Auto = setting(COUNT, "that compute", default=AUTO, auto=True)
    self_test: int = setting(
        Number((Dimension.SAMPLES,), whole=True, least=0), "golden outputs before `/readyz`", default=8
    )


class Deploy(Block, kind="deploy", also=("deployment", "serve", "serving")):
    """What a trained model becomes, and how it is served."""

    model: str = setting(
        Reference("model"), "what is served", default=Computed("the only one", lambda given: None)
    )
    target: Variant = setting(Family("target"), "what it runs in", also=("backend", "engine"))
    precision: Variant | Auto = setting(
        Family("deploy_precision"),
        "what numbers are computed in; `auto`: the fastest that meets the budgets on quality",
        default=default("deploy_precision", "fp32"),
        auto=True,
        also=("quantization", "dtype"),
        built=lambda precision: precision is not AUTO,
    )
    decoding: Variant = setting(
        Family("decoding"),
        "how an output is chosen",
        default=default("decoding", "greedy"),
        also=("num_beams",),
    )
    batch: Bounds = setting(
        RangeOf(COUNT),
        "sequences in one step",
        default=Computed("1..32", lambda given: (1, 32)),
        also=("max_batch_size",),
    )
    input: Bounds = setting(
        RangeOf(TOKENS),
        "tokens of a source",
        default=Computed("1..context", _context),
        also=("max_input_len",),
    )
    output: Bounds = setting(
        RangeOf(TOKENS),
        "tokens of an output",
        default=Computed("1..context", _context),
        also=("max_output_len",),
    )
    metrics: Variant = setting(
        Family("metrics"), "where the server says how it is", default=default("metrics", "prometheus")
    )
    adapters: str | tuple[str, ...] = setting(
        Either((choice("all", "merged"), ListOf(NAME, least=1))),
        "served from one base",
        default="all",
        built=lambda adapters: adapters == "all",
    )
    gives: str = setting(
        choice("states", "scores"),
        "what an encoder answers: a vector a token, or the likeliest tokens where one is hidden",
        default="states",
    )
    fallback: Variant = setting(
        Family("fallback"),
        "rungs under load, in order; the last is always to shed",
        default=default("fallback", "none"),
    )
    breaker: Variant = setting(
        Family("breaker"),
        "when the server stops answering, to come to itself",
        default=default("breaker", "none"),
        also=("circuit_breaker",),
    )
    split: Variant = setting(
        Family("split"),
        "whether another deployment has a part",
        default=default("split", "none"),
        also=("canary", "ab_test"),
    )
    autoscale: Variant = setting(
        Family("autoscale"), "bounds", default=default("autoscale", "none"), also=("replicas",)
    )
    host: Variant = setting(Family("host"), "what the server runs in", default=default("host", "process"))
    profile: str | None = setting(TEXT, "as in `train`", default=None)
    server: Server = field()
    budgets: tuple[Budget, ...] = field(default=(), compare=False)
