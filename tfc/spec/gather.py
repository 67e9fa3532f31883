"""A tree to drafts: which blocks and settings a file gives, every name looked up and nothing worked out."""

from __future__ import annotations

from tfc.diagnostics.core import Edit, Fix, Label, Span
from tfc.diagnostics.suggest import nearest
from tfc.spec.blocks import (
    A_BLOCK,
    BLOCKS,
    LABELLED,
    home_of,
    inner_of,
    settings_in,
)
from tfc.spec.draft import Draft, Drafts, Given, Parent, Scenario
from tfc.spec.faults import Faults
from tfc.spec.misplaced import unknown_block, unknown_setting
from tfc.syntax import tree


def gather(file: tree.File, faults: Faults) -> Drafts:
    """What one file says; unknown names, and what is said twice, go to `faults`."""
    return _Gatherer(faults).file(file)


class _Gatherer:
    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.drafts = Drafts()

    def file(self, file: tree.File) -> Drafts:
        for statement in file.statements:
            match statement:
                case tree.Definition():
                    self._let(statement, self.drafts.lets)
                case tree.Setting():
                    self._edition(statement)
                case tree.BlockNode(kind="scenario"):
                    self._scenario(statement)
                case tree.BlockNode():
                    self._block(statement)
                case tree.Requirement():
                    self._homeless(statement)
        return self.drafts

    # ----------------------------------------------------------------------------------- top level

    def _let(self, node: tree.Definition, lets: dict[str, tree.Definition]) -> None:
        if node.name in lets:
            self._twice(f"`{node.name}` is given twice", node.name_span, lets[node.name].name_span)
            return
        lets[node.name] = node

    def _edition(self, node: tree.Setting) -> None:
        if node.path.names != ("edition",):
            name = node.path.names[0]
            known = node.path.names[0] in BLOCKS
            home = home_of(node.path.names[-1])
            near = nearest(name, ("edition",)) if len(node.path.names) == 1 and not home else None
            self.faults.say(
                "TFS101",
                "only `edition` is a setting of the whole file",
                Label(node.path.span, "stands in no block"),
                notes=(home,) if home else (),
                help="settings by their full names stand in a `scenario`, or after `--set`" if known else "",
                fixes=(Fix("rename it", (Edit(node.path.span, near),)),) if near else (),
            )
        elif self.drafts.edition is not None:
            self._twice("`edition` is given twice", node.span, self.drafts.edition.span)
        else:
            self.drafts.edition = Given(node.value, node.span)

    def _homeless(self, node: tree.Requirement) -> None:
        self.faults.say(
            "TFS102",
            "a budget stands in the block that it is about",
            Label(node.span, "stands in no block"),
            help=f"move it into {' or '.join(f'`{kind} {{ }}`' for kind in ('train', 'deploy', 'model'))}",
        )

    def _scenario(self, node: tree.BlockNode) -> None:
        if not self._labelled(node):
            return
        assert node.label is not None and node.label_span is not None
        if node.relation == "from":
            self._not_from(node)
        found = Scenario(node.label, _head(node), _parent(node))
        if node.label in self.drafts.scenarios:
            first = self.drafts.scenarios[node.label]
            self._twice(f"the scenario `{node.label}` is given twice", found.span, first.span)
            return
        self.drafts.scenarios[node.label] = found
        for statement in node.statements:
            match statement:
                case tree.Definition():
                    self._let(statement, found.lets)
                case tree.Setting():
                    found.settings.append(statement)
                case tree.BlockNode():
                    self.faults.say(
                        "TFS102",
                        "a scenario has settings by their full names, and no blocks",
                        Label(statement.kind_span, "a block"),
                        help=f"write `{statement.kind}.setting = value`",
                    )
                case tree.Requirement():
                    self.faults.say(
                        "TFS102",
                        "a scenario changes settings, and has no budgets of its own",
                        Label(statement.span, "a budget"),
                    )

    # -------------------------------------------------------------------------------------- blocks

    def _block(self, node: tree.BlockNode) -> None:
        if node.kind not in BLOCKS:
            unknown_block(node, "", self.faults)
            return
        if node.kind in LABELLED and not self._labelled(node):
            return
        if node.label and node.label in settings_in(node.kind) | inner_of(node.kind):
            assert node.label_span is not None
            self.faults.say(
                "TFS104",
                f"`{node.label}` is a setting of {A_BLOCK[node.kind]}, and cannot be the name of one",
                Label(node.label_span, "taken"),
                help="then `model.layers` could mean either" if node.kind == "model" else "",
            )
        self._related(node)
        key = (node.kind, node.label or "")
        draft = self.drafts.blocks.setdefault(key, Draft(node.kind, node.label or "", _head(node), node))
        self._taken_from(node, draft)
        self._body(node, draft, "")

    def _taken_from(self, node: tree.BlockNode, draft: Draft) -> None:
        parent = _parent(node)
        if parent and draft.parent and parent.name != draft.parent.name:
            self._twice(f"`{draft.name}` is taken from two blocks", parent.span, draft.parent.span)
        draft.parent = draft.parent or parent

    def _related(self, node: tree.BlockNode) -> None:
        if node.kind == "distill" and node.relation == "extends":
            assert node.parent_span is not None
            self.faults.say(
                "TFS102",
                "a `distill` is `distill STUDENT from TEACHER`",
                Label(node.parent_span, "extends this"),
                help=f"write `distill {node.label} from {node.parent}`",
            )
        elif node.kind != "distill" and node.relation == "from":
            self._not_from(node)
        elif node.relation == "extends" and not node.label:
            assert node.parent_span is not None
            self.faults.say(
                "TFS106",
                f"{A_BLOCK[node.kind]} that extends another has a name",
                Label(_head(node), "has none"),
            )

    def _not_from(self, node: tree.BlockNode) -> None:
        assert node.parent_span is not None
        source = node.parent_span.source
        before = source.text.rfind("from", 0, node.parent_span.start)
        edit = Edit(Span(source, before, before + 4), "extends")
        self.faults.say(
            "TFS102",
            "only a `distill` is taken `from` another block",
            Label(Span(source, before, node.parent_span.end), "written for a `distill`"),
            fixes=(Fix("extend it", (edit,)),),
        )

    def _body(self, node: tree.BlockNode, draft: Draft, outer: str) -> None:
        budgets: list[tree.Requirement] = []
        for statement in node.statements:
            match statement:
                case tree.Setting():
                    self._setting(statement, draft, outer, node)
                case tree.BlockNode():
                    self._inner(statement, draft, outer)
                case tree.Requirement() if outer or node.kind == "data":
                    self._no_budgets(statement, draft)
                case tree.Requirement():
                    budgets.append(statement)
                case tree.Definition():
                    self.faults.say(
                        "TFS102",
                        "a `let` stands at the top of a file, or in a scenario",
                        Label(statement.span, "stands in a block"),
                        help="move it before the block",
                    )
        if budgets:
            draft.budgets = [[*(draft.budgets[0] if draft.budgets else []), *budgets]]

    def _no_budgets(self, node: tree.Requirement, draft: Draft) -> None:
        self.faults.say(
            "TFS102",
            f"{A_BLOCK[draft.kind]} has nothing that a budget could be about",
            Label(node.span, "a budget"),
            help="budgets stand in `model`, `train`, `distill` and `deploy`",
        )

    def _setting(self, node: tree.Setting, draft: Draft, outer: str, block: tree.BlockNode) -> None:
        name = node.path.names[0]
        settings = settings_in(draft.kind, outer)
        if len(node.path.names) > 1:
            self._dotted(node, draft, settings)
        elif name not in settings:
            self._unknown(node, draft, outer, block)
        elif name in draft.settings:
            self._twice(f"`{name}` is given twice", node.span, draft.settings[name].span)
        else:
            draft.settings[name] = Given(node.value, node.span)

    def _inner(self, node: tree.BlockNode, draft: Draft, outer: str) -> None:
        known = {} if outer else inner_of(draft.kind)
        if node.kind not in known:
            unknown_block(node, draft.kind, self.faults)
            return
        if node.label or node.parent:
            span = node.label_span or node.parent_span
            assert span is not None
            self.faults.say(
                "TFS102",
                f"`{node.kind} {{ }}` stands in {A_BLOCK[draft.kind]}, and has no name of its own",
                Label(span, "a name"),
            )
        inner = draft.blocks.setdefault(node.kind, Draft(node.kind, "", _head(node), node))
        self._body(node, inner, draft.kind)

    # ------------------------------------------------------------------------------------ messages

    def _unknown(self, node: tree.Setting, draft: Draft, outer: str, block: tree.BlockNode) -> None:
        given = {other.path.names[0] for other in block.statements if isinstance(other, tree.Setting)}
        draft.excused.add(unknown_setting(node, draft.kind, outer, given, self.faults))

    def _labelled(self, node: tree.BlockNode) -> bool:
        if node.label:
            return True
        head = "distill STUDENT from TEACHER" if node.kind == "distill" else f"{node.kind} NAME"
        self.faults.say(
            "TFS106",
            f"{A_BLOCK[node.kind]} must have a name",
            Label(node.kind_span, "has none"),
            help=f"write `{head} {{ ... }}`",
        )
        return False

    def _twice(self, message: str, again: Span, first: Span) -> None:
        self.faults.say("TFS105", message, Label(again, "again"), Label(first, "first here", primary=False))

    def _dotted(self, node: tree.Setting, draft: Draft, settings: object) -> None:
        first, *rest = node.path.names
        if first in inner_of(draft.kind):
            help = f"write `{first} {{ {'.'.join(rest)} = {node.value.span.text} }}`"
        else:
            help = "a full name stands in a `scenario`, or after `--set`"
        self.faults.say(
            "TFS101", "in a block a setting has one name", Label(node.path.span, "a full name"), help=help
        )


def _head(node: tree.BlockNode) -> Span:
    """The stretch of a block's kind and name."""
    end = (node.label_span or node.kind_span).end
    return Span(node.kind_span.source, node.kind_span.start, end)


def _parent(node: tree.BlockNode) -> Parent | None:
    if node.parent is None or node.parent_span is None:
        return None
    return Parent(node.parent, node.relation or "extends", node.parent_span)
