"""`tfc schema`: the JSON Schema of a spec."""

from __future__ import annotations

import json

from tfc.cli.terminal import answer
from tfc.cli.verbs import verb

EXAMPLES = """
  tfc schema > tfs.schema.json
  tfc schema | jq '."$defs".train.properties | keys'
"""


@verb("schema", EXAMPLES)
def schema() -> int:
    """Print a JSON Schema of all blocks, settings and variants of the language, with their units, defaults and docs:
    for editors, and for programs that write specs.
    """
    from tfc.spec.schema import schema as made

    answer(json.dumps(made(), indent=2, ensure_ascii=False))
    return 0
