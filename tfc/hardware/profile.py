"""What `tfc calibrate` measured of a machine, asked for the seconds that kernels and calls of any size take.

Each table stores measured over predicted by a formula of data sheets (the longer of operations at the peak and bytes at
the bandwidth, and the shortest kernel), and is interpolated between sizes (`tfc.hardware.interpolate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tfc.hardware.interpolate import Amount, Table, is_array, larger
from tfc.hardware.sustained import excess
from tfc.hardware.tables import published

KINDS = ("forward", "input", "weight")
MASKS = ("causal", "none", "given")
SIZES = {"fp32": 4, "tf32": 4, "bf16": 2, "fp16": 2, "fp8": 1, "int8": 1}
MICRO = 1e-6
OPTIMIZER_BYTES = 40  # of AdamW and clipping, for a parameter: 10 times 4 bytes are read or written
FRESH = 2**28  # bytes read and written from which on nothing of them lies in a cache
# Queries of attention that are computed together (as `_attention_prior` says), and the seconds of
# a block beside its products: a prior only, since tables hold what was measured over it.
BLOCK, BLOCK_SECONDS = 128, 1e-6
LEVEL = 2**20  # bytes about which a collective's time begins to grow with them
TAILS = 0.05  # of what was left out, on each side, that an interval does not cover


@dataclass(frozen=True, eq=False)
class Profile:
    """What a device, and the host beside it, takes: seconds for sizes that are numbers or numpy arrays."""

    device: str  # the variant that it describes, "h100_80gb"
    measured: Mapping[str, Any]  # date, command, versions, power and clocks
    source: str  # `shipped with tfc`, or the path that a spec names
    hash: str  # of the file
    rows: Mapping[str, Any]  # what was measured, as it is in the file

    # ------------------------------------------------------------------------------------ kernels

    def product(self, m: Amount, n: Amount, k: Amount, dtype: str, kind: str) -> Amount:
        """Seconds of a product of a layer from `k` to `n` for `m` tokens, in a step that goes on and on.

        `kind` is `forward` x(m, k) W(n, k)ᵀ, `input` dY(m, n) W(n, k) or `weight` dY(m, n)ᵀ x(m, k).
        """
        return self.sustained * self.product_alone(m, n, k, dtype, kind)

    def product_alone(self, m: Amount, n: Amount, k: Amount, dtype: str, kind: str) -> Amount:
        """The same as the table has it: for the milliseconds in which it was timed."""
        known = self._known("products", dtype)
        ratio = self._products(known, kind).ratio(m, n, k)
        return ratio * self._product_prior(m, n, k, known, dtype)

    def attention(self, *shape: Any) -> Amount:
        """Seconds of attention in a step that goes on and on; the arguments are those of `attention_alone`."""
        return self.sustained * self.attention_alone(*shape)

    def attention_alone(
        self,
        batch: Amount,
        heads: Amount,
        kv_heads: Amount,
        width: Amount,
        queries: Amount,
        keys: Amount,
        mask: str,
        dtype: str,
        backward: bool,
    ) -> Amount:
        """Seconds of `scaled_dot_product_attention`, or of its backward pass; `mask` is causal, none or given."""
        known = self._known("attention", dtype)
        prior = self._attention_prior(batch, heads, kv_heads, width, queries, keys, mask, known, dtype)
        if not backward and not is_array(queries) and queries == 1 and self._decoding(known, mask):
            ratio = self._decoding(known, mask).ratio(batch * heads, keys)  # type: ignore[union-attr]
            return ratio * prior
        table = self._attentions(known, mask, backward)
        return table.ratio(width, batch * heads, (queries * keys) ** 0.5) * prior

    @cached_property
    def sustained(self) -> float:
        """By how much products and attention take longer under steady load than alone."""
        steady = self.rows.get("sustained")
        return excess(self, steady) if steady else 1.0

    def traffic(self, bytes_: Amount) -> Amount:
        """Seconds of one pointwise kernel that reads and writes so many bytes in all."""
        return self._traffic.ratio(bytes_) * (self.floor + bytes_ / self.bandwidth)

    def optimizer(self, parameters: Amount, tensors: Amount) -> Amount:
        """Seconds of the device for a step of fused AdamW and the clipping before it, of fp32 parameters."""
        prior = self._optimizer_prior(parameters, tensors)
        return self._optimizer.ratio(parameters, tensors) * prior

    def optimizer_host(self, parameters: Amount, tensors: Amount) -> Amount:
        """Seconds in which the host starts that."""
        ratio = self._optimizer_host.ratio(parameters, tensors)
        return ratio * _optimizer_calls(tensors) * MICRO

    def collective(self, name: str, ranks: Amount, bytes_: Amount) -> Amount | None:
        """Seconds of a collective over so many bytes of the whole tensor; None where that was not measured."""
        tables = self._collectives(name)
        asked = set(ranks.ravel().tolist()) if is_array(ranks) else {int(ranks)}
        if not tables or not asked <= set(tables):
            return None
        found = {count: tables[count].ratio(bytes_) * (1 + bytes_ / LEVEL) * MICRO for count in asked}
        return (
            sum(found[count] * (ranks == count) for count in sorted(asked))
            if is_array(ranks)
            else found[ranks]
        )

    # --------------------------------------------------------------------------------------- host

    def call(self, kind: str) -> tuple[float, float]:
        """Seconds of the host for one call of eager PyTorch among others, forward and backward; raises `KeyError`."""
        calls = self.rows["calls"]
        colder, again = calls.get("mixed", (1.0, 1.0))
        forward, backward = calls["function" if kind == "fused" and kind not in calls else kind]
        return forward * colder * MICRO, backward * again * MICRO

    # -------------------------------------------------------------------------------------- figures

    @property
    def origin(self) -> str:
        """`calibrated on NVIDIA H100 80GB HBM3, 2026-11-22 (shipped with tfc)`."""
        what = self.measured.get("gpu") or self.measured.get("cpu") or self.device
        return f"calibrated on {what}, {self.measured.get('date', 'some day')} ({self.source})"

    @property
    def memory(self) -> Mapping[str, Any]:
        """Bytes: `total`, `context`, `scratch`, and `communicator` by ranks, as far as they were measured."""
        found = dict(self.rows.get("memory", {}))
        if "communicator" in found:
            found["communicator"] = {int(ranks): size for ranks, size in found["communicator"].items()}
        return found

    @property
    def floor(self) -> float:
        """Seconds that the shortest kernel takes."""
        return self.rows["floor"] * MICRO

    @cached_property
    def bandwidth(self) -> float:
        """Bytes per second that a long kernel reads and writes."""
        rows = self.rows["traffic"]
        large = [row for row in rows if row[0] >= FRESH] or rows[-1:]
        return max(size / (cold * MICRO) for size, cold, _ in large)

    @cached_property
    def trust(self) -> tuple[float, float]:
        """Measured over interpolated: the factors between which nine of ten kernels lie that no table was told of."""
        found = sorted(ratio for ratios in self.residuals().values() for ratio in ratios)
        if not found:
            return 0.5, 2.0
        cut = int(TAILS * len(found))
        return min(1.0, found[cut]), max(1.0, found[-1 - cut])

    def residuals(self) -> dict[str, list[float]]:
        """Measured over interpolated: of points left out of their table in turn, and of shapes never in one."""
        found: dict[str, list[float]] = {}
        main = self._known("products", "bf16")
        for kind in KINDS:
            found[f"products {kind}, left out"] = self._products(main, kind).left_out()
        main = self._known("attention", "bf16")
        for backward, side in enumerate(("forward", "backward")):
            tables = [self._attentions(main, mask, bool(backward)) for mask in MASKS]
            found[f"attention {side}, left out"] = [ratio for table in tables for ratio in table.left_out()]
        for dtype, rows in self.rows.get("product_checks", {}).items():
            for m, n, k, *seconds in rows:
                for kind, measured in zip(KINDS, seconds, strict=True):
                    if measured:
                        ratio = measured * MICRO / self.product_alone(m, n, k, dtype, kind)
                        found.setdefault(f"products {kind}, other shapes", []).append(ratio)
        for dtype, rows in self.rows.get("attention_checks", {}).items():
            for batch, heads, kv_heads, width, queries, keys, mask, *seconds in rows:
                for side, measured in zip(("forward", "backward"), seconds, strict=True):
                    if measured:
                        back = side == "backward"
                        said = self.attention_alone(
                            batch, heads, kv_heads, width, queries, keys, mask, dtype, back
                        )
                        ratio = measured * MICRO / said
                        found.setdefault(f"attention {side}, other shapes", []).append(ratio)
        return found

    # --------------------------------------------------------------------------------------- tables

    def _known(self, what: str, dtype: str) -> str:
        """The precision that stands for one that was not measured: the other of 16 bits, or whatever there is."""
        tables = self.rows[what]
        other = {"bf16": "fp16", "fp16": "bf16", "tf32": "fp32"}.get(dtype, "")
        return next(name for name in (dtype, other, *tables) if tables.get(name))

    @cached_property
    def _cached(self) -> dict[Any, Any]:
        return {}

    def _products(self, dtype: str, kind: str) -> Table:
        key = ("products", dtype, kind)
        if key not in self._cached:
            place = 3 + KINDS.index(kind)
            self._cached[key] = Table.of(
                {
                    (m, n, k): row[place] * MICRO / self._product_prior(m, n, k, dtype, dtype)
                    for row in self.rows["products"][dtype]
                    for m, n, k in [row[:3]]
                    if row[place]
                }
            )
        return self._cached[key]

    def _attentions(self, dtype: str, mask: str, backward: bool) -> Table:
        key = ("attention", dtype, mask, backward)
        if key not in self._cached:
            found = {}
            for batch, heads, kv_heads, width, queries, keys, masked, *seconds in self.rows["attention"][
                dtype
            ]:
                if masked == mask and queries == keys and seconds[backward]:
                    prior = self._attention_prior(
                        batch, heads, kv_heads, width, queries, keys, mask, dtype, dtype
                    )
                    found[width, batch * heads, queries] = seconds[backward] * MICRO / prior
            self._cached[key] = Table.of(found)
        return self._cached[key]

    def _decoding(self, dtype: str, mask: str) -> Table | None:
        """One query for each of some sequences, as a decoder asks that writes."""
        key = ("decoding", dtype, mask)
        if key not in self._cached:
            found = {}
            for batch, heads, kv_heads, width, queries, keys, masked, *seconds in self.rows["attention"][
                dtype
            ]:
                if masked == ("none" if mask == "causal" else mask) and queries == 1:
                    prior = self._attention_prior(batch, heads, kv_heads, width, 1, keys, mask, dtype, dtype)
                    found[batch * heads, keys] = seconds[0] * MICRO / prior
            self._cached[key] = Table.of(found) if found else None
        return self._cached[key]

    @cached_property
    def _traffic(self) -> Table:
        rows = self.rows["traffic"]
        return Table.of(
            {(size,): cold * MICRO / (self.floor + size / self.bandwidth) for size, cold, _ in rows}
        )

    @cached_property
    def _optimizer(self) -> Table:
        rows = self.rows["optimizer"]
        return Table.of(
            {
                (size, count): device * MICRO / self._optimizer_prior(size, count)
                for size, count, device, _ in rows
            }
        )

    @cached_property
    def _optimizer_host(self) -> Table:
        rows = self.rows["optimizer"]
        return Table.of({(size, count): host / _optimizer_calls(count) for size, count, _, host in rows})

    def _collectives(self, name: str) -> dict[int, Table]:
        key = ("collective", name)
        if key not in self._cached:
            measured = self.rows.get("collectives", {}).get(name, {})
            self._cached[key] = {
                int(ranks): Table.of({(size,): seconds / (1 + size / LEVEL) for size, seconds in rows})
                for ranks, rows in measured.items()
                if rows
            }
        return self._cached[key]

    # --------------------------------------------------------------------------------------- priors

    def _peak(self, dtype: str) -> float:
        """Dense operations per second, published; of a CPU one core's, since only ratios to it are used."""
        peaks = published("devices.toml")[self.device]["peak"]
        return peaks.get(dtype, peaks["fp32"]) * 1e12

    def _product_prior(self, m: Amount, n: Amount, k: Amount, known: str, dtype: str) -> Amount:
        moved = (m * k + n * k + m * n) * SIZES[dtype]
        return self.floor + larger(2 * m * n * k / self._rate(known, dtype), moved / self.bandwidth)

    def _rate(self, known: str, dtype: str) -> float:
        return self._peak(dtype if dtype in published("devices.toml")[self.device]["peak"] else known)

    def _attention_prior(
        self,
        batch: Amount,
        heads: Amount,
        kv_heads: Amount,
        width: Amount,
        queries: Amount,
        keys: Amount,
        mask: str,
        known: str,
        dtype: str,
    ) -> Amount:
        """The longer of waves of blocks, each of 128 queries on one processor, and of the bytes.

        So kernels of attention cut their work (FlashAttention-2, arXiv 2307.08691, section 3.2); a block has a
        microsecond beside its products.
        """
        part = 0.5 if mask == "causal" else 1.0
        processors = published("devices.toml")[self.device].get("processors")
        moved = 2 * batch * width * (heads * queries + kv_heads * keys) * SIZES[dtype]
        peak = self._rate(known, dtype)
        if processors is None:
            computing = 4 * batch * heads * queries * keys * width * part / peak
        else:
            waves = -(-batch * heads * -(-queries // BLOCK) // processors)
            flops = 4 * BLOCK * -(-keys // BLOCK) * BLOCK * width * part
            computing = waves * (flops * processors / peak + BLOCK_SECONDS)
        return self.floor + larger(computing, moved / self.bandwidth)

    def _optimizer_prior(self, parameters: Amount, tensors: Amount) -> Amount:
        return parameters * OPTIMIZER_BYTES / self.bandwidth + tensors * 0.1 * self.floor + 10 * self.floor


def _optimizer_calls(tensors: Amount) -> Amount:
    return 100 + 4 * tensors  # lists are put together tensor by tensor
