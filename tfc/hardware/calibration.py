"""Files of profiles: the text that `calibrate.py` wrote, checked, and the ones that come with tfc."""

from __future__ import annotations

import hashlib
import json
import pkgutil
from collections.abc import Iterable
from functools import cache

from tfc.hardware.profile import KINDS, MASKS, Profile
from tfc.hardware.tables import published

SCHEMA = 1
SHIPPED = "shipped with tfc"
NEEDED = ("measured", "floor", "calls", "traffic", "optimizer", "attention", "products")


class NoProfile(ValueError):
    """A text is no profile, or one that this tfc cannot use; the message says why, in a few words."""


@cache
def parsed(text: str, source: str) -> Profile:
    """The profile in the text of a file that `calibrate.py` wrote; raises `NoProfile`."""
    profile = _read(text, source)
    try:
        _asked(profile)
    except (ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError):
        raise NoProfile("a profile whose tables are not whole") from None
    return profile


def _read(text: str, source: str) -> Profile:
    try:
        found = json.loads(text)
    except ValueError:
        raise NoProfile("no profile: there is no JSON in it") from None
    if not isinstance(found, dict) or "schema" not in found or "device" not in found:
        raise NoProfile("no profile, which is what `tfc calibrate` writes")
    if found["schema"] != SCHEMA:
        raise NoProfile(f"a profile of schema {found['schema']}, and this tfc reads schema {SCHEMA}")
    if found["device"] not in published("devices.toml"):
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


def _asked(profile: Profile) -> None:
    """Ask for something of each table, so that a broken one is found when it is read and not in a plan."""
    dtype = next(iter(profile.rows["products"]))
    for kind in KINDS:
        profile.product(512, 512, 512, dtype, kind)
    for mask in MASKS:
        for backward in (False, True):
            profile.attention(1, 8, 8, 64, 64, 64, mask, dtype, backward)
    profile.traffic(10**6)
    profile.optimizer(10**6, 16)
    profile.optimizer_host(10**6, 16)
    for kind in profile.rows["calls"]:
        profile.call(kind)


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
