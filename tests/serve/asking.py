"""An application of this process, asked as clients do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

Client = httpx.AsyncClient
JSON = {"Content-Type": "application/json"}


def asked(app: Any, talk: Callable[[Client], Awaitable[Any]]) -> Any:
    """What a conversation with the application gives."""

    async def conversation() -> Any:
        async with Client(transport=httpx.ASGITransport(app), base_url="http://server") as client:
            return await talk(client)

    return asyncio.run(conversation())


def get(app: Any, path: str) -> httpx.Response:
    return asked(app, lambda client: client.get(path))


def post(app: Any, body: Any, path: str = "/translate") -> httpx.Response:
    """Send JSON in ASCII, which can escape what is no text."""
    content = json.dumps(body)
    return asked(app, lambda client: client.post(path, content=content, headers=JSON))


def values(app: Any) -> dict[str, float]:
    """What `/metrics` says, by name and labels."""
    lines = get(app, "/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what other tasks bring about."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)
