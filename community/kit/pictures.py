"""Making photos safe: read carefully, turned upright, cut square or made to fit, written anew.

Nothing of an uploaded file is kept but its pixels: position, camera, comments, colour
profiles, further frames and whatever was hidden behind the picture go. Names are drawn at
random (128 bits), so a photo whose member shows it to members only can't be guessed; whoever
was given its address can open it, like a photo in a letter. A removed photo is gone from the
server at once; a browser that has seen it may keep it.
"""

import errno
import os
import re
import secrets
import struct
from collections.abc import Callable, Collection
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from PIL import Image, UnidentifiedImageError
from werkzeug.exceptions import HTTPException

from community.kit import clock
from community.kit.words import N_, Words

SIZES = (96, 320)
"""The sides, in pixels, of the squares that are kept of a face."""
FRAMES = {480: (480, 320), 1200: (1200, 800)}
"""The widest and highest, in pixels, of the scenes that are kept of a thing or a place."""
LARGEST_FILE = 8_000_000
MOST_PIXELS = 40_000_000
SHORTEST_SIDE = 64
FORMATS = ("GIF", "JPEG", "PNG", "WEBP")
YOUNGEST_ORPHAN = timedelta(days=1)
"""Files younger than this may belong to a transaction that is not kept yet."""

_NAME = re.compile(r"([0-9a-f]{32})-(96|320|480|1200)\.webp")
_MOST_SCANS = 100
_TURNS = BoundedSemaphore(2)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112

# Sizes are checked below, before any pixel is read and more strictly than Pillow would.
Image.MAX_IMAGE_PIXELS = None


class Unusable(Exception):
    """A file that is no photo for us; the reason says why and what to do."""

    def __init__(self, reason: Words) -> None:
        super().__init__(str(reason))
        self.reason = reason


class NoRoom(HTTPException):
    """There is no room to keep a photo."""

    code = 507


def squares(file: bytes) -> dict[int, bytes]:
    """The WebP squares of a photo by side, made of its pixels only. Raises Unusable."""
    return _made(file, _squares)


def scenes(file: bytes) -> dict[int, bytes]:
    """The whole of a photo as WebP, made to fit each of ``FRAMES``, of its pixels only. Raises Unusable."""
    return _made(file, _scenes)


def _made(file: bytes, make: Callable[[bytes], dict[int, bytes]]) -> dict[int, bytes]:
    _refuse_by_head(file)
    with _TURNS:
        try:
            return make(file)
        except Unusable:
            raise
        except UnidentifiedImageError:
            raise Unusable(_why_unknown(file)) from None
        except Exception as error:
            # A decoder may stumble over broken data in any way; it is always the file's fault.
            raise Unusable(
                N_("That picture is broken or cut short. Try another copy of it.")
            ) from error


def keep(folder: Path, pictures: dict[int, bytes]) -> str:
    """Write the sizes of a photo under a name drawn at random, whole or not at all; answers the name."""
    key = secrets.token_hex(16)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for side, picture in pictures.items():
            _write(folder / f"{key}-{side}.webp", picture)
    except OSError as error:
        remove(folder, key)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from error
        raise
    return key


def remove(folder: Path, key: str) -> None:
    """Take the files of a photo away; it does not matter whether they are still there."""
    for size in (*SIZES, *FRAMES):
        (folder / f"{key}-{size}.webp").unlink(missing_ok=True)


def key_of(name: str) -> str | None:
    """The photo that a file name belongs to; None when it is no name of ours."""
    match = _NAME.fullmatch(name)
    return match[1] if match else None


def orphans(folder: Path, used: Collection[str]) -> list[Path]:
    """Files in the folder that belong to no photo in use and are old enough to be left-overs."""
    if not folder.is_dir():
        return []
    before = (clock.now() - YOUNGEST_ORPHAN).timestamp()
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and key_of(path.name) not in used and path.stat().st_mtime < before
    ]


def _refuse_by_head(file: bytes) -> None:
    if not file:
        raise Unusable(N_("That file is empty. Choose another one."))
    if len(file) > LARGEST_FILE:
        raise Unusable(
            N_("A photo may have at most %(megabytes)d MB.", megabytes=LARGEST_FILE // 1_000_000)
        )
    # Each scan of a progressive JPEG is a pass over the whole picture: thousands take hours.
    if file.startswith(b"\xff\xd8") and file.count(b"\xff\xda") > _MOST_SCANS:
        raise Unusable(N_("That picture is broken or cut short. Try another copy of it."))
    # The WebP reader makes room for the whole picture before it says how large that is.
    if file[:4] == b"RIFF" and file[8:12] == b"WEBP":
        _refuse_size(*_webp_size(file))


def _squares(file: bytes) -> dict[int, bytes]:
    with Image.open(BytesIO(file), formats=FORMATS) as image:
        _refuse_size(*image.size)
        turn = _UPRIGHT.get(_orientation(image))
        image.draft("RGB", (2 * max(SIZES), 2 * max(SIZES)))
        upright = image if turn is None else image.transpose(turn)
        square = _plain(upright.crop(_middle(*upright.size)))
    made = {}
    for side in SIZES:
        small = square.resize((side, side), Image.Resampling.LANCZOS, reducing_gap=3)
        made[side] = _written(small)
    return made


def _scenes(file: bytes) -> dict[int, bytes]:
    largest = max(FRAMES.values())
    with Image.open(BytesIO(file), formats=FORMATS) as image:
        _refuse_size(*image.size)
        turn = _UPRIGHT.get(_orientation(image))
        image.draft("RGB", (2 * largest[0], 2 * largest[0]))
        scene = _plain(image if turn is None else image.transpose(turn))
    made = {}
    for name, frame in sorted(FRAMES.items(), reverse=True):
        scene.thumbnail(frame, Image.Resampling.LANCZOS, reducing_gap=3)
        made[name] = _written(scene)
    return made


def _written(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def _refuse_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Unusable(
            N_(
                "A photo may have at most %(most)d megapixels. Make it smaller first.",
                most=MOST_PIXELS // 1_000_000,
            )
        )
    if min(width, height) < SHORTEST_SIDE:
        raise Unusable(
            N_(
                "That picture is too small to know anything in: each side needs %(least)d pixels.",
                least=SHORTEST_SIDE,
            )
        )


def _webp_size(file: bytes) -> tuple[int, int]:
    kind, head = file[12:16], file[20:30]
    if len(head) == 10 and kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if len(head) == 10 and kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if len(head) == 10 and kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise Unusable(N_("That picture is broken or cut short. Try another copy of it."))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        return 1


def _middle(width: int, height: int) -> tuple[int, int, int, int]:
    side = min(width, height)
    # A standing picture is usually of a person whose face is above its middle.
    left, top = (width - side) // 2, (height - side) // (2 if width >= height else 3)
    return left, top, left + side, top + side


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, in three colours on white."""
    if image.mode.startswith(("I", "F")):
        image = image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    pixels = Image.new("RGB", image.size)
    pixels.paste(image.convert("RGB"))
    return pixels


def _why_unknown(file: bytes) -> Words:
    head: Any = file[:16]
    known = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF")
    if head.startswith(known):
        return N_("That picture is broken or cut short. Try another copy of it.")
    return N_("That is no picture that we can read. Use a JPEG, PNG, WebP or GIF file.")


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
