"""Backups: one file with the database, the photos and the log of erasures, and the way back.

The file is an ordinary zip. Its comment ends with the SHA-256 of everything before, so that
a single changed bit is noticed; ``manifest.json`` in it tells what it holds.
"""

import hashlib
import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from flask import current_app
from sqlalchemy import delete, inspect, select

import config as settings
from community.activity.accounts.models import SignIn
from community.activity.members.models import Member
from community.activity.settings.actions import media
from community.activity.settings.erasures import log_of
from community.kit import clock, copying
from community.kit.db import db
from community.kit.runs import Lease
from community.ledger import audit, columns
from community.ledger.models import Event
from community.web import credentials

SEAL = b"kith sha256 "
DIGITS = 64
CHUNK = 1 << 20
FORMAT = 1
SECRETS = (settings.SECRETS_FILE, credentials.KEY)
"""What signs: cookies and links, and the credentials of badges."""
UNDER_WAY = "restoring"
"""A file in DATA_DIR from before a restore changes the database until after its last step."""


class Unusable(Exception):
    """A backup that can't be made or restored; the message says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: when it was made, of which step of the schema, and its files."""

    made_at: str
    revision: str
    database: str
    files: dict[str, str]


def make(path: Path, revision: str, *, with_secrets: bool = False) -> Manifest:
    """Write a backup of the site as it is now; the file appears when it is whole."""
    data = Path(current_app.config["DATA_DIR"])
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    made_at = clock.now().isoformat(timespec="seconds")
    try:
        with _passing(draft.with_suffix(".copy")) as copy, _private(draft) as file:
            copying.write(db.engine, copy)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                name = copying.name_of(db.engine)
                files = {name: _put(archive, name, copy)}
                for source, name in _beside(data, with_secrets=with_secrets):
                    if digest := _put(archive, name, source):
                        files[name] = digest
                manifest = Manifest(made_at, revision, copying.name_of(db.engine), files)
                archive.writestr("manifest.json", json.dumps({"format": FORMAT, **vars(manifest)}))
                archive.comment = SEAL + b"0" * DIGITS
            _seal(file)
        draft.replace(path)
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def opened(path: Path) -> Manifest:
    """What a backup holds. Raises Unusable where one bit of it is not as it was written."""
    try:
        with path.open("rb") as file:
            _refuse_broken_seal(file)
        with zipfile.ZipFile(path) as archive:
            told: dict[str, Any] = json.loads(archive.read("manifest.json"))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Unusable(f"{path} can't be read as a backup: {error}") from error
    if told.pop("format") != FORMAT:
        raise Unusable(f"{path} was made by another Kith than this one: use that one's version")
    return Manifest(**told)


def bring_back(path: Path, manifest: Manifest) -> bool:
    """Put photos, database and log of erasures in place; whether secrets came with them.

    The database is exchanged in one transaction, after the photos it speaks of are there.
    """
    data = Path(current_app.config["DATA_DIR"])
    with zipfile.ZipFile(path) as archive, _passing(data / ".restored.copy") as copy:
        for name in manifest.files:
            if name.startswith("media/"):
                _take(archive, manifest, name, _inside(media(), name))
        _take(archive, manifest, manifest.database, copy)
        if log_of(data).name in manifest.files:
            _take(archive, manifest, log_of(data).name, data / ".restored.erasures")
        _exchange(data / UNDER_WAY, copy)
        return _bring_secrets(archive, manifest, data)


def _exchange(mark: Path, copy: Path) -> None:
    """Put the copy in the place of the database; the mark stays until all that follows is done."""
    was_closed = mark.exists()
    mark.touch()
    try:
        copying.read(db.engine, copy)
    except copying.NotCopied:
        # Nothing was changed, so what was open stays open.
        if not was_closed:
            mark.unlink()
        raise


def is_empty() -> bool:
    """Whether nobody and nothing is in the database yet."""
    tables = set(inspect(db.engine).get_table_names())
    return not any(
        model.__tablename__ in tables and db.session.scalar(select(model.id).limit(1))
        for model in (Member, Event)
    )


def forget_presence() -> None:
    """Who was signed in and what was at work when the backup was made is so no more."""
    db.session.execute(delete(SignIn))
    db.session.execute(delete(Lease))


def _beside(data: Path, *, with_secrets: bool) -> Iterator[tuple[Path, str]]:
    photos = media()
    for path in sorted(photos.iterdir()) if photos.is_dir() else ():
        if path.is_file() and not path.name.startswith("."):
            yield path, f"media/{path.name}"
    yield log_of(data), log_of(data).name
    if with_secrets:
        for name in SECRETS:
            yield data / name, name


def _put(archive: zipfile.ZipFile, name: str, source: Path) -> str:
    """Put a file into the archive; answers its digest, or nothing where it is gone by now."""
    if not source.exists():
        return ""
    info = zipfile.ZipInfo(name)
    is_packed = source.suffix == ".webp" or name == "database.postgresql"
    info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    with source.open("rb") as file, archive.open(info, "w", force_zip64=True) as target:
        return _pour(file, target)


def _take(archive: zipfile.ZipFile, manifest: Manifest, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with archive.open(name) as file, _private(draft) as written:
            if _pour(file, written) != manifest.files[name]:
                raise Unusable(f"{name} in the backup is damaged")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _inside(folder: Path, name: str) -> Path:
    """Where a photo goes; no name in an archive leads anywhere else."""
    last = PurePosixPath(name).name
    if name != f"media/{last}" or last in ("", ".", ".."):
        raise Unusable(f"{name!r} is no name for a photo")
    return folder / last


def _bring_secrets(archive: zipfile.ZipFile, manifest: Manifest, data: Path) -> bool:
    for name in SECRETS:
        if name in manifest.files and not (data / name).exists():
            _take(archive, manifest, name, data / name)
    return settings.SECRETS_FILE in manifest.files


def _pour(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def _seal(file: IO[bytes]) -> None:
    file.flush()
    file.seek(-DIGITS, os.SEEK_END)
    end = file.tell()
    seal = _digest(file, end)
    file.seek(end)
    file.write(seal)


def _refuse_broken_seal(file: IO[bytes]) -> None:
    size = file.seek(0, os.SEEK_END)
    least = DIGITS + len(SEAL)
    if size > least:
        file.seek(size - least)
        told = file.read(least)
        if told.startswith(SEAL) and told[len(SEAL) :] == _digest(file, size - DIGITS):
            return
    raise Unusable("this backup is damaged, cut short or none of Kith's: use another one")


def _digest(file: IO[bytes], end: int) -> bytes:
    digest = hashlib.sha256()
    file.seek(0)
    while end > 0:
        chunk = file.read(min(CHUNK, end))
        end -= len(chunk)
        digest.update(chunk)
    return digest.hexdigest().encode()


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A new file that nobody else may read, and that the disk has when we are done."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as file:
        yield file
        file.flush()
        os.fsync(handle)


@contextmanager
def _passing(path: Path) -> Iterator[Path]:
    """A file that is gone when we are done."""
    try:
        yield path
    finally:
        for each in (path, path.with_name(f"{path.name}-journal")):
            each.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def forget_columns() -> None:
    """The column files and the head of the audit chain belong to the database that was."""
    data = Path(current_app.config["DATA_DIR"])
    shutil.rmtree(data / columns.FOLDER, ignore_errors=True)
    (data / audit.HEAD).unlink(missing_ok=True)
