"""In which order the stages of a pipeline work."""

from __future__ import annotations

from tfc.fields import Number, Variant, setting
from tfc.units import Dimension


class PipelineSchedule(Variant, family="pipeline_schedule"):
    """In which order the stages of a pipeline work on micro-batches."""


class Gpipe(PipelineSchedule, name="gpipe"):
    """All forward, then all backward (Huang et al. 2019, arXiv 1811.06965)."""


class OneFOneB(PipelineSchedule, name="one_f_one_b"):
    """One forward, one backward in turn, so that less is kept (Narayanan et al. 2019, arXiv 1806.03377)."""


class Interleaved(PipelineSchedule, name="interleaved"):
    """Each stage holds chunks of layers, so that less waits (Narayanan et al. 2021, arXiv 2104.04473)."""

    chunks: int = setting(
        Number((Dimension.COUNT,), whole=True, least=2),
        "chunks of a stage",
        also=("virtual_pipeline_model_parallel_size",),
    )
