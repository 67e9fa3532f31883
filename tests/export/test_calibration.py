"""Scales of activations: what is counted, what is clipped, and that the same data give the same scales."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.export.folders import Deployed, every_way, translator

SETTINGS = {"split": "train", "samples": 24}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return Deployed(
        tmp_path_factory.mktemp("scales"), translator(deploys=every_way("static", "smooth", "symmetric"))
    )


@pytest.fixture(scope="module")
def model(folder: Deployed) -> Any:
    return folder.model(steps=20)


@pytest.fixture
def calibration(folder: Deployed, model: Any) -> Any:
    found = folder.modules.export.Calibration(model)
    for hook in found.hooks:
        hook.remove()
    found.source = found.target = torch.ones(1, 1000, dtype=torch.bool)
    return found


def test_a_scale_has_room_for_all_but_a_few(calibration: Any, folder: Deployed) -> None:
    x = torch.rand(1, 1000, 100, generator=torch.Generator().manual_seed(0)) * 2 - 1
    calibration.note("flat", x)
    assert calibration.size("flat") == pytest.approx(1.0, rel=0.012)
    rare, often = x.clone(), x.clone()
    rare[0, 0, :8] = 50.0  # 8 of 100 000
    often[0, :, 0] = -50.0  # 1 of 100
    calibration.note("rare", rare)
    calibration.note("often", often)
    assert calibration.size("rare") == pytest.approx(1.0, rel=0.012)
    assert calibration.size("often") == pytest.approx(50.0, rel=0.012)
    assert calibration.largest["rare"][:8].tolist() == [50.0] * 8


def test_batches_add_up_and_padding_does_not_count(calibration: Any) -> None:
    calibration.note("decoder.0.ffn.up", torch.full((1, 1000, 4), 2.0))
    calibration.target = torch.zeros(1, 1000, dtype=torch.bool)
    calibration.target[0, :500] = True
    x = torch.full((1, 1000, 4), 8.0)
    x[0, 500:] = 1e6
    calibration.note("decoder.0.ffn.up", x)
    assert calibration.size("decoder.0.ffn.up") == pytest.approx(8.0, rel=0.012)
    assert calibration.largest["decoder.0.ffn.up"].tolist() == [8.0] * 4
    calibration.source = ~calibration.target
    calibration.note("encoder.0.ffn.up", x)
    calibration.note("decoder.0.cross.kv", x)
    for name in ("encoder.0.ffn.up", "decoder.0.cross.kv"):
        assert calibration.size(name) == pytest.approx(1e6, rel=0.012), "of the source"


def test_every_projection_has_a_scale_and_the_same_one_again(
    folder: Deployed, model: Any, tmp_path: Path
) -> None:
    export = folder.modules.export
    scales = export.calibrate(SETTINGS, model, folder.prepared, tmp_path)
    written = (tmp_path / "scales.json").read_text()
    again = export.calibrate(SETTINGS, model, folder.prepared, tmp_path)
    assert scales == again == json.loads(written) and (tmp_path / "scales.json").read_text() == written
    linears = {name for name, part in model.named_modules() if isinstance(part, folder.modules.model.Linear)}
    assert set(scales["steps"]) == linears | {"table"} and not scales["smooth"]
    assert all(0 < step < 1 for step in scales["steps"].values())
    assert not any(part._forward_pre_hooks for part in model.modules()), "nothing is left behind"


def test_smoothing_is_what_its_paper_says(folder: Deployed, model: Any, tmp_path: Path) -> None:
    export = folder.modules.export
    plain = export.calibrate(SETTINGS, model, folder.prepared, tmp_path)
    smooth = export.calibrate(SETTINGS | {"alpha": 0.5}, model, folder.prepared, tmp_path)
    assert set(smooth["smooth"]) == set(plain["steps"]) - {"table"}
    assert smooth["steps"]["table"] == plain["steps"]["table"]
    name = "decoder.0.ffn.up"
    divisor = torch.tensor(smooth["smooth"][name])
    weight = dict(model.named_modules())[name].weight.detach().abs().amax(0)
    largest = divisor**2 * weight  # at alpha = 0.5 the divisor is the root of largest / weight
    assert smooth["steps"][name] == pytest.approx(float((largest / divisor).max()) / 127, rel=1e-4)


def test_a_sample_is_taken_evenly_from_all_of_a_split(folder: Deployed) -> None:
    export, counted = folder.modules.export, {}
    for number in (8, 24, 10_000):
        batches = list(export.some(folder.prepared, "train", number))
        counted[number] = sum(len(batch.labels) for batch in batches)
    total = sum(len(batch.labels) for _, batch in folder.modules.data.held_out(folder.prepared, "train", 8))
    assert counted[10_000] == total == 54
    assert 8 <= counted[8] <= 16 and 24 <= counted[24] <= 32
    first = [batch.source[:, 0].tolist() for batch in export.some(folder.prepared, "train", 24)]
    assert len({token for row in first for token in row}) == 2, "of both directions"


def test_the_sample_is_that_of_the_spec(folder: Deployed) -> None:
    deployments = folder.modules.export.DEPLOYMENTS
    assert deployments["static"]["calibrate"] == {"split": "train", "samples": 512}
    assert deployments["smooth"]["calibrate"] == {"split": "train", "samples": 512, "alpha": 0.5}
