"""All blocks of a spec at once: each sees what it needs of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tfc.diagnostics.core import Label
from tfc.diagnostics.suggest import nearest
from tfc.fields import Reference, Setting
from tfc.spec import coherence
from tfc.spec.blocks import A_BLOCK, INNER, declared
from tfc.spec.draft import ALL, Draft
from tfc.spec.faults import Failed, Faults
from tfc.spec.filling import Around, Filling, ModelFilling
from tfc.spec.forms import listed
from tfc.spec.requirements import Requirements
from tfc.spec.values import Values

Key = tuple[str, str]
SEEN_OF_DATA = ("tokenizer", "train", "sources", "targets", "reverse")  # by a model, for its `vocab`


class BlockFilling(Filling):
    """A block that refers to others: where it names none, the only one is meant."""

    def __init__(self, world: World, draft: Draft, around: Mapping[str, Any]) -> None:
        super().__init__(draft, declared(draft.kind), world.values, around)
        self.world = world

    def _default(self, setting: Setting) -> Any:
        if isinstance(setting.kind, Reference) and setting.kind.to in ("model", "data"):
            return self.world.only(setting.kind.to, self.draft)
        return super()._default(setting)


class World:
    """The fillings of all blocks, made when they are asked for, and the blocks that come of them."""

    def __init__(self, drafts: Mapping[Key, Draft], values: Values) -> None:
        self.drafts = drafts
        self.values = values
        self.faults: Faults = values.faults
        self._fillings: dict[Key, Filling] = {}
        self._inner: dict[tuple[Key, str], Any] = {}

    def of(self, kind: str) -> list[Draft]:
        """The drafts of a kind, in the order of the file."""
        return [draft for (found, _), draft in self.drafts.items() if found == kind]

    def only(self, kind: str, asking: Draft) -> str:
        """The label of the only block of a kind; fails with TFS109 where there are several, TFS106 where none is."""
        found = self.of(kind)
        if len(found) == 1:
            return found[0].label
        if ALL in asking.excused:
            raise Failed
        if not found:
            self.faults.fail(
                "TFS106",
                f"{A_BLOCK[asking.kind]} needs a `{kind}`, and there is none",
                Label(asking.span, "about which?"),
                help=f"add a block `{kind}{' NAME' if kind == 'model' else ''} {{ ... }}`",
            )
        labels = [draft.label for draft in found]
        named = "models" if kind == "model" else "blocks `data`"
        self.faults.fail(
            "TFS109",
            f"there are several {named}, and {A_BLOCK[asking.kind]} names none",
            Label(asking.span, "about which?"),
            *(Label(draft.span, "one", primary=False) for draft in found[:3]),
            help=f"write {listed([f'{kind} = {label}' for label in labels[:4]])}",
        )

    # -------------------------------------------------------------------------------- what is asked

    def filling(self, key: Key) -> Any:
        """The settings of a block, by name."""
        if key not in self._fillings:
            kind = key[0]
            draft = self.drafts[key]
            around = Around(self._around(key))
            if kind == "model":
                self._fillings[key] = ModelFilling(draft, declared(kind), self.values, around)
            else:
                self._fillings[key] = BlockFilling(self, draft, around)
        return self._fillings[key]

    def _around(self, key: Key) -> dict[str, Callable[[], Any]]:
        kind, label = key
        if kind == "model":
            return self._around_model(label)
        inner = {name: (lambda name=name: self.inner(key, name)) for name in INNER[kind]}
        if kind == "data":
            return inner
        seen = {f"model.{name}": (lambda name=name: self.model(key)[name]) for name in ("family", "context")}
        if kind == "distill":
            train = self._train_of(self.drafts[key].parent)
            if train is not None:
                for name in ("optimizer", "schedule", "precision"):
                    seen[f"teacher.{name}"] = lambda name=name, train=train: self.filling(train)[name]
        return {**inner, **seen}

    def _around_model(self, label: str) -> dict[str, Callable[[], Any]]:
        def seen(name: str) -> Any:
            data = self._data_of(label)
            return None if data is None else data[name]

        return {f"data.{name}": (lambda name=name: seen(name)) for name in SEEN_OF_DATA}

    def model(self, key: Key) -> Filling:
        """The model that a `train`, `distill` or `deploy` is about."""
        label = key[1] if key[0] == "distill" else self.filling(key)["model"]
        if ("model", label) not in self.drafts:
            raise Failed
        return self.filling(("model", label))

    def _data_of(self, label: str) -> Filling | None:
        """The data that a model is trained on: that of the first block that trains it, else the only one."""
        for kind in ("train", "distill"):
            for draft in self.of(kind):
                key = (kind, draft.label)
                if self._trains(key, label):
                    return self._attempt(lambda key=key: self.filling(("data", self.filling(key)["data"])))
        datas = self.of("data")
        return self.filling(("data", datas[0].label)) if len(datas) == 1 else None

    def _trains(self, key: Key, label: str) -> bool:
        if key[0] == "distill":
            return key[1] == label
        return self._attempt(lambda: self.filling(key)["model"]) == label

    def _train_of(self, parent: Any) -> Key | None:
        """The block that trains the teacher of a `distill`."""
        for draft in self.of("train"):
            key = ("train", draft.label)
            if parent is not None and self._trains(key, parent.name):
                return key
        return None

    def _attempt(self, work: Callable[[], Any]) -> Any:
        return self.values.attempt(work)

    def inner(self, key: Key, name: str) -> Any:
        """The block `parallel`, `checkpoint` or `server` of another; raises `Failed` if it is wrong."""
        place = (key, name)
        if place not in self._inner:
            outer = self.drafts[key]
            draft = outer.blocks.get(name) or Draft(name, "", outer.span)
            filling = Filling(draft, INNER[key[0]][name], self.values, Around({}))
            self._inner[place] = Failed
            self._inner[place] = filling.block()
        if self._inner[place] is Failed:
            raise Failed
        return self._inner[place]

    def say_missing(self) -> None:
        """Say of each block what it lacks, in one message."""
        for filling in self._fillings.values():
            filling.say_missing()

    # --------------------------------------------------------------------------------- what is made

    def block(self, key: Key) -> Any:
        """A block, whole; None where something in it is wrong, all of which has been said."""
        make = {"model": self._model, "data": self._data, "deploy": self._deploy}.get(key[0], self._training)
        return self._attempt(lambda: make(key))

    def _model(self, key: Key) -> Any:
        filling = self.filling(key)
        draft = self.drafts[key]
        sides = self._attempt(lambda: filling.sides)
        made = {name: self._attempt(filling.side(name).block) for name in sides or ()}
        budgets = self._attempt(lambda: Requirements(self.values).budgets(draft))
        model = filling.block(**made, budgets=budgets)
        coherence.check_sides(draft.blocks, filling.sides, model.family, self.faults)
        return model

    def _data(self, key: Key) -> Any:
        data = self.filling(key).block()
        lengths = data.lengths
        if isinstance(lengths, int):
            data = data.replace(lengths=(lengths, lengths))
        coherence.check_data(data, self.faults)
        return data

    def _training(self, key: Key) -> Any:
        draft, filling = self.drafts[key], self.filling(key)
        coherence.check_length_of_run(draft, self.faults)
        others: dict[str, Any] = {
            name: self._attempt(lambda name=name: self.inner(key, name)) for name in INNER[key[0]]
        }
        others["budgets"] = self._attempt(lambda: self._budgets(key))
        if key[0] == "distill":
            others["teacher_name"] = self._attempt(lambda: self._teacher(draft))
        block = filling.block(**others)
        if key[0] == "distill":
            block = block.replace(loss=coherence.weighted(block.loss, self.faults))
        data = self._attempt(lambda: self.filling(("data", block.data)).block())
        model = self._attempt(lambda: self.model(key))
        if model is not None:
            coherence.check_training(block, _Seen(model), data, self.faults)
        return block

    def _teacher(self, draft: Draft) -> str:
        """The teacher of a `distill`; student and teacher are models of the spec."""
        if draft.parent is None or draft.parent.relation != "from":
            self.faults.fail(
                "TFS106",
                "a `distill` must name its teacher",
                Label(draft.span, "from whom?"),
                help=f"write `distill {draft.label} from TEACHER {{ ... }}`",
            )
        known = [model.label for model in self.of("model")]
        for name, span in ((draft.label, draft.span), (draft.parent.name, draft.parent.span)):
            if name not in known:
                near = nearest(name, known)
                self.faults.fail(
                    "TFS104",
                    f"there is no model `{name}`",
                    Label(span, "no model has this name"),
                    help=f"was `{near}` meant?"
                    if near
                    else "a student and its teacher are models of the spec",
                )
        return draft.parent.name

    def _deploy(self, key: Key) -> Any:
        budgets = self._attempt(lambda: self._budgets(key))
        server = self._attempt(lambda: self.inner(key, "server"))
        deploy = self.filling(key).block(server=server, budgets=budgets)
        model = self._attempt(lambda: self.model(key)["context"])
        if model is not None:
            coherence.check_deploy(deploy, _Seen(self.model(key)), self.faults)
        return deploy

    def _budgets(self, key: Key) -> Any:
        data = self._attempt(lambda: self._languages(key)) or ()
        return Requirements(self.values, data).budgets(self.drafts[key])

    def _languages(self, key: Key) -> tuple[str, ...]:
        label = self.model(key).draft.label
        data = self._data_of(label)
        return data["languages"] if data is not None else ()


class _Seen:
    """A filling read as if it were the block: its settings as attributes, `Failed` where one is wrong."""

    def __init__(self, filling: Filling) -> None:
        self._filling = filling

    def __getattr__(self, name: str) -> Any:
        return self._filling[name]

    def span_of(self, name: str) -> Any:
        self._filling[name]
        return self._filling.origins[name].span
