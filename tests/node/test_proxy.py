"""Peering through a proxy that ends TLS in between: its certificate is not looked at, the handshake is."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from node.commands import peers as commands
from node.transport import MeetingFailed, Place
from protocol.invite import parse_invite
from store import peers
from tests.kit.nodes import neighbours, until
from tests.node.test_pairing import do


def certificate(folder: Path) -> ssl.SSLContext:
    """A server context with a fresh certificate nobody has reason to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "proxy.example")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=2))
        .not_valid_after(now - dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "proxy.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, ssl.SSLError):
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def tls_proxy(folder: Path, behind: Place) -> AsyncIterator[Place]:
    """Ends TLS and passes the bytes on to a listener."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(behind.host, behind.port)
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    context = await asyncio.to_thread(certificate, folder)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield Place("127.0.0.1", server.sockets[0].getsockname()[1], tls=True)
    finally:
        server.close()
        await server.wait_closed()


async def test_two_nodes_pair_through_a_proxy_that_ends_tls(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b), tls_proxy(tmp_path, a.place) as proxy:
        made = await do(lambda: commands.invite(a.house, at=str(proxy), tls=True))
        code = parse_invite(made["code"])
        assert code.tls
        await do(
            b.write,
            lambda tx: peers.pin(tx, a.node, [f"{code.host}:{code.port}"], tls=code.tls, invite=code.secret),
        )
        assert await b.network.meet(a.node) is None
        assert b.network.switchboard.links[a.node].address == str(proxy)
        await do(a.say, "through the proxy")
        await until(lambda: b.holds(a) == 1)
        b.network.switchboard.hang_up(a.node)
        await until(lambda: not b.network.switchboard.links)


async def test_a_proxy_that_leads_elsewhere_is_noticed(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 3) as (a, b, c), tls_proxy(tmp_path, c.place) as proxy:
        with pytest.raises(MeetingFailed) as failed:
            await b.network.transport.dial(a.node, proxy)
        assert failed.value.code in {"hung-up", "invalid"}


async def test_plain_where_tls_is_expected(tmp_path: Path) -> None:
    async with neighbours(tmp_path, 2) as (a, b):
        with pytest.raises(MeetingFailed, match="unreachable"):
            await b.network.transport.dial(a.node, a.place._replace(tls=True))
