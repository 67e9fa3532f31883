"""Whatever JSON is sent, the answer is an answer or a sentence, never a fault."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serve.asking import post

# Halves of characters too, which JSON can escape.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=12)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.sampled_from(["de", "abc", "BYTES"])
)
ANY = st.recursive(LEAVES, lambda some: st.lists(some, max_size=3) | st.dictionaries(TEXTS, some, max_size=3))
LANGUAGES = st.just("de") | ANY
TENSOR = st.fixed_dictionaries(
    {"name": st.just("text"), "datatype": st.just("BYTES") | ANY, "shape": st.just([1]) | ANY, "data": ANY}
)
BODIES = {
    "/translate": st.fixed_dictionaries(
        {},
        optional={"text": TEXTS | st.lists(TEXTS | ANY, max_size=4) | ANY, "target": LANGUAGES, "more": ANY},
    ),
    "/v2/models/api/infer": st.fixed_dictionaries(
        {"inputs": st.lists(TENSOR, max_size=2) | ANY},
        optional={"id": TEXTS | ANY, "parameters": st.fixed_dictionaries({"target": LANGUAGES}) | ANY},
    ),
}


@pytest.mark.parametrize("path", BODIES)
def test_no_body_is_a_fault(served: SimpleNamespace, path: str) -> None:
    served.service.batches.wait = 0

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BODIES[path] | ANY)
    def holds(body: Any) -> None:
        answer = post(served.app, body, path)
        assert answer.status_code in (200, 400, 413, 422), answer.text
        assert ("error" in answer.json()) == (answer.status_code != 200)

    holds()
