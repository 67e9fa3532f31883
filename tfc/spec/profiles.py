"""The profiles that a spec names: read as a base is, and held against the device of their block."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc.diagnostics.core import Diagnostic, Label, Severity, SpecError
from tfc.hardware.calibration import NoProfile, parsed
from tfc.spec.faults import Faults
from tfc.spec.spec import device_of

if TYPE_CHECKING:
    from tfc.hardware.profile import Profile
    from tfc.spec.resolve import Load

MAKES = "`tfc calibrate --out FILE` makes one on the machine that it is of"


def profiles(blocks: Iterable[tuple[str, Any]], load: Load | None, faults: Faults) -> dict[str, Profile]:
    """The profiles of those blocks that name one, by the full name that comes with the block."""
    found = {}
    for name, block in blocks:
        if block.profile is not None:
            profile = _profile(block, load, faults)
            if profile is not None:
                found[name] = profile
    return found


def _profile(block: Any, load: Load | None, faults: Faults) -> Profile | None:
    span = block.span_of("profile")
    # A path is seen from the file that has it; `--set` and a preset have no folder of their own.
    folder = posixpath.dirname(span.source.name) if span is not None else ""
    path = posixpath.normpath(posixpath.join(folder, block.profile))
    label = (Label(span, "this profile"),) if span is not None else ()
    try:
        if load is None:
            raise FileNotFoundError(2, "no such file or directory")
        text = load(path).text
    except SpecError as error:
        faults.found += [_missing(found, label) for found in error.report]
        return None
    except OSError as error:
        message = f"`{path}` cannot be read: {(error.strerror or 'unknown reason').lower()}"
        faults.found.append(Diagnostic("TFS701", message, labels=label, help=MAKES))
        return None
    try:
        profile = parsed(text, path)
    except NoProfile as error:
        faults.found.append(Diagnostic("TFS704", f"`{path}` is {error}", labels=label, help=MAKES))
        return None
    return _of_the_device(profile, block, path, label, faults)


def _missing(found: Diagnostic, label: tuple[Label, ...]) -> Diagnostic:
    return replace(found, labels=found.labels or label, help=MAKES if found.code == "TFS701" else found.help)


def _of_the_device(
    profile: Profile, block: Any, path: str, label: tuple[Label, ...], faults: Faults
) -> Profile | None:
    device = device_of(block)
    other = _other(profile, device)
    if not other:
        return profile
    faults.found.append(
        Diagnostic(
            "TFS704",
            f"`{path}` is a profile of {other[0]}, and this block runs on {other[1]}",
            labels=label,
            severity=Severity.WARNING,
            notes=("it is not used: what is predicted is of the shipped profile, or of data sheets",),
            help=MAKES,
        )
    )
    return None


def _other(profile: Profile, device: Any) -> tuple[str, str] | None:
    """What a profile is of and what a block runs on, where that is not the same."""
    if profile.device != device.name:
        return f"`{profile.device}`", f"`{device.name}`"
    threads = profile.measured.get("threads")
    if device.is_cpu and threads not in (None, device.units):
        return _counted(threads, "thread"), _counted(device.units, "core")
    return None


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
