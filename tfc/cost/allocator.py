"""What the caching allocator of PyTorch reserves for a sequence of requests: a replay, not a factor.

It follows `c10/cuda/CUDACachingAllocator.cpp`: sizes are rounded to 512 bytes; requests of up to 1 MiB come from a pool
of small blocks and larger ones from another; the best fit is taken, split, and merged with its neighbours when it is
given back. With expandable segments, which generated launchers ask for, a pool is one range of addresses that grows at
its end by pages of 2 or 20 MiB; without, each request that nothing free fits asks the driver for a segment of its own.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

MIB = 2**20
BLOCK = 512  # kMinBlockSize: what sizes are rounded to
SMALL = MIB  # kSmallSize: the largest request of the pool of small blocks
SMALL_SEGMENT = 2 * MIB  # kSmallBuffer
LARGE_SEGMENT = 20 * MIB  # kLargeBuffer
WHOLE = 10 * MIB  # kMinLargeAlloc: from here on a segment is as large as its request
STEP = 2 * MIB  # kRoundLarge, to which such a segment is rounded


class Full(Exception):
    """There is no memory left, even once all that is free is given back."""


@dataclass(eq=False)
class Block:
    """A stretch of addresses: in use, free, or not mapped to memory yet."""

    start: int
    size: int
    before: Block | None = None
    after: Block | None = None
    mapped: bool = True
    used: bool = False


class Pool:
    """The blocks of requests of one kind: small or large ones."""

    def __init__(self, segment: int, expandable: bool, ask: Callable[[int], None]) -> None:
        self.segment, self.expandable = segment, expandable
        self.ask = ask  # the device, for more; raises Full
        self.free: list[tuple[int, int, Block]] = []  # by size, then by address
        self.reserved = 0
        self.end: Block | None = None  # of the range that grows: what is not mapped
        self.place = 0  # where the next segment starts; segments never touch

    def allocate(self, size: int) -> Block:
        """A block of exactly so many bytes."""
        found = self._fitting(size) or (self._grown(size) if self.expandable else self._segment(size))
        left = found.size - size
        splits = left >= BLOCK if self.expandable or self.segment == SMALL_SEGMENT else left > SMALL
        if splits:
            rest = Block(found.start + size, left, found, found.after)
            if rest.after is not None:
                rest.after.before = rest
            found.after, found.size = rest, size
            self._put(rest)
        found.used = True
        return found

    def release(self, block: Block) -> None:
        """Give a block back; it merges with free neighbours."""
        block.used = False
        self._merged(block)

    def _fitting(self, size: int) -> Block | None:
        """The smallest free block that is large enough.

        One that can still grow counts with all that it can grow to, so that it is taken last.
        """
        place = bisect_left(self.free, size, key=lambda entry: entry[0])
        if place == len(self.free):
            return None
        while place + 1 < len(self.free) and _reach(self.free[place + 1][2]) < _reach(self.free[place][2]):
            place += 1
        return self.free.pop(place)[2]

    def _segment(self, size: int) -> Block:
        """A segment of the driver's own."""
        if self.segment == SMALL_SEGMENT:
            taken = SMALL_SEGMENT
        else:
            taken = LARGE_SEGMENT if size < WHOLE else _up(size, STEP)
        self.ask(taken)
        self.reserved += taken
        block = Block(self.place, taken)
        self.place += taken + 1
        return block

    def _grown(self, size: int) -> Block:
        """The free block before the end of the range, if there is one, grown until it is large enough."""
        if self.end is None:
            self.end = Block(0, 1 << 62, mapped=False)
        end = self.end
        last = end.before if end.before is not None and not end.before.used else None
        self.ask(_up(size - (last.size if last is not None else 0), self.segment))
        # What is free may have been given back to the device just now.
        last = end.before if end.before is not None and not end.before.used else None
        held = last.size if last is not None else 0
        if last is not None:
            self._take(last)
        more = _up(size - held, self.segment)
        self.reserved += more
        block = last or Block(end.start, 0, end.before, end)
        if last is None and end.before is not None:
            end.before.after = block
        block.size += more
        block.after, end.before = end, block
        end.start, end.size = end.start + more, end.size - more
        return block

    def trim(self) -> None:
        """Give whole pages that are free back to the device, as PyTorch does before it gives up."""
        if not self.expandable:
            whole = [entry for entry in self.free if entry[2].before is None and entry[2].after is None]
            self.reserved -= sum(entry[0] for entry in whole)
            self.free = [entry for entry in self.free if entry not in whole]
            return
        for _, _, block in list(self.free):
            start, stop = (
                _up(block.start, self.segment),
                (block.start + block.size) // self.segment * self.segment,
            )
            if stop <= start:
                continue
            self._take(block)
            self.reserved -= stop - start
            self._cut(block, start, stop)

    def _cut(self, block: Block, start: int, stop: int) -> None:
        """Leave of a free block what lies on pages that others use; the rest is not mapped any more."""
        hole = Block(start, stop - start, block.before, block.after, mapped=False, used=True)
        ends = block.start + block.size
        if block.before is not None:
            block.before.after = hole
        if block.after is not None:
            block.after.before = hole
        if start > block.start:
            left = Block(block.start, start - block.start, hole.before, hole)
            if left.before is not None:
                left.before.after = left
            hole.before = left
            self._put(left)
        if ends > stop:
            right = Block(stop, ends - stop, hole, hole.after)
            if right.after is not None:
                right.after.before = right
            hole.after = right
            self._put(right)

    def _merged(self, block: Block) -> None:
        before, after = block.before, block.after
        if before is not None and before.mapped and not before.used:
            self._take(before)
            before.size += block.size
            before.after = after
            if after is not None:
                after.before = before
            block = before
        if after is not None and after.mapped and not after.used:
            self._take(after)
            block.size += after.size
            block.after = after.after
            if after.after is not None:
                after.after.before = block
        self._put(block)

    def _put(self, block: Block) -> None:
        insort(self.free, (block.size, block.start, block), key=lambda entry: entry[:2])

    def _take(self, block: Block) -> None:
        place = bisect_left(self.free, (block.size, block.start), key=lambda entry: entry[:2])
        del self.free[place]


class Allocator:
    """The allocator of one device, as a program asks it for memory and gives it back.

    `limit`: bytes that there are; where more are asked for, what is free is given back first, and then Full is raised.
    """

    def __init__(self, expandable: bool = True, limit: float | None = None) -> None:
        self.limit = limit
        self.small, self.large = (
            Pool(segment, expandable, self._ask) for segment in (SMALL_SEGMENT, LARGE_SEGMENT)
        )
        self.allocated = self.peak = self.peak_reserved = 0
        self._blocks: dict[Hashable, tuple[Pool, Block]] = {}

    @property
    def reserved(self) -> int:
        """Bytes taken of the device; they are kept."""
        return self.small.reserved + self.large.reserved

    def _ask(self, size: int) -> None:
        if self.limit is None or self.reserved + size <= self.limit:
            return
        self.small.trim()
        self.large.trim()
        if self.reserved + size > self.limit:
            raise Full

    def allocate(self, name: Hashable, size: int) -> None:
        """Ask for memory; nothing happens for 0 bytes. Raises ValueError for a name that has some."""
        if name in self._blocks:
            raise ValueError(f"{name} was allocated already")
        if size <= 0:
            return
        rounded = _up(size, BLOCK)
        pool = self.small if rounded <= SMALL else self.large
        block = pool.allocate(rounded)
        self._blocks[name] = pool, block
        self.allocated += block.size  # more than was asked for where a block is not worth splitting
        self.peak = max(self.peak, self.allocated)
        self.peak_reserved = max(self.peak_reserved, self.reserved)

    def release(self, name: Hashable) -> None:
        """Give memory back; nothing happens for a name that has none."""
        pool, block = self._blocks.pop(name, (None, None))
        if pool is None or block is None:
            return
        self.allocated -= block.size
        pool.release(block)


def replay(
    requests: Iterable[tuple[Hashable, int]], expandable: bool = True, limit: float | None = None
) -> Allocator:
    """The allocator after a sequence of requests: a size of more than 0 asks for memory, -1 gives it back.

    Raises Full where the limit is too low.
    """
    allocator = Allocator(expandable, limit)
    for name, size in requests:
        if size < 0:
            allocator.release(name)
        else:
            allocator.allocate(name, size)
    return allocator


def _reach(block: Block) -> int:
    """How large a free block can become."""
    after = block.after
    return block.size + (after.size if after is not None and not after.mapped else 0)


def _up(size: int, step: int) -> int:
    return -(-size // step) * step
