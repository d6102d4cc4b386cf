"""B4: what a file tells beside what it shows is taken off or warned about; what is shown stays bit for bit."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.errors import Refused
from store import metadata
from store.blobs import Blobs
from store.metadata import exif
from tests.kit import pictures as kit
from tests.kit.pictures import chunk, segment

TOLD = {"jpeg": kit.told_jpeg, "png": kit.told_png, "webp": kit.told_webp, "gif": kit.told_gif}
BARE = {
    "jpeg": lambda: kit.jpeg(segment(0xE2, kit.PROFILE), segment(0xEE, b"Adobe\0d\0\0\0\0\0")),
    "jpeg with padding": lambda: kit.jpeg(behind=b"\0\0\n"),
    "turned jpeg": lambda: kit.jpeg(segment(0xE1, b"Exif\0\0" + kit.tiff(8, plain=True))),
    "jpeg cut short": lambda: kit.jpeg()[:-300],
    "png": lambda: kit.png(chunk(b"iCCP", b"n\0\0" + zlib.compress(kit.PROFILE)), chunk(b"pHYs", bytes(9))),
    "turned png": lambda: kit.png(chunk(b"eXIf", kit.tiff(3, ">", plain=True))),
    "webp": kit.webp,
    "simple webp": lambda: kit.riff((b"VP8L", kit.SCAN)),
    "gif": kit.gif,
    "heic": lambda: kit.heic(told=False),
    "film": lambda: kit.film(told=False),
    "scan": lambda: kit.tiff(plain=True),
    "pdf": lambda: kit.pdf(b""),
    "document": lambda: kit.document(b""),
    "text": lambda: b"Only words.",
}


def cleaned(data: bytes) -> tuple[metadata.Look, bytes]:
    """What is seen in a file, and the file as it is kept."""
    file = io.BytesIO(data)
    seen = metadata.look(file)
    return seen, data if seen.parts is None else b"".join(seen.chunks(file))


@pytest.mark.parametrize("kind", TOLD)
def test_b4_position_author_and_camera_are_taken_off(kind: str) -> None:
    """B4: a photo's GPS position, author and camera serial travel to every node."""
    seen, kept = cleaned(TOLD[kind]())
    assert {"location", "author"} & set(seen.taken) and not seen.warned
    assert not [secret for secret in kit.SECRETS if secret in kept]
    again, same = cleaned(kept)
    assert again == metadata.Look() and same == kept, "what was cleaned needs no cleaning"


def test_b4_everything_a_photo_told_is_named() -> None:
    """B4: the page says what was taken off."""
    assert cleaned(kit.told_jpeg())[0].taken == metadata.TAKEN
    assert cleaned(kit.told_webp())[0].taken == ("location", "camera", "author", "time", "other")


@pytest.mark.parametrize("kind", BARE)
def test_b4_what_tells_nothing_stays_byte_for_byte(kind: str) -> None:
    """B4: an image without such metadata stays byte for byte."""
    data = BARE[kind]()
    assert cleaned(data) == (metadata.Look(), data)


def test_b4_pixels_profile_and_orientation_stay() -> None:
    """B4: orientation and colour profile are kept, and pixels are never encoded anew."""
    _, jpeg = cleaned(kit.told_jpeg(6))
    turned = segment(0xE1, b"Exif\0\0" + exif.least(6))
    assert jpeg == kit.jpeg(turned, segment(0xE2, kit.PROFILE), segment(0xEE, b"Adobe\0d\0\0\0\0\0"))
    _, upright = cleaned(kit.told_jpeg(1))
    assert b"Exif" not in upright and kit.SCAN in upright
    _, png = cleaned(kit.told_png())
    profile = chunk(b"iCCP", b"name\0\0" + zlib.compress(kit.PROFILE))
    assert png == kit.png(profile, chunk(b"eXIf", exif.least(6)))
    _, webp = cleaned(kit.told_webp())
    assert webp == kit.webp((b"EXIF", exif.least(6)), flags=0x28)
    assert cleaned(kit.told_gif())[1] == kit.gif()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_b4_every_way_up_is_read_and_written(orientation: int, order: str) -> None:
    """B4: a photo held any way is still shown upright."""
    assert exif.read(kit.tiff(orientation, order)).orientation == orientation
    assert exif.read(exif.least(orientation)) == exif.Told(frozenset(), orientation, plain=True)


@pytest.mark.parametrize("data", [kit.heic(told=True), kit.tiff()])
def test_b4_a_picture_that_cannot_be_rewritten_is_refused(data: bytes) -> None:
    """B4: HEIC, AVIF and TIFF cannot be rewritten safely: one that tells something is refused, with what to do."""
    with pytest.raises(Refused) as refused:
        metadata.look(io.BytesIO(data))
    assert refused.value.code == "photo-data"


@pytest.mark.parametrize(
    ("data", "warned"),
    [
        (kit.document(), ("file-author",)),
        (kit.document(b"", [kit.told_jpeg()]), ("file-location",)),
        (kit.package({"meta.xml": b"<meta:initial-creator>Jo</meta:initial-creator>"}), ("file-author",)),
        (kit.package({"word/comments.xml": b'<w:comment w:author="Jo"/>'}), ("file-author",)),
        (kit.pdf(), ("file-author",)),
        (kit.pdf(packed=True), ("file-author",)),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), ("file-author",)),
        (kit.film(told=True), ("file-location",)),
        (b"PK\x03\x04 and nothing", ("file-unread",)),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ("file-unread",)),
    ],
)
def test_b4_documents_and_films_are_warned_about_and_stay(data: bytes, warned: tuple[str, ...]) -> None:
    """B4: office files and PDFs are warned about."""
    assert cleaned(data) == (metadata.Look(warned=warned), data)


MAKERS: list[Callable[[], bytes]] = [
    *TOLD.values(), *BARE.values(), lambda: kit.heic(told=True), lambda: kit.film(told=True), kit.document, kit.pdf,
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(MAKERS), st.data())
def test_b4_no_bytes_make_it_stumble(make: Callable[[], bytes], data: st.DataObject) -> None:
    """B4: whatever is sent, looking it through ends, in an answer or in one refusal."""
    broken = bytearray(make())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at] = data.draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFE, 0xFF)))
    cut = data.draw(st.integers(1, len(broken)))
    try:
        seen, kept = cleaned(bytes(broken[:cut]))
    except Refused as refused:
        assert refused.code == "photo-data"
    else:
        assert len(kept) <= cut and (seen.taken or kept == broken[:cut])


def test_b4_every_file_of_a_member_comes_through_the_one_door(tmp_path: Path) -> None:
    """B4: the folder of files takes it off itself, so no way in can go past; nothing half done is left behind."""
    blobs = Blobs(tmp_path)
    kept = blobs.keep([kit.told_jpeg()[:999], kit.told_jpeg()[999:]], "a")
    data = blobs.path(kept.hash).read_bytes()
    assert kept.taken == metadata.TAKEN and kept.size == len(data) and kit.SECRETS[0] not in data
    with pytest.raises(Refused):
        blobs.keep([kit.heic(told=True)], "b")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [blobs.path(kept.hash)]


class Counting(io.BytesIO):
    """A file that counts what is read of it."""

    reads = read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.reads += 1
        self.read_bytes += len(data)
        return data


def test_fill_bytes_without_end_are_read_in_bulk() -> None:
    """A picture may have as many fill bytes as it is long; one by one they kept a worker busy for minutes."""
    file = Counting(b"\xff\xd8" + b"\xff" * 400_000)
    assert metadata.look(file).warned == ("file-unread",)
    assert file.reads < 200


def test_items_named_a_thousand_times_are_looked_for_once() -> None:
    """Each of them made the first four mebibytes be read and searched again."""
    names = kit.box(b"meta", b"iinfExif") * 1_000
    file = Counting(kit.heic(told=True) + names)
    with pytest.raises(Refused):
        metadata.look(file)
    assert file.read_bytes < 3 * len(file.getvalue()) + 100_000


def test_tags_left_open_are_each_looked_at_once() -> None:
    """A mebibyte of them, packed into a kilobyte, took minutes; ended by no tag, they name nobody."""
    for part in (b"<author " * 130_000, b"<author>" + b" " * 1_000_000):
        packed = kit.package({"docProps/core.xml": part})
        assert metadata.look(io.BytesIO(packed)) == metadata.Look()
    assert metadata.look(io.BytesIO(kit.document())).warned == ("file-author",)


def test_the_blocks_of_a_whole_animation_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound of one row of blocks is none: a file may have a row for every few bytes."""
    rows = b"\x21\xff" + b"\x01a" * 20 + b"\0"
    monkeypatch.setattr("store.metadata.gif._BLOCKS_MOST", 400)
    assert metadata.look(io.BytesIO(b"GIF89a" + bytes(7) + rows * 30)).warned == ("file-unread",)
    assert metadata.look(io.BytesIO(b"GIF89a" + bytes(7) + rows * 3 + b";")).warned == ()
