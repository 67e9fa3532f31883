"""Files of profiles: the text that `calibrate.py` wrote, checked, and the ones that come with tfc."""

from __future__ import annotations

import hashlib
import json
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from math import isfinite
from typing import NoReturn

from tfc.hardware.profile import KINDS, MASKS, Profile
from tfc.hardware.tables import published

SCHEMA = 1
SHIPPED = "shipped with tfc"
NEEDED = ("measured", "floor", "calls", "traffic", "optimizer", "attention", "products")
# Kinds of calls that an operation may declare (tfc/ops/launched.py; a test compares); `fused` is as `function` without.
CALLS = ("product", "bias", "cast", "pointwise", "view", "function", "attention")
CALLS += ("norm", "dropout", "lookup", "parameter", "module", "cat", "inplace")
BROKEN = ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError


class NoProfile(ValueError):
    """A text is no profile, or one that this tfc cannot use; the message says why, in a few words."""


@cache
def parsed(text: str, source: str) -> Profile:
    """The profile in the text of a file that `calibrate.py` wrote; raises `NoProfile`."""
    profile = _read(text, source)
    try:
        _asked(profile)
    except NoProfile:
        raise
    except (*BROKEN, StopIteration):
        raise NoProfile("a profile whose tables are not whole") from None
    return profile


def _read(text: str, source: str) -> Profile:
    try:
        found = json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError):
        raise NoProfile("no profile: there is no JSON in it") from None
    if not isinstance(found, dict) or "schema" not in found or "device" not in found:
        raise NoProfile("no profile, which is what `tfc calibrate` writes")
    if found["schema"] != SCHEMA:
        raise NoProfile(f"a profile of schema {found['schema']}, and this tfc reads schema {SCHEMA}")
    if str(found["device"]) not in published("devices.toml"):
        raise NoProfile(f"a profile of `{found['device']}`, a device that this tfc does not know")
    lacking = [name for name in NEEDED if not found.get(name)]
    if lacking:
        raise NoProfile(f"a profile without {_listed(lacking)}")
    return Profile(
        device=found["device"],
        measured=found["measured"],
        source=source,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        rows=found,
    )


def _not_json(word: str) -> NoReturn:
    raise ValueError(f"`{word}` is no number of JSON, though Python writes it")


def _asked(profile: Profile) -> None:
    """Ask for something of each table, so that a broken one is found when it is read and not in a plan."""
    if not all(isfinite(seconds) and seconds > 0 for seconds in _kernels(profile)):
        raise ValueError("kernels take time")
    lacking = [kind for kind in CALLS if kind not in profile.rows["calls"]]
    if lacking:
        raise NoProfile(f"a profile without calls of {_listed(lacking)}")
    if not all(
        isfinite(seconds) and seconds >= 0 for kind in profile.rows["calls"] for seconds in profile.call(kind)
    ):
        raise ValueError("calls take no less than nothing")
    _told(profile)


def _kernels(profile: Profile) -> Iterator[float]:
    """Seconds of one kernel of each table, and factors."""
    yield profile.floor
    dtype = next(iter(profile.rows["products"]))
    for kind in KINDS:
        yield profile.product(512, 512, 512, dtype, kind)
    for mask in MASKS:
        for backward in (False, True):
            yield profile.attention(1, 8, 8, 64, 64, 64, mask, dtype, backward)
    yield profile.traffic(10**6)
    yield profile.optimizer(10**6, 16)
    yield profile.optimizer_host(10**6, 16)
    for name, rows in profile.rows.get("collectives", {}).items():
        for ranks in rows:
            seconds = profile.collective(name, int(ranks), 10**6)
            if seconds is not None:
                yield seconds
    yield from profile.trust


def _told(profile: Profile) -> None:
    """Ask for what is said of the machine: bytes of memory, and with what it was measured."""
    memory = dict(profile.memory)
    sizes = [*memory.pop("communicator", {}).values(), *memory.values()]
    measured = profile.measured
    clocks = dict(measured.get("clock_mhz") or {})
    numbers = [measured.get("threads"), measured.get("power_limit_w"), *clocks.values(), *sizes]
    if not all(number is None or (isinstance(number, int | float) and number >= 0) for number in numbers):
        raise TypeError("what is said of the machine is in numbers")


@cache
def shipped(device: str) -> Profile | None:
    """The profile that comes with tfc for a device, if it was measured."""
    try:
        text = pkgutil.get_data("tfc.hardware", f"profiles/{device}.json")
    except FileNotFoundError:
        return None
    return _read(text.decode(), SHIPPED) if text else None  # whole: a test sees to that


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
