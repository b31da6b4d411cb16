"""Reading what others hand over: CSV and XML, plain or packed, row by row, in bounded memory."""

import csv
import gzip
import hashlib
import io
import zlib
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler, feature_external_ges

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

LONGEST_LINE = 8_000_000
"""Bytes that a line of CSV or one element of XML may have: more is no text of a person."""
LONGEST_FIELD = 2_000_000
TOO_LONG = (
    f"a line is longer than {LONGEST_LINE:,} bytes, which no export writes:"
    " check that it is the right file and was copied whole"
)
PIECE = 1 << 17
ENDS = 1 << 16
"""Bytes of a file's beginning and end that tell one delivery from another."""

Moved = Callable[[int], None]
"""Called with the packed bytes that were read since the last call."""
Values = dict[str, str]


class BadDelivery(Exception):
    """A file can't be read; the message says which, where, and what to do."""


class Rejected(Exception):
    """One row can't be taken; the message says why."""


@dataclass(frozen=True)
class Row:
    """One row of a file: the line it ends on, and its values by column; or why it is none."""

    line: int
    values: Values
    problem: str | None = None


@dataclass(frozen=True)
class Source:
    """One file of a delivery, with the columns that it must have."""

    path: Path
    columns: tuple[str, ...]
    header: tuple[str, ...] | None = None
    """The names of the columns where the file has no header of its own."""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def size(self) -> int:
        """Its size in bytes, as it lies on the disk."""
        return self.path.stat().st_size

    @property
    def is_xml(self) -> bool:
        """Whether it is XML; else it is CSV."""
        return ".xml" in self.path.suffixes[-2:]

    def rows(self, moved: Moved | None = None) -> Iterator[Row]:
        """Its rows, one after the other."""
        with _told(self), _opened(self, moved) as stream:
            yield from (_xml_rows if self.is_xml else _csv_rows)(self, stream)

    def check(self, moved: Moved | None = None) -> None:
        """Read the whole file without taking anything, so that a broken one is refused at once."""
        next(self.rows(), None)
        decoder = getincrementaldecoder("utf-8-sig")()
        with _told(self), _opened(self, moved) as stream:
            while piece := stream.read(PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)


def found(folder: Path, name: str, endings: Sequence[str]) -> Path | None:
    """The file of this name in the folder with the first of the endings that is there."""
    for ending in endings:
        path = folder / f"{name}{ending}"
        if path.is_file():
            return path
    return None


def fingerprint(sources: Sequence[Source], *said: str) -> str:
    """What tells this delivery from another: names, sizes, beginnings and ends of its files."""
    digest = hashlib.sha256(repr(said).encode())
    for source in sources:
        digest.update(f"{source.name}\0{source.size}\0".encode())
        with source.path.open("rb") as file:
            digest.update(file.read(ENDS))
            file.seek(max(0, source.size - ENDS))
            digest.update(file.read(ENDS))
    return digest.hexdigest()


class _Counted(io.RawIOBase):
    """The packed file, telling how far it was read."""

    def __init__(self, file: BinaryIO, moved: Moved) -> None:
        self._file, self._moved = file, moved

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._file.readinto(buffer)  # type: ignore[attr-defined]
        self._moved(read)
        return int(read)


class _Guarded(io.RawIOBase):
    """The unpacked bytes, refused as soon as one line grows beyond measure."""

    def __init__(self, stream: Any, end: bytes) -> None:
        self._stream, self._end = stream, end
        self._unended = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(len(buffer))
        self._measure(piece)
        buffer[: len(piece)] = piece
        return len(piece)

    def _measure(self, piece: bytes) -> None:
        last = piece.rfind(self._end)
        self._unended = len(piece) - last - 1 if last >= 0 else self._unended + len(piece)
        if self._unended > LONGEST_LINE:
            raise BadDelivery(TOO_LONG)


@contextmanager
def _opened(source: Source, moved: Moved | None) -> Iterator[io.BufferedReader]:
    with source.path.open("rb", buffering=0) as file:
        packed = io.BufferedReader(_Counted(file, moved or (lambda _: None)), PIECE)
        is_packed = packed.peek(2)[:2] == b"\x1f\x8b"
        plain: Any = gzip.GzipFile(fileobj=packed) if is_packed else packed
        end = b">" if source.is_xml else b"\n"
        yield io.BufferedReader(_Guarded(plain, end), PIECE)


@contextmanager
def _told(source: Source) -> Iterator[None]:
    """Turn whatever is wrong with a file into one sentence that says what to do."""
    try:
        yield
    except BadDelivery as bad:
        raise BadDelivery(f"{source.name}: {bad}") from None
    except EOFError:
        raise BadDelivery(
            f"{source.name}: the packed file ends too early; copy or download it again"
        ) from None
    except (gzip.BadGzipFile, zlib.error):
        raise BadDelivery(
            f"{source.name}: the packed file is damaged; copy or download it again"
        ) from None
    except UnicodeDecodeError as error:
        raise BadDelivery(
            f"{source.name}: it is not UTF-8 text ({error.reason}); convert it with"
            " `iconv -t UTF-8` from the encoding that it has, and import it again"
        ) from None
    except OSError as error:
        raise BadDelivery(f"{source.name}: it can't be read ({error.strerror})") from None


def _csv_rows(source: Source, stream: io.BufferedReader) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_FIELD)
    # Lines end at LF only: lone CR characters occur inside texts.
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="\n")
    lines = csv.reader(text, strict=True)
    header = source.header or tuple(name.strip() for name in _header(lines))
    missing = [column for column in source.columns if column not in header]
    if missing:
        raise BadDelivery(
            f"the column{'s' if missing[1:] else ''} {', '.join(missing)} "
            f"{'are' if missing[1:] else 'is'} not there; its first line must name the columns"
            " of the export, separated by commas"
        )
    width = len(header)
    while True:
        try:
            fields = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(lines.line_num, {}, f"not a line of CSV: {error}")
            continue
        if len(fields) == width:
            yield Row(lines.line_num, dict(zip(header, fields, strict=True)))
        elif fields:
            yield Row(
                lines.line_num,
                dict(zip(header, fields, strict=False)),
                f"it has {len(fields)} fields where the first line has {width}",
            )


def _header(lines: Any) -> list[str]:
    try:
        header: list[str] = next(lines, [])
    except csv.Error:
        header = []
    if not header or any("\0" in name for name in header):
        raise BadDelivery("its first line is not the header of a CSV file")
    return header


def _xml_rows(source: Source, stream: io.BufferedReader) -> Iterator[Row]:
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_external_ges, False)
    reader = _Rows(source.columns, parser.getLineNumber)
    parser.setContentHandler(reader)
    try:
        unread = 0
        while piece := stream.read(PIECE):
            parser.feed(piece)
            rows = reader.taken()
            unread = 0 if rows else unread + len(piece)
            if unread > LONGEST_LINE:
                raise BadDelivery(TOO_LONG)
            yield from rows
        parser.close()
    except DefusedXmlException:
        raise BadDelivery(
            "it declares entities or a document type, which no export does: it is refused unread"
        ) from None
    except SAXParseException as error:
        raise BadDelivery(
            f"line {error.getLineNumber()} is not XML ({error.getMessage()}); copy or download it again"
        ) from None
    yield from reader.taken()


class _Rows(ContentHandler):
    """Collects the attributes of each ``row``."""

    def __init__(self, columns: tuple[str, ...], line: Callable[[], int]) -> None:
        super().__init__()
        self._line = line
        self._columns: tuple[str, ...] = columns
        self._rows: list[Row] = []
        self._depth = 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self._depth += 1
        if self._depth == 2 and name == "row":
            row = Row(self._line(), dict(attrs.items()))
            self._check(row)
            self._rows.append(row)
        elif self._depth > 1:
            raise BadDelivery(f"<{name}> stands where the dump has <row …/>: it is another file")

    def _check(self, row: Row) -> None:
        missing = [column for column in self._columns if column not in row.values]
        if missing:
            raise BadDelivery(
                f"its first row has no {', '.join(missing)}: it is not the dump's file of this name"
            )
        self._columns = ()

    def endElement(self, name: str) -> None:  # noqa: N802
        self._depth -= 1

    def taken(self) -> list[Row]:
        rows, self._rows = self._rows, []
        return rows
