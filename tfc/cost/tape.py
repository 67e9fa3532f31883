"""The tape of a step: which tensors exist, in the order in which generated code and autograd make and drop them.

A trace (`tfc/cost/traces.py`) runs a model as its generated code does, on tensors that have a size and no numbers. A
tensor is there as long as something refers to it, here as in PyTorch: both are counted by Python. Autograd is followed
as its engine works (`torch/csrc/autograd/engine.cpp`): of the nodes that are ready the one made last comes first, sums
of gradients precede all; what a node kept is dropped once it has run, and a gradient that nobody else holds becomes
that of its parameter without a copy. Sizes are numbers or numpy arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

from tfc.cost.arithmetic import Amount

KEPT = "activations"
BLOCK = 512  # bytes, to which a GPU's allocator rounds


class Label(NamedTuple):
    """What a tensor is, to say who is to blame for it."""

    category: str
    what: str
    span: Any = None


class Event(NamedTuple):
    """A storage is made (`size` bytes), dropped (less than 0), or only called otherwise from now on (0)."""

    storage: int
    size: Amount
    label: Label | None = None


class Storage:
    """Bytes of the device: made here, and gone when nothing refers to them."""

    __slots__ = ("number", "size", "tape")

    def __init__(self, tape: Tape, size: Amount) -> None:
        self.tape, self.size, self.number = tape, size, next(tape.numbers)
        tape.events.append(Event(self.number, size, tape.label))

    def __del__(self) -> None:
        self.tape.events.append(Event(self.number, -self.size))


@dataclass(eq=False)
class Tensor:
    """A storage, and the node that made it: None where no gradient is wanted."""

    storage: Storage | None
    made: Node | Leaf | None = None
    slot: int = 0


Gradients = list[Storage | None]
Backward = Callable[[Gradients, Sequence[Storage]], Sequence[Storage | None]]


class Leaf:
    """A parameter, where gradients add up."""

    order = float("-inf")  # before all nodes

    def __init__(self, label: Label, there: bool = False) -> None:
        self.label = label
        self.there = there  # whether a gradient is there already, to which others are added
        self.gradient: Storage | None = None

    @property
    def edges(self) -> tuple[None, ...]:
        return ()


class Node:
    """A function that was called, with what it keeps until its backward pass."""

    def __init__(
        self, order: int, inputs: Iterable[Tensor | None], backward: Backward, label: Label, place: Any
    ) -> None:
        self.order = -order
        self.edges = tuple(
            None if one is None or one.made is None else (one.made, one.slot) for one in inputs
        )
        self.backward = backward
        self.label, self.place = label, place
        self.saved: Sequence[Storage] = ()
        self.again: Again | None = None
        self.places: Sequence[int] = ()


class Mark(NamedTuple):
    """From this event on a place of the model is passed, forward or backward."""

    event: int
    place: Any
    backward: bool = False


class Stop(Exception):
    """All that a layer keeps is made again: the rest of its forward pass is not needed."""


class Again:
    """A layer that is not kept but made again (`torch.utils.checkpoint`, `use_reentrant=False`)."""

    def __init__(self, forward: Callable[[], Any], span: Any) -> None:
        self.forward, self.span = forward, span
        self.kept = 0  # tensors that its forward pass would keep
        self.made: list[Storage | None] | None = None

    def take(self, tape: Tape, places: Sequence[int]) -> list[Storage]:
        """What a node kept, made again where it is not there yet."""
        if self.made is None:
            self.made = []
            tape.makers.append(self)
            try:
                self.forward()
            except Stop:
                pass
            finally:
                tape.makers.pop()
        found = [self.made[place] for place in places]
        for place in places:
            self.made[place] = None
        return found  # type: ignore[return-value]


class Tape:
    """Events of what is run on it. `rounds`: sizes are rounded as a GPU's allocator does."""

    def __init__(self, rounds: bool = True) -> None:
        self.rounds = rounds
        self.numbers, self.orders = count(), count()
        self.events: list[Event] = []
        self.label = Label("temporaries", "")
        self.makers: list[Again] = []
        self.marks: list[Mark] = []
        self.place: Any = None

    # ------------------------------------------------------------------------------------------- making

    def new(self, size: Amount) -> Storage:
        """Memory for so many bytes."""
        return Storage(self, self.rounded(size))

    def rounded(self, size: Amount) -> Amount:
        return -(-size // BLOCK) * BLOCK if self.rounds else size

    def made_since(self, event: int) -> dict[Label, Amount]:
        """Bytes that were made since an event and are still there, by what they are called."""
        there: dict[int, tuple[Label, Amount]] = {}
        for number, size, label in self.events[event:]:
            if label is None:
                there.pop(number, None)
            elif number in there:
                there[number] = label, there[number][1]
            elif _positive(size):
                there[number] = label, size
        found: dict[Label, Amount] = {}
        for label, size in there.values():
            found[label] = found.get(label, 0) + size
        return found

    def about(self, what: str, span: Any = None, category: str = "temporaries") -> None:
        """From now on what is made is called so."""
        self.label = Label(category, what, span)

    def call(self, storages: Iterable[Storage], label: Label) -> None:
        """Say what some storages are from now on."""
        self.events += [Event(storage.number, 0, label) for storage in storages]

    def enter(self, place: Any, backward: bool = False) -> None:
        """From now on another place of the model is passed."""
        self.place = place
        self.marks.append(Mark(len(self.events), place, backward))

    def apply(
        self,
        inputs: Sequence[Tensor | None],
        results: Sequence[Amount | Storage],
        backward: Backward,
        saves: Sequence[Tensor] = (),
        keeps: Sequence[int] = (),
        inside: Amount = 0,
    ) -> tuple[Tensor, ...]:
        """Call a function: `saves` of its inputs and `keeps` of its results are kept for `backward`.

        A result is a size, or a storage that it shares. `inside` are bytes that exist during the call.
        """
        learns = any(one is not None and one.made is not None for one in inputs)
        node = Node(next(self.orders), inputs, backward, self.label, self.place) if learns else None
        if node is not None and not keeps:
            self._keep(node, [one.storage for one in saves if one.storage is not None])
        made = [one if isinstance(one, Storage) else self.new(one) for one in results]
        if not _nothing(inside):
            self.new(inside)
        if node is not None and keeps:
            self._keep(
                node, [one.storage for one in saves if one.storage is not None] + [made[i] for i in keeps]
            )
        return tuple(Tensor(storage, node, slot) for slot, storage in enumerate(made))

    def again(self, forward: Callable[[], Tensor], span: Any = None) -> Tensor:
        """The result of a layer that keeps nothing, and is run again in the backward pass."""
        maker = Again(forward, span)
        self.makers.append(maker)
        try:
            return forward()
        finally:
            self.makers.pop()

    def _keep(self, node: Node, saved: list[Storage]) -> None:
        if not self.makers:
            self.call(saved, self.label._replace(category=KEPT, what=f"{self.label.what}, kept"))
        elif self.makers[-1].made is not None:
            what = f"{self.label.what}, made again for one layer"
            self.call(saved, Label(KEPT, what, self.makers[-1].span))
        if not self.makers:
            node.saved = saved
            return
        maker = self.makers[-1]
        if maker.made is not None:  # it is being made again
            maker.made += saved
            if len(maker.made) >= maker.kept:
                raise Stop
            return
        node.again = maker
        node.places = range(maker.kept, maker.kept + len(saved))
        maker.kept += len(saved)

    # ----------------------------------------------------------------------------------- the backward pass

    def backward(self, result: Tensor, gradient: Storage) -> None:
        """Run all nodes behind a result, whose gradient is given."""
        root = result.made
        assert isinstance(root, Node)
        self.enter(root.place, backward=True)
        waits = _dependencies(root)
        held: dict[Node | Leaf, Gradients] = {root: _put([], result.slot, gradient)}
        del gradient, result
        ready: list[tuple[float, int, Node | Leaf]] = [(root.order, 0, root)]
        ties = count(1)
        del root
        while ready:
            node = heappop(ready)[2]
            gradients = held.pop(node)
            if isinstance(node, Leaf):
                self._sum(node, gradients)
                continue
            if node.place != self.place:
                self.enter(node.place, backward=True)
            saved = node.again.take(self, node.places) if node.again is not None else node.saved
            self.label = node.label._replace(category="temporaries")
            made = list(node.backward(gradients, saved))
            del gradients, saved
            node.saved, node.again = (), None
            for place, edge in enumerate(node.edges):
                if edge is None:
                    continue
                after, slot = edge
                waiting = held.setdefault(after, [])
                if place < len(made) and made[place] is not None:
                    self._add(waiting, slot, made[place], held)
                    made[place] = None
                waits[after] -= 1
                if not waits[after]:
                    heappush(ready, (after.order, next(ties), after))
            del made

    def _sum(self, leaf: Leaf, gradients: Gradients) -> None:
        if not gradients or gradients[0] is None or leaf.there:
            return  # added to what is there
        leaf.gradient, leaf.there = gradients[0], True
        self.events.append(Event(leaf.gradient.number, 0, leaf.label))

    def _add(
        self, waiting: Gradients, slot: int, gradient: Storage | None, held: dict[Any, Gradients]
    ) -> None:
        """Add to what waits: in its place, unless another holds it too (`InputBuffer::add`)."""
        there = waiting[slot] if slot < len(waiting) else None
        if there is None:
            _put(waiting, slot, gradient)
            return
        if sum(one is there for each in held.values() for one in each) > 1:
            waiting[slot] = self.new(there.size)


def _put(waiting: Gradients, slot: int, gradient: Storage | None) -> Gradients:
    waiting.extend([None] * (slot + 1 - len(waiting)))
    waiting[slot] = gradient
    return waiting


def _dependencies(root: Node) -> dict[Node | Leaf, int]:
    """How many results each node waits for."""
    found: dict[Node | Leaf, int] = {root: 0}
    ahead: list[Node] = [root]
    while ahead:
        for edge in ahead.pop().edges:
            if edge is None:
                continue
            after = edge[0]
            if after not in found:
                found[after] = 0
                if isinstance(after, Node):
                    ahead.append(after)
            found[after] += 1
    return found


def _positive(size: Amount) -> bool:
    return hasattr(size, "shape") or size > 0


def _nothing(size: Amount) -> bool:
    return not hasattr(size, "shape") and size == 0
