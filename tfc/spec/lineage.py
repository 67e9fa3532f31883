"""Blocks and the blocks that they extend: parents, presets, and circles of them."""

from __future__ import annotations

from tfc.diagnostics.core import Edit, Fix, Label
from tfc.diagnostics.suggest import nearest
from tfc.spec import presets
from tfc.spec.draft import ALL, Draft, Drafts
from tfc.spec.faults import Faults
from tfc.spec.gather import gather

Key = tuple[str, str]


class Lineage:
    """Puts each block on top of the blocks that it is taken from."""

    def __init__(self, drafts: Drafts, faults: Faults) -> None:
        self.drafts = drafts
        self.faults = faults
        self._whole: dict[Key, Draft] = {}
        self._presets: dict[str, Draft] = {}

    def all(self) -> dict[Key, Draft]:
        """Every block with all that it inherits, in the order of the file."""
        return {key: self.whole(key) for key in self.drafts.blocks}

    def whole(self, key: Key) -> Draft:
        """One block with all that it inherits."""
        # A chain may be as long as the file, so it is walked and not recursed.
        chain: list[Key] = [key]
        base: Draft | None = None
        while chain[-1] not in self._whole:
            draft = self.drafts.blocks[chain[-1]]
            parent = draft.parent
            if parent is None or parent.relation == "from" or draft.kind == "distill":
                break
            above = (draft.kind, parent.name)
            preset = draft.kind == "model" and parent.name in presets.NAMES
            if above in chain and not (preset and above == chain[-1]):
                self._circle(chain[chain.index(above) :])
                break
            if above in self.drafts.blocks and above != chain[-1]:
                chain.append(above)
                continue
            base = self._preset(parent.name) if preset else self._unknown(draft)
            break
        for one in reversed(chain):
            if one not in self._whole:
                draft = self.drafts.blocks[one]
                self._whole[one] = draft.over(base) if base is not None else draft
            base = self._whole[one]
        return self._whole[key]

    def _preset(self, name: str) -> Draft:
        if name not in self._presets:
            drafts = gather(presets.tree(name), self.faults)
            self._presets[name] = next(drafts.of("model"))
        return self._presets[name]

    def _unknown(self, draft: Draft) -> None:
        assert draft.parent is not None
        draft.excused.add(ALL)
        known = [other.label for other in self.drafts.of(draft.kind) if other is not draft and other.label]
        known += presets.NAMES if draft.kind == "model" else ()
        near = None if self.faults.many else nearest(draft.parent.name, known)
        self.faults.say(
            "TFS104",
            f"there is no {draft.kind} `{draft.parent.name}`",
            Label(draft.parent.span, "extends this"),
            help=""
            if near or draft.kind != "model"
            else "`tfc presets` lists the models that every spec may extend",
            fixes=(Fix(f"write `{near}`", (Edit(draft.parent.span, near),)),) if near else (),
        )

    def _circle(self, chain: list[Key]) -> None:
        # Begun at the least, so that a circle is said once, wherever it is entered.
        least = chain.index(min(chain))
        chain = [*chain[least:], *chain[: least + 1]]
        for key in chain:
            self.drafts.blocks[key].excused.add(ALL)
        first = self.drafts.blocks[chain[0]]
        assert first.parent is not None
        through = " -> ".join(f"`{label}`" for _, label in chain)
        self.faults.say(
            "TFS107",
            f"{first.kind} `{first.label}` extends itself",
            Label(first.parent.span, "begins here"),
            notes=(f"the circle is {through}",),
            help="one of them extends nothing, or a preset",
        )
