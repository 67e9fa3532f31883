"""Training runs of others: memory and step times under the profile of the code that was run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.published import fsdp, megatron, memory, vtrain
from benchmarks.published.estimators import states_only, theoretical
from benchmarks.published.machine import machine
from benchmarks.published.pieces import Factors, Pieces, model_flops, pieces
from benchmarks.published.rows import BLOOM, FOUNDRY, MEGATRON_CI, Row
from benchmarks.published.score import calibrated, constant_efficiency, left_out, score

PROFILES: dict[str, tuple[Callable[[Row], Any], Callable[[Row], str]]] = {
    MEGATRON_CI: (megatron.Megatron, megatron.unsupported),
    FOUNDRY: (fsdp.Fsdp, fsdp.unsupported),
}
OTHERWISE = (vtrain.Vtrain, vtrain.unsupported)
FITTED = ("compute", "traffic", "dispatch", "sending")
COLUMNS = "n | bias | mean | median | p95 | largest"


@dataclass(frozen=True)
class Case:
    """A row with its profile."""

    row: Row
    profile: Any

    @cached_property
    def pieces(self) -> Pieces:
        return pieces(self.profile)

    @cached_property
    def flops_seconds(self) -> float:
        """Seconds in which all devices would do the step's FLOPs at their peak."""
        return model_flops(self.profile) / self.row.gpus / machine(self.row.device).peak

    def seconds(self, factors: Factors) -> float:
        return self.pieces.seconds(factors)

    @property
    def step(self) -> float:
        assert self.row.step is not None
        return self.row.step


def cases(rows: Sequence[Row]) -> tuple[list[Case], Counter[tuple[str, str]]]:
    """The rows that a profile describes, and how many of which source it does not, and why."""
    found, others = [], Counter[tuple[str, str]]()
    for row in rows:
        make, unsupported = PROFILES.get(row.source, OTHERWISE)
        why = row.contradiction or unsupported(row)
        if why:
            others[row.source, why] += 1
        else:
            found.append(Case(row, make(row)))
    return found, others


def memory_lines(found: Sequence[Case]) -> Iterator[str]:
    """The table of memory: kinds apart, families apart."""
    yield f"| what was measured | predicted by | {COLUMNS} |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    exact = [case for case in found if case.row.memory_kind == "max_allocated" and case.row.memory]
    groups: dict[str, list[Case]] = {}
    for case in exact:
        more = ", context parallel" if case.row.context > 1 else ""
        groups.setdefault(case.row.model.split("/")[0].upper() + more, []).append(case)
    if len(groups) > 1:
        groups["all of them"] = exact
    for name, own in groups.items():
        pairs = [(memory.allocated(case.profile), case.row.memory or 0.0) for case in own]
        yield f"| Megatron-LM's CI, allocated: {name} | `megatron` | {score(pairs)} |"
        for what, estimate in (
            ("Megatron's own formula", theoretical),
            ("18 bytes a parameter", states_only),
        ):
            pairs = [(estimate(case.profile), case.row.memory or 0.0) for case in own]
            yield f"| | {what} | {score(pairs)} |"
    shown = [case for case in found if case.row.source == BLOOM and case.row.memory]
    if shown:
        pairs = [(_taken(case), case.row.memory or 0.0) for case in shown]
        yield f"| BLOOM's prequel, as the driver shows it, whole GB | `vtrain` | {score(pairs)} |"


def fits_lines(found: Sequence[Case]) -> Iterator[str]:
    """What ran and what did not, beside what would have been said: no memory was printed for most of these."""
    yield "| runs | ran, said to fit | ran, said not to fit | failed, said not to fit | failed, said to fit |"
    yield "|---|--:|--:|--:|--:|"
    for source, name in ((FOUNDRY, "llm-foundry"), (BLOOM, "BLOOM's prequel")):
        own = [case for case in found if case.row.source == source]
        if not own:
            continue
        counted = Counter((case.row.out_of_memory, _fits(case)) for case in own)
        cells = (counted[False, True], counted[False, False], counted[True, False], counted[True, True])
        yield f"| {name} | {' | '.join(map(str, cells))} |"


def _fits(case: Case) -> bool:
    return _taken(case) <= machine(case.row.device).capacity


def _taken(case: Case) -> float:
    """Bytes as the driver would show them, of the stage that takes most."""
    found = memory.largest(case.profile)
    context = machine(case.row.device).context
    taken = getattr(case.profile, "taken", lambda allocated, context: allocated + context)
    return taken(found, context)


def time_lines(found: Sequence[Case]) -> Iterator[str]:
    """The table of step times, each source apart."""
    yield f"| runs | predicted by | fitted on | {COLUMNS} |"
    yield "|---|---|---|--:|--:|--:|--:|--:|--:|"
    timed = [case for case in found if case.row.step]
    sources: dict[str, list[Case]] = {}
    for case in timed:
        sources.setdefault(case.row.source, []).append(case)
    fit, share = calibrated(Case.seconds, _step, FITTED), constant_efficiency(_flops_seconds, _step)
    for source, own in sources.items():
        pairs = [(case.pieces.seconds(), case.step) for case in own]
        yield f"| {source} | `{own[0].profile.name}`, data sheets | nothing | {score(pairs)} |"
        for label, group in GROUPS.items():
            for name, chosen in (
                (f"`{own[0].profile.name}`, four factors", fit),
                ("one share of the peak", share),
            ):
                result = left_out(own, group, chosen, _step)
                if result is not None:
                    yield f"| | {name} | {label} | {result} |"
        others = [case for case in timed if case.row.source not in (source, MEGATRON_CI)]
        for name, chosen in (
            (f"`{own[0].profile.name}`, four factors", fit),
            ("one share of the peak", share),
        ):
            if others:
                predict = chosen(others)
                pairs = [(predict(case), case.step) for case in own]
                yield f"| | {name} | the other sources | {score(pairs)} |"


GROUPS: dict[str, Callable[[Case], Any]] = {
    "other model sizes": lambda case: (case.row.width, case.row.layers),
    "other numbers of GPUs": lambda case: case.row.gpus,
    "other devices": lambda case: case.row.device,
    "other lengths": lambda case: case.row.lengths,
}


def _step(case: Case) -> float:
    return case.step


def _flops_seconds(case: Case) -> float:
    return case.flops_seconds
