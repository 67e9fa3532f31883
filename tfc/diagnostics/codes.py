"""Every code that was ever published: a number is never used again for something else.

`TFS`, the stage in which the fault is found, and two digits. The page behind a code is `pages/TFSnnn.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

STAGES = {
    "0": "syntax",
    "1": "names",
    "2": "values and units",
    "3": "shapes and layouts",
    "4": "budgets",
    "5": "learning",
    "6": "targets",
    "7": "inputs",
    "8": "builds",
    "9": "hints, and faults of tfc",
}


@dataclass(frozen=True)
class Code:
    """A code, what it is about in a few words, and the stage that finds it."""

    name: str
    title: str

    @property
    def stage(self) -> str:
        return STAGES[self.name.removeprefix("TFS")[0]]


_TITLES = {
    "TFS001": "something else was expected",
    "TFS002": "two settings on one line",
    "TFS003": "a bracket or quote without its partner",
    "TFS004": "`extends` is not the first statement",
    "TFS005": "not a text, too long or too deep",
    "TFS101": "unknown setting",
    "TFS102": "unknown block",
    "TFS103": "unknown variant",
    "TFS104": "unknown name",
    "TFS105": "set twice",
    "TFS106": "a setting is missing",
    "TFS107": "a circle of `extends`",
    "TFS108": "a budget cannot be loosened",
    "TFS109": "several models, and none is named",
    "TFS201": "out of range",
    "TFS202": "wrong dimension",
    "TFS203": "unknown unit",
    "TFS204": "K for Ki",
    "TFS205": "not a whole number",
    "TFS301": "not divisible",
    "TFS302": "the degrees do not make up the number of GPUs",
    "TFS303": "layers do not fill the stages",
    "TFS304": "a degree crosses a slow link",
    "TFS305": "strategies exclude each other",
    "TFS306": "branches of a `match` have other parameters",
    "TFS307": "the teacher's layers do not fit",
    "TFS401": "memory",
    "TFS402": "latency",
    "TFS403": "lost work",
    "TFS404": "time",
    "TFS405": "cost",
    "TFS406": "throughput",
    "TFS407": "quality",
    "TFS408": "a budget that cannot be judged",
    "TFS410": "no value for `auto` fits",
    "TFS501": "vocabularies differ",
    "TFS502": "the teacher needs more memory than its student",
    "TFS503": "the batch is not a multiple",
    "TFS504": "the warm-up is longer than the run",
    "TFS601": "no export for a variant",
    "TFS602": "a precision that the hardware lacks",
    "TFS603": "a range of shapes without a profile",
    "TFS604": "no data to calibrate on",
    "TFS605": "not generated yet",
    "TFS701": "a file is missing",
    "TFS702": "tokenizer and vocabulary disagree",
    "TFS703": "a remote without a revision",
    "TFS704": "a profile that cannot be used",
    "TFS801": "edited outside a region",
    "TFS802": "the lock does not match",
    "TFS803": "made by another version",
    "TFS804": "a checkpoint of another model",
    "TFS805": "a file cannot be written",
    "TFS901": "memory to spare",
    "TFS902": "a setting without effect",
    "TFS990": "an estimate outside its validated range",
    "TFS999": "a fault of tfc",
}

CODES: dict[str, Code] = {name: Code(name, title) for name, title in _TITLES.items()}
