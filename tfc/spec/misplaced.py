"""What to say of settings and blocks that stand where none of that name can stand."""

from __future__ import annotations

from tfc.diagnostics.core import Edit, Fix, Label
from tfc.diagnostics.suggest import nearest
from tfc.spec.blocks import (
    A_BLOCK,
    BLOCKS,
    INNER,
    home_of,
    inner_of,
    settings_in,
    variant_elsewhere,
    variant_with,
)
from tfc.spec.faults import Faults
from tfc.spec.unknown import Advice, renamed
from tfc.syntax import tree

TOP = (*BLOCKS, "scenario")


def unknown_setting(node: tree.Setting, kind: str, outer: str, given: set[str], faults: Faults) -> str:
    """Say TFS101 of a setting beside those that are `given`; what it should be called, if that is known."""
    name = node.path.names[0]
    settings = settings_in(kind, outer)
    advice = renamed(name, node.path.span, settings, faults.many, given)
    if name in inner_of(kind) and not outer:
        advice = Advice(help=f"`{name}` is a block: `{name} {{ ... }}`")
    elif not advice.notes:
        # An exact name elsewhere says more than a near one here.
        inside, home = variant_with(name, kind, outer), home_of(name)
        if inside or home:
            advice = Advice(help=inside, notes=(home,) if home and not inside else ())
        elif not advice.fixes:
            advice = Advice(help=variant_elsewhere(name))
    faults.say(
        "TFS101",
        f"{A_BLOCK[kind]} has no setting `{name}`",
        Label(node.path.span, "unknown setting"),
        notes=advice.notes,
        help=advice.help,
        fixes=advice.fixes,
    )
    return advice.right


def unknown_block(node: tree.BlockNode, outer: str, faults: Faults) -> None:
    """Say TFS102 of a block that there is not, at the top of a file or in the block `outer`."""
    known = tuple(inner_of(outer)) if outer else TOP
    homes = [kind for kind, inner in INNER.items() if node.kind in inner]
    settings = settings_in(outer) if outer in BLOCKS else {}
    notes: tuple[str, ...] = ()
    right = next((kind for kind in known if kind in BLOCKS and node.kind in BLOCKS[kind].also), None)
    if right:
        notes = (f"`{node.kind}` is called `{right}` here",)
    elif node.kind in settings:
        notes = (f"`{node.kind}` is a setting: `{node.kind} = ...`",)
    elif homes and outer not in homes:
        notes = (f"`{node.kind} {{ }}` stands in {A_BLOCK[homes[0]]}",)
    elif outer and node.kind in TOP:
        notes = (f"{A_BLOCK[node.kind]} stands at the top of a file",)
    elif not faults.many:
        right = nearest(node.kind, known)
    where = f"in {A_BLOCK.get(outer, outer)}" if outer else ""
    faults.say(
        "TFS102",
        f"there is no block `{node.kind}` {where}".rstrip(),
        Label(node.kind_span, "unknown block"),
        notes=notes,
        help="" if notes or right or not known else f"there is {', '.join(f'`{kind}`' for kind in known)}",
        fixes=(Fix(f"write `{right}`", (Edit(node.kind_span, right),)),) if right else (),
    )
