"""Latencies of NVIDIA's FasterTransformer beside what its profile predicts, and beside three fitted constants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.published.engines import BERT, DECODER, T5, Run
from benchmarks.published.score import calibrated, left_out, score
from benchmarks.published.training import COLUMNS

NAMES = {BERT: "BERT, latency", DECODER: "translation, time of a token", T5: "T5 sampling, time of a token"}
FITTED = ("compute", "traffic", "dispatch")


def lines(runs: Sequence[Run]) -> Iterator[str]:
    """The table: each guide apart, and in it what is fitted on the same device and precision apart."""
    yield f"| runs | predicted by | fitted on | {COLUMNS} |"
    yield "|---|---|---|--:|--:|--:|--:|--:|--:|"
    for guide, name in NAMES.items():
        own = [run for run in runs if run.guide == guide]
        if not own:
            continue
        pairs = [(run.seconds(), run.measured) for run in own]
        yield f"| FasterTransformer: {name} | `fastertransformer`, data sheets | nothing | {score(pairs)} |"
        for label, group in GROUPS.items():
            kind = _kind if label == "other devices" else _kind_and_device
            for what, fit in (
                ("`fastertransformer`, three factors", _factors),
                ("three constants", three_constants),
            ):
                found = left_out(own, group, _apart(fit, kind), _measured)
                if found is not None:
                    yield f"| | {what} | {label} | {found} |"


GROUPS: dict[str, Callable[[Run], Any]] = {
    "other batches": lambda run: run.batch,
    "other lengths": lambda run: run.length,
    "other devices": lambda run: run.gpu,
}


def _measured(run: Run) -> float:
    return run.measured


def _factors(runs: Sequence[Run]) -> Callable[[Run], float]:
    return calibrated(Run.seconds, _measured, FITTED)(runs)


def three_constants(runs: Sequence[Run]) -> Callable[[Run], float]:
    """Seconds of an operation, of a byte and of a kernel that fit best, none below nothing, errors being relative.

    Operations are counted in units of the device's peak and bytes of its bandwidth, so that devices may be joined.
    """
    import numpy as np

    from benchmarks.published.engines import PEAKS

    def amounts(run: Run) -> list[float]:
        products, scores, moved, kernels = run.work
        peak = PEAKS[run.gpu][run.precision] * 1e12
        return [(products + scores) / peak, moved / run.machine.bandwidth, float(kernels)]

    table = np.array([amounts(run) for run in runs])
    weight = 1 / np.array([run.measured for run in runs])
    kept = list(range(table.shape[1]))
    while True:
        found, *_ = np.linalg.lstsq(table[:, kept] * weight[:, None], np.ones(len(runs)), rcond=None)
        if (found >= 0).all() or len(kept) == 1:
            break
        kept.pop(int(found.argmin()))
    constants = np.zeros(table.shape[1])
    constants[kept] = np.maximum(found, 1e-12)
    return lambda run: float(np.dot(amounts(run), constants))


def _apart(fit: Any, kind: Callable[[Run], Any]) -> Any:
    """A fit for each kind of run by itself, where enough of the others are left to fit it to."""

    def fitted(cases: Sequence[Run]) -> Callable[[Run], float]:
        whole = fit(cases)
        by_kind: dict[Any, list[Run]] = {}
        for case in cases:
            by_kind.setdefault(kind(case), []).append(case)
        own = {one: fit(found) for one, found in by_kind.items() if len(found) >= 4}
        return lambda run: own.get(kind(run), whole)(run)

    return fitted


def _kind(run: Run) -> Any:
    return run.shape, run.precision


def _kind_and_device(run: Run) -> Any:
    return run.shape, run.precision, run.gpu
