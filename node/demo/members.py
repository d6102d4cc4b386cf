"""A member of the demo at her node: she joins by an invitation link like anybody, then speaks through the HTTP API.

Law: nothing here goes around the members' doors. A refusal ends the demo with everything that was wrong.
Source: WEB "HTTP API" and journey J2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientResponse, ClientSession

from node.demo.attachments import attachment
from node.demo.cast import Actor
from node.demo.processes import Child, DemoFailed, until

ARRIVE_SECONDS: Final = 60.0  # what one node says reaches another at once; longer means something is broken


@dataclass(frozen=True, slots=True)
class Member:
    """Who she is and how she speaks; ``id`` is that of her card."""

    child: Child
    actor: Actor
    token: str
    id: str

    @property
    def who(self) -> str:
        return f"{self.child.organisation.key}.{self.actor.key}"


async def join(web: ClientSession, child: Child, actor: Actor, link: str, password: str) -> str:
    """Make her account by an invitation link; gives a token for the API. DemoFailed if the page refuses."""
    form = {"name": actor.key, "interface": actor.language, "password": password}
    async with web.post(link, data=form, headers={"Origin": child.url}, allow_redirects=False) as answer:
        if answer.status not in (302, 303):
            raise DemoFailed(f"{actor.name} could not join: the page answered {answer.status}.")
    made = await child.ask("token.create", member=actor.key)
    return str(made["token"])


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def say(web: ClientSession, child: Child, token: str, content: Mapping[str, Any]) -> str:
    """Publish a record; gives its id. DemoFailed with what the node answered if it refuses."""
    async with web.post(f"{child.url}/api/v1/records", json=content, headers=_headers(token)) as answer:
        if answer.status != 201:
            raise await _refused(child, str(content["type"]), answer)
        return str((await answer.json())["id"])


async def _refused(child: Child, what: str, answer: ClientResponse) -> DemoFailed:
    text = await answer.text()
    return DemoFailed(f"{child.organisation.title} refused {what} ({answer.status}): {text}")


async def look(web: ClientSession, member: Member, path: str) -> Any:
    """What a call of the API answers; None where it is not here (404)."""
    async with web.get(f"{member.child.url}/api/v1/{path}", headers=_headers(member.token)) as answer:
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise await _refused(member.child, path, answer)
        return await answer.json()


async def await_entry(web: ClientSession, member: Member, entry: str) -> None:
    """Wait until she can read an entry at her node. DemoFailed when it does not come."""

    async def here() -> bool:
        found = await look(web, member, f"entries/{entry}")
        return found is not None and found["state"] == "here"

    failed = f"{entry} did not reach {member.actor.name} within {ARRIVE_SECONDS:.0f} s."
    await until(here, failed, ARRIVE_SECONDS)


async def upload(web: ClientSession, member: Member, said: Mapping[str, Any]) -> dict[str, Any]:
    """Keep an attachment at her node; gives how a record names it."""
    file = attachment(said["file"])
    async with web.post(
        f"{member.child.url}/api/v1/blobs",
        params={"name": said["file"]},
        data=file.data,
        headers=_headers(member.token) | {"Content-Type": file.media_type},
    ) as answer:
        if answer.status != 201:
            raise await _refused(member.child, said["file"], answer)
        kept = await answer.json()
    names = ("hash", "size", "media_type", "name")
    return {**{name: kept[name] for name in names}, "alt": dict(said["alt"])}


async def has_file(web: ClientSession, member: Member, blob: str) -> bool:
    """Whether a file is whole at her node."""
    headers = _headers(member.token) | {"Range": "bytes=0-0"}
    async with web.get(f"{member.child.url}/blobs/{blob}", headers=headers) as answer:
        return answer.status in (200, 206)
