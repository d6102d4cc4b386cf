"""Waiting for an event, for a time at most.

Law: whoever is cancelled while waiting ends. ``asyncio.wait_for`` of Python 3.11 does not promise that: a cancel that
comes together with the event is swallowed, and a node that is told to stop while a peer leaves would stay up for good.
Source: OPERATIONS ``run`` (clean stop).
"""

from __future__ import annotations

import asyncio
import contextlib


async def set_within(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
