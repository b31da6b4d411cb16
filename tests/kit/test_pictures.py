"""Photos are made of an upload's pixels and of nothing else of it; broken ones are told so."""

import io
import os
import random
import struct
import time
import zlib
from datetime import timedelta

import pytest
from PIL import Image, PngImagePlugin

from community.kit import pictures
from community.kit.pictures import Unusable

SECRET = b"38.7223N 9.1393W Ada's kitchen"


def picture(kind="PNG", size=(120, 90), mode="RGB", color="tomato", **how):
    out = io.BytesIO()
    ground = Image.new("RGB", size, color)
    ground.paste("navy", (0, 0, size[0] // 2, size[1] // 2))
    ground.convert(mode).save(out, kind, **how)
    return out.getvalue()


def opened(file):
    image = Image.open(io.BytesIO(file))
    image.load()
    return image


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width, height, data=b""):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def webp_that_claims(width, height):
    head = b"\x10\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + head
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_that_claims(width, height, frame=None):
    wide, high = frame or (width, height)
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
        + b"\0\0\0\xff\xff\xff"
        + b","
        + struct.pack("<HHHHB", 0, 0, wide, high, 0)
        + b"\x02\x02\x44\x01\x00;"
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [(120, 90), (90, 120), (64, 64), (1000, 64), (2000, 1500)])
def test_every_kind_becomes_two_small_squares(kind, size):
    made = pictures.squares(picture(kind, size))
    assert set(made) == {96, 320}
    for side, file in made.items():
        image = opened(file)
        assert (image.format, image.size, image.mode) == ("WEBP", (side, side), "RGB")
        assert len(file) < 40_000


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"])
def test_every_way_of_keeping_pixels_is_read(mode):
    if mode == "PA":
        file = picture("PNG", mode="P", transparency=0)
    elif mode.startswith("I"):
        out = io.BytesIO()
        Image.new(mode, (100, 100), 40_000).save(out, "PNG")
        file = out.getvalue()
    else:
        file = picture("PNG", mode=mode)
    grey = opened(pictures.squares(file)[96])
    if mode.startswith("I"):
        assert abs(grey.getpixel((48, 48))[0] - 156) < 4


def test_cmyk_jpeg_is_read():
    assert pictures.squares(picture("JPEG", mode="CMYK"))


def test_what_is_clear_becomes_white():
    out = io.BytesIO()
    Image.new("RGBA", (100, 100), (255, 0, 0, 0)).save(out, "PNG")
    assert min(opened(pictures.squares(out.getvalue())[96]).getpixel((48, 48))) > 250


def test_nothing_but_pixels_is_kept():
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", SECRET.decode())
    for file in (
        picture("JPEG", exif=exif, comment=SECRET, icc_profile=SECRET),
        picture("PNG", exif=exif, pnginfo=told, icc_profile=SECRET),
        picture("WEBP", exif=exif, xmp=SECRET, icc_profile=SECRET),
    ):
        assert SECRET in file
        for made in pictures.squares(file).values():
            assert SECRET not in made
            assert not set(opened(made).info) & {"exif", "icc_profile", "xmp", "comment"}
            assert not opened(made).getexif()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_stands_upright(kind, orientation):
    upright = Image.new("RGB", (300, 300), "white")
    upright.paste("red", (0, 0, 150, 150))
    upright.paste("blue", (150, 0, 300, 150))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    taken = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    taken.save(out, kind, exif=exif)
    seen = opened(pictures.squares(out.getvalue())[96])
    left, right = seen.getpixel((24, 24)), seen.getpixel((72, 24))
    assert left[0] > 200 > 80 > left[2]
    assert right[2] > 200 > 80 > right[0]


def test_of_a_moving_picture_the_first_frame_is_shown():
    frames = [Image.new("RGB", (100, 100), color) for color in ("red", "blue", "green")]
    for kind in ("GIF", "WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=50)
        made = opened(pictures.squares(out.getvalue())[96])
        assert getattr(made, "n_frames", 1) == 1
        assert made.getpixel((50, 50))[0] > 200


@pytest.mark.parametrize(
    "tail",
    [
        b"<script>alert(1)</script>",
        b"<?php system($_GET[0]); ?>",
        b"PK\x03\x04 a zip behind a picture",
        b"%PDF-1.4",
    ],
)
def test_what_hides_behind_a_picture_goes(tail):
    for kind in ("GIF", "JPEG", "PNG", "WEBP"):
        for made in pictures.squares(picture(kind) + tail).values():
            assert tail not in made
            assert made[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("name", "file", "says"),
    [
        ("empty", b"", "empty"),
        ("text", b"hello", "no picture"),
        ("svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "no picture"),
        ("html", b"<!DOCTYPE html><script>alert(1)</script>", "no picture"),
        ("zip", b"PK\x03\x04" + b"\0" * 50, "no picture"),
        ("bmp", picture("BMP"), "no picture"),
        ("tiff", picture("TIFF"), "no picture"),
        ("ico", b"\0\0\1\0\1\0" + b"\0" * 60, "no picture"),
        ("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture"),
        ("heic", b"\0\0\0\x18ftypheic" + b"\0" * 40, "no picture"),
        ("head of a png", b"\x89PNG\r\n\x1a\n", "broken"),
        ("head of a jpeg", b"\xff\xd8\xff\xe0", "broken"),
        ("half a jpeg", picture("JPEG", (900, 900))[:2000], "broken"),
        ("half a png", picture("PNG", (900, 900))[:-900], "broken"),
        ("half a webp", picture("WEBP", (900, 900))[:300], "broken"),
        ("half a gif", picture("GIF", (900, 900))[:300], "broken"),
        ("riff of sound", b"RIFF\x10\0\0\0WAVEfmt " + b"\0" * 40, "broken"),
        ("webp without size", b"RIFF\x10\0\0\0WEBPVP8X\0", "broken"),
        ("tiny", picture("PNG", (63, 63)), "too small"),
        ("thread", picture("PNG", (5000, 1)), "too small"),
        ("large file", b"\xff\xd8" + b"\0" * pictures.LARGEST_FILE, "at most 8 MB"),
        ("large jpeg", picture("JPEG", (6400, 6300)), "at most 40 megapixels"),
        ("png bomb", png_that_claims(60_000, 60_000, zlib.compress(b"\0" * 10**6)), "megapixels"),
        ("widest png", png_that_claims(2**31 - 1, 2**31 - 1), "megapixels"),
        ("no size", png_that_claims(0, 0), "broken"),
        ("webp bomb", webp_that_claims(16_777_216, 16_777_216), "megapixels"),
        ("gif bomb", gif_that_claims(65_535, 65_535), "megapixels"),
        ("gif with a large frame", gif_that_claims(100, 100, (65_535, 65_535)), "megapixels"),
        ("text bomb", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 99, 99, 8, 2, 0, 0, 0))
         + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 80_000_000)), "broken"),
        ("endless scans", picture("JPEG")[:-2] + (b"\xff\xda\0\x08\1\1\0\0\x3f\0" * 101), "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 25 else "",
)  # fmt: skip
def test_what_is_no_photo_is_told_so(name, file, says):
    begun = time.process_time()
    with pytest.raises(Unusable) as refused:
        pictures.squares(file)
    assert says in str(refused.value.reason)
    assert time.process_time() - begun < 1


def test_the_largest_photo_is_read_in_time():
    begun = time.process_time()
    assert pictures.squares(picture("JPEG", (7300, 5470)))
    assert time.process_time() - begun < 3


def test_however_a_file_is_broken_it_is_refused_or_read():
    chance = random.Random(5)
    whole = [
        picture(kind, (90, 70), mode=mode)
        for kind, mode in (
            ("PNG", "RGB"),
            ("PNG", "P"),
            ("JPEG", "RGB"),
            ("WEBP", "RGBA"),
            ("GIF", "P"),
        )
    ]
    outcomes = set()
    for _ in range(1_000):
        file = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(file))
            how = chance.randrange(4)
            if how == 0:
                file[at] = chance.randrange(256)
            elif how == 1:
                del file[at : at + chance.randint(1, 30)]
            elif how == 2:
                file[at:at] = chance.randbytes(chance.randint(1, 30))
            else:
                del file[at:]
            if not file:
                break
        try:
            made = pictures.squares(bytes(file))
        except Unusable:
            outcomes.add("refused")
        else:
            outcomes.add("read")
            assert all(opened(each).size == (side, side) for side, each in made.items())
    assert outcomes == {"refused", "read"}


def test_a_photo_is_kept_under_a_name_nobody_guesses(tmp_path):
    folder = tmp_path / "media"
    made = pictures.squares(picture())
    keys = {pictures.keep(folder, made) for _ in range(20)}
    assert len(keys) == 20
    assert all(len(key) == 32 for key in keys)
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(f"{key}-{side}.webp" for key in keys for side in (96, 320))
    assert {pictures.key_of(name) for name in names} == keys


def test_a_photo_is_removed_once_and_again(tmp_path):
    key = pictures.keep(tmp_path, pictures.squares(picture()))
    pictures.remove(tmp_path, key)
    pictures.remove(tmp_path, key)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    made = pictures.squares(picture())
    calls = []

    def full(handle):
        calls.append(handle)
        if len(calls) > 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(pictures.os, "fsync", full)
    with pytest.raises(pictures.NoRoom) as error:
        pictures.keep(tmp_path, made)
    assert error.value.code == 507
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "", "x", "../secrets.json", "a" * 32, f"{'a' * 32}-96.webp.svg", f"{'a' * 32}-97.webp",
        f"{'A' * 32}-96.webp", f"{'a' * 31}-96.webp", f"{'a' * 32}-96.webp\n", f"/{'a' * 32}-96.webp",
        f"{'a' * 32}-96.webp\0", ".", "..", f"..%2f{'a' * 32}-96.webp", f"{'١' * 32}-96.webp",
    ],
)  # fmt: skip
def test_other_names_are_none_of_ours(name):
    assert pictures.key_of(name) is None


def test_left_overs_are_found_when_they_are_old(tmp_path):
    assert pictures.orphans(tmp_path / "nowhere", set()) == []
    used = pictures.keep(tmp_path, pictures.squares(picture()))
    left = pictures.keep(tmp_path, pictures.squares(picture()))
    draft = tmp_path / f".{left}-96.webp.aa"
    draft.write_bytes(b"half")
    assert pictures.orphans(tmp_path, {used}) == []
    long_ago = time.time() - timedelta(days=2).total_seconds()
    for path in tmp_path.iterdir():
        os.utime(path, (long_ago, long_ago))
    found = {path.name for path in pictures.orphans(tmp_path, {used})}
    assert found == {f"{left}-96.webp", f"{left}-320.webp", draft.name}
