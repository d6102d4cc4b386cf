"""What there is to be looked at: a pitch with pledges in every state that has a form, and one thing of every other kind."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.browser import samples
from tests.browser.line import Line
from tests.browser.spots import Who
from tests.kit.nodes import DEADLINE
from tests.kit.organisations import until


class Story(NamedTuple):
    """What is there to be looked at: ids by name, members by what they are."""

    ids: dict[str, str]
    people: dict[Who, str]


def tell(line: Line) -> Story:
    """One pitch with pledges in every state that has a form, an artifact, talk, thanks; and a pitch just begun."""
    home = line.a
    owner, giver = home.member("Policy analyst"), home.member("Facilitateur", lang="fr")
    operator = home.member("Operator", role="operator")
    giver.say(
        "member.revise",
        member=giver.member,
        offers=[{"kind": "testing", "topics": ["citizen-services"], "text": {"fr": "Deux soirs"}}],
    )
    pitch = owner.say("pitch.open", **samples.pitch("Service design lab, Halifax"))
    bare = owner.say(
        "pitch.open",
        title={"fr": "Glossaire commun"},
        why={"fr": "Nos mots diffèrent."},
        opportunity="course",
    )
    pledges = {name: giver.say("pledge.offer", **samples.offer(pitch)) for name in ("offered", "accepted")}
    pledges["fulfilled"] = giver.say("pledge.offer", **samples.offer(pitch))
    pledges["early"] = giver.say(
        "pledge.offer", **samples.offer(bare, ask=None, kind="translation", show="organisation")
    )
    money = {"ask": "travel", "kind": "money", "quantity": 20000, "unit": "CAD", "show": "anonymous"}
    pledges["money"] = giver.say("pledge.offer", **samples.offer(pitch, **money), audience="parties")
    for name in ("accepted", "fulfilled"):
        owner.say(
            "pledge.accept",
            pledge=pledges[name],
            quantity=1,
            **{"return": {"en": "The form"}, "return_due": samples.day(70)},
        )
    giver.say("pledge.fulfil", pledge=pledges["fulfilled"], evidence={"fr": "Par vidéo"})
    picture = owner.upload("before-after.png", samples.picture(), "image/png")
    notes = owner.upload("notes.txt", b"Three fields went.\n", "text/plain")
    artifact = owner.say(
        "artifact.publish",
        **samples.artifact(pitch, picture | {"alt": {"en": "The form before and after"}}, notes),
    )
    french = giver.say(
        "artifact.publish",
        kind="how-to",
        title={"fr": "Alléger un formulaire"},
        body={"fr": "Compter d’abord."},
        licence="CC0-1.0",
        evidence="research",
        review_by="2026-01-01",
    )
    giver.say(
        "reuse", artifact=artifact, where={"fr": "Accueil"}, what={"fr": "Deux champs"}, result="worked"
    )
    owner.say(
        "idp", skill={"en": "Usability"}, cycle=1, part="experience", text={"en": "A test"}, refers=[pitch]
    )
    for on in (pitch, artifact, pledges["offered"]):
        giver.say("comment", on=on, text={"fr": "Qui a essayé ?"})
    owner.say("pitch.update", pitch=pitch, text={"en": "Tickets are booked."})
    owner.say("thanks", pitch=pitch, text={"en": "Thank you all."})
    asked = {
        name: owner.say("poll.open", **samples.poll(kind, pitch))
        for name, kind in (
            ("choosing", "choose-one"),
            ("ranking", "rank"),
            ("dotting", "dots"),
            ("timing", "times"),
        )
    }
    giver.say("ballot", poll=asked["ranking"], choice={"o1": 2, "o2": 1})
    owner.say("ballot", poll=asked["timing"], choice={"o1": "yes", "o2": "maybe"})
    circle = owner.say("circle.found", **samples.circle())
    giver.say("circle.join", circle=circle)
    giver.say("issue.raise", circle=circle, title={"fr": "Personne ne teste avec un lecteur d’écran"})
    event = owner.say("event.schedule", **samples.event(pitch))
    giver.say("rsvp", event=event, answer="maybe")
    hidden = owner.say("pitch.open", **samples.pitch("Names of a colleague"))
    report = giver.say("report", on=hidden, reason="personal-information", text={"fr": "Il y a un nom."})
    issue = {"title": {"en": "One in three gives up", "fr": "Une personne sur trois abandonne"}}
    raised = [owner.say("issue.raise", circle=circle, **issue) for _ in range(2)]
    giver.say("issue.share", issue=raised[0])
    owner.say("issue.same", issue=raised[0], **{"as": raised[1]})
    standing = giver.say(
        "offer.stand", kind="testing", text={"fr": "Un soir par mois"}, quantity=2, unit="hour"
    )
    until(lambda: len(owner.get("/nodes")["items"]) >= 3, "three organisations are known")
    ids = {
        "asked_for": asked_for_a_place(home.url, pitch),
        **{"pitch": pitch, "bare": bare, "hidden": hidden, "report": report},
        **{"artifact": artifact, "french_artifact": french},
        **{"owner": owner.member, "node": home.node},
        **{"event": event, "circle": circle, "month": samples.day(64)[:7]},
        **{"issue": raised[0], "standing": standing},
        **pledges,
        **asked,
        "letter": "of-nobody",
        "invitation": home.invite().rsplit("/", 1)[1],
        "signing_in": home.sign_in_link(giver.member).rsplit("/", 1)[1],
        "elsewhere": f"{line.c.node}-0-999",
    }
    return Story(ids, {"owner": owner.member, "giver": giver.member, "operator": operator.member})


def asked_for_a_place(url: str, pitch: str) -> str:
    """Somebody without an account asks the pitcher; what the address of her page ends with."""
    said = urlencode({"name": "Planner", "organisation": "City of Fort St. John"}).encode()
    request = Request(f"{url}/go/{pitch}/guest", said, {"Origin": url})  # noqa: S310 - our own http address
    with urlopen(request, timeout=DEADLINE) as answer:  # noqa: S310 - the same
        return str(answer.url).rsplit("/", 1)[1]
