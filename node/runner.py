"""A running node: everything started in order, and stopped in the opposite one.

Law: nothing listens before the log was compared with what was signed, nothing is sent before it listens, and what is
begun at a stop is finished: pages let go, peers told, the store closed last. Source: OPERATIONS ``run``, QUALITY 5.
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from aiohttp import web

from node.audit import Audit
from node.closing import Closing
from node.config import bind_of
from node.control import Control
from node.house import House, url_of
from node.listening import address_of, bound, listening, peer_rules, web_rules
from node.logs import event
from node.mailing import Mailing
from node.network import Network
from node.openfiles import divided
from node.port import NodePort
from node.profile import keep_profile
from node.running import Running
from node.shelf import Shelf
from node.tidying import Tidying
from node.witness import Witness
from protocol.gossip.engine import Engine
from protocol.ids import short
from store.room import sweep
from web.app import create_app, make_runner
from web.topics import MAX_SUBSCRIPTIONS, Hub

STOP_SECONDS: Final = 5.0
PEER_BODY: Final = (
    64 * 1024
)  # bytes: the largest thing posted to the peers' listener is a checkpoint with its proof
PEER_BUFFER: Final = 8 * 1024  # bytes of a body that wait to be read, of every connection there may be
LINGER_SECONDS: Final = 2.0  # for what is sent after the answer is known
_log: Final = logging.getLogger(__name__)


@asynccontextmanager
async def _task(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that goes on in the background; if it ends by itself the log says why."""
    task = asyncio.create_task(work)
    task.add_done_callback(_ended)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _ended(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        event(_log, logging.ERROR, "background-work-ended", why=repr(error))


async def _engine(house: House, shelf: Shelf) -> Engine:
    begin = await asyncio.wrap_future(shelf.database.read(shelf.beginning))
    return Engine(
        house.node,
        feeds=begin.feeds,
        keyrings=begin.keyrings,
        pulls=begin.pulls,
        chance=random.random,
        now=asyncio.get_running_loop().time(),
    )


@asynccontextmanager
async def running(house: House) -> AsyncIterator[dict[str, Any]]:
    """The node of this house, up; gives where it listens: ``{node, web, peer, url}``."""
    room = divided(house.settings.connections)
    proxies = house.settings.trusted_proxies
    await asyncio.wrap_future(house.store.database.read(lambda db: sweep(db, house.store.blobs)))
    hub, shelf = Hub(min(MAX_SUBSCRIPTIONS, room.streams)), Shelf(house.store)
    async with AsyncExitStack() as up:
        members, peers = (
            up.enter_context(bound(bind_of(at))) for at in (house.settings.web, house.settings.peer)
        )
        house.url = url_of(house.settings, members.getsockname()[1])
        network = Network(
            house,
            shelf,
            await _engine(house, shelf),
            lambda topics: port.announce(topics),  # noqa: PLW0108 - the port is made of the network
            lambda: asyncio.to_thread(keep_profile, house),
        )
        port = NodePort(house, network, hub)
        peer_app = web.Application(client_max_size=PEER_BODY)
        witness = Witness(house, network)
        peer_app.add_routes([*network.routes(), *Audit(house).routes(), *witness.routes()])
        peer_runner = web.AppRunner(
            peer_app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=STOP_SECONDS,
            lingering_time=LINGER_SECONDS,
            read_bufsize=PEER_BUFFER,
        )
        facts = {"node": house.node, "web": address_of(members), "peer": address_of(peers), "url": house.url}
        house.live = Running(port, network, facts)
        await asyncio.to_thread(keep_profile, house)
        await port.refresh()
        port.watch(
            await up.enter_async_context(listening(peer_runner, peers, peer_rules(room.peers, proxies)))
        )
        up.push_async_callback(network.stop)
        pages = await asyncio.to_thread(create_app, port)
        pages_rules = web_rules(room.web, proxies)
        port.watch(await up.enter_async_context(listening(make_runner(pages), members, pages_rules)))
        up.callback(hub.close)
        await network.start(*peers.getsockname()[:2])
        await up.enter_async_context(_task(port.keep_fresh()))
        await up.enter_async_context(_task(witness.run()))
        await up.enter_async_context(_task(Closing(house).run()))
        await up.enter_async_context(_task(Tidying(house).run()))
        await up.enter_async_context(_task(Mailing(house, port).run()))
        control = await asyncio.to_thread(Control, house.data, port.run)
        up.push_async_callback(control.stop)
        await control.start(facts)
        event(_log, logging.INFO, "started", node=short(house.node), web=facts["web"], peer=facts["peer"])
        yield facts
        event(_log, logging.INFO, "stopping", node=short(house.node))


async def serve(house: House, ready: Callable[[Mapping[str, Any]], None]) -> None:
    """Run until SIGTERM or SIGINT; ``ready`` is called once everything listens."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(house) as facts:
        ready(facts)
        await stop.wait()
