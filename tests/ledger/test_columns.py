import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from community.kit import clock, dialects
from community.kit.db import connection, db, reading
from community.ledger import columns, kinds, queries, segments
from community.ledger.columns import COLUMNS, NEVER, NOTHING, Columns, as_of
from community.ledger.models import Event
from community.ledger.record import record, record_many, void, void_many
from tests.conftest import NOON
from tests.ledger.conftest import forget

SOME_KINDS = ("thanks.given", "message.sent", "topic.opened")


class Died(BaseException):
    """The process is no more."""


def happens(number, **more):
    """A row of an event in one of three months; its number decides its parts."""
    return {
        "happened_at": NOON + timedelta(days=number * 11 % 67, microseconds=number),
        "kind": SOME_KINDS[number % 3],
        "actor": number % 5 + 1,
        "other": number % 4 + 1 if number % 3 else None,
        "subject_type": "topic" if number % 2 else None,
        "subject_id": number if number % 2 else None,
        "circle": None,
        "value": -number if number % 7 == 0 else None,
        "source": None,
        "external_id": None,
    } | more


def write(numbers):
    """Write events and keep them."""
    record_many(connection(), [happens(number) for number in numbers])
    db.session.commit()


def take_back(ids, at=NOON):
    void_many(connection(), ids, "a mistake", at)
    db.session.commit()


def ids():
    found = [id for (id,) in db.session.query(Event.id).order_by(Event.id)]
    db.session.rollback()
    return found


def files(folder):
    """The bytes that count, by name below their generation."""
    manifest = segments.read_manifest(folder)
    return {
        name.partition("/")[2]: (folder / name).read_bytes()[:size]
        for name, size in manifest.files().items()
    }


def on_disk(folder):
    """Every file there is, its size by its name."""
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (segments.MANIFEST, "lock")
    }


def assert_is_the_database(store, tmp):
    """The files are the bytes that a rebuild elsewhere gives, and there is nothing beside them."""
    fresh = Columns(tmp)
    fresh.rebuild()
    assert files(store.folder) == files(fresh.folder)
    assert on_disk(store.folder) == store.manifest().files()
    assert store.manifest().segments == fresh.manifest().segments


def rows(store, **bounds):
    """What the columns hold, as tuples in the order of ids."""
    loaded = store.load(**bounds)
    return sorted(zip(*(loaded[name].tolist() for name in COLUMNS), strict=True))


def expected(since=None, until=None):
    """What the columns must hold, from the models."""

    def whole(value):
        return NOTHING if value is None else value

    found = [
        (
            e.id,
            clock.to_micros(e.happened_at),
            kinds.CODES[e.kind],
            whole(e.actor),
            whole(e.other),
            kinds.SUBJECT_CODES.get(e.subject_type, 0),
            whole(e.subject_id),
            whole(e.circle),
            whole(e.value),
            NEVER if e.voided_at is None else clock.to_micros(e.voided_at),
        )
        for e in db.session.query(Event).order_by(Event.id)
        if (since is None or e.happened_at >= since) and (until is None or e.happened_at < until)
    ]
    db.session.rollback()
    return found


@pytest.fixture
def store(app, tmp_path):
    """The columns of a folder that is empty."""
    return Columns(tmp_path / "columns")


def test_an_empty_ledger_gives_empty_arrays(store):
    assert store.extend() == 0
    loaded = store.load()
    assert {name: values.dtype for name, values in loaded.items()} == dict(COLUMNS)
    assert all(values.size == 0 for values in loaded.values())


def test_columns_hold_what_the_database_holds(store):
    write(range(1, 60))
    take_back(ids()[3:40:5])
    assert store.extend() == 59
    assert rows(store) == expected()
    write(range(60, 65))
    take_back(ids()[-2:])
    assert store.extend() == 5
    assert rows(store) == expected()
    assert store.extend() == 0


def test_nothing_new_writes_nothing(store):
    write(range(5))
    store.extend()
    before = (store.folder / segments.MANIFEST).stat().st_mtime_ns
    store.extend()
    assert (store.folder / segments.MANIFEST).stat().st_mtime_ns == before


def test_extremes_come_through(store):
    far = clock.from_micros(-62_135_596_800_000_000)
    record_many(
        connection(),
        [
            happens(1, happened_at=far, value=2**63 - 1, actor=2**62),
            happens(2, value=-(2**63) + 1),
            happens(3, happened_at=NOON.replace(year=9999)),
        ],
    )
    db.session.commit()
    store.extend()
    assert rows(store) == expected()
    assert sorted(store.manifest().segments) == ["0001-01", "2026-06", "9999-06"]


def test_months_are_those_of_utc(store):
    edge = NOON.replace(month=7, day=1, hour=0)
    tick = timedelta(microseconds=1)
    record_many(connection(), [happens(1, happened_at=at) for at in (edge - tick, edge)])
    db.session.commit()
    store.extend()
    held = {month: segment.rows for month, segment in store.manifest().segments.items()}
    assert held == {"2026-06": 1, "2026-07": 1}


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (None, None),
        (NOON + timedelta(days=33), None),
        (None, NOON + timedelta(days=33, microseconds=3)),
        (NOON + timedelta(days=11, microseconds=1), NOON + timedelta(days=66, microseconds=6)),
        (NOON + timedelta(days=1000), None),
        (NOON, NOON),
    ],
)
def test_a_stretch_of_time_can_be_loaded(store, since, until):
    write(range(30))
    store.extend()
    assert rows(store, since=since, until=until) == expected(since, until)
    if since:
        some = store.load(["value"], since=since, until=until)
        assert list(some) == ["value"]
        assert some["value"].size == len(expected(since, until))


def test_months_can_be_looked_at_without_copying_them(store):
    write(range(30))
    take_back(ids()[::4])
    store.extend()
    parts = store.parts()
    assert list(parts) == sorted(store.manifest().segments)
    write(range(30, 40))
    store.rebuild()
    whole = store.load(until=NOON + timedelta(days=1000))
    for name in COLUMNS:
        joined = np.concatenate([part[name] for part in parts.values()])
        held = np.isin(whole["id"], np.concatenate([part["id"] for part in parts.values()]))
        assert np.array_equal(joined, whole[name][held])
    with pytest.raises(ValueError, match="read-only"):
        next(iter(parts.values()))["actor"][0] = 1
    assert list(store.parts(["kind"]).popitem()[1]) == ["kind"]


def test_a_small_block_gives_the_same(store, tmp_path):
    write(range(100))
    take_back(reversed(ids()))
    small = Columns(tmp_path / "small", block=7)
    assert small.extend() == store.extend() == 100
    assert files(small.folder) == files(store.folder)


def test_a_voiding_of_an_event_that_is_not_settled_waits(store, monkeypatch):
    write(range(6))
    first = ids()[0]
    take_back([first + 5, first + 1])
    monkeypatch.setattr(
        dialects, "settled_id", lambda _, table: first + 2 if table == "event" else 2**60
    )
    assert store.extend() == 3
    assert set(store.load(["voided_at"])["voided_at"].tolist()) == {NEVER}
    monkeypatch.undo()
    assert store.extend() == 3
    assert rows(store) == expected()


# Whatever happens, in whatever order

ACTS = st.one_of(
    st.tuples(st.just("record"), st.integers(0, 200)),
    st.tuples(st.just("import"), st.lists(st.integers(0, 40), max_size=12)),
    st.tuples(st.just("void"), st.integers(0, 1000)),
    st.tuples(st.just("retract"), st.lists(st.integers(0, 1000), max_size=4)),
    st.tuples(st.just("drop"), st.integers(0, 40)),
    st.tuples(st.just("extend"), st.just(0)),
    st.tuples(st.just("rebuild"), st.just(0)),
)


class World:
    """What must be true after some acts: a plain list beside the database and the columns."""

    def __init__(self, store, now):
        self.store, self.now = store, now
        self.truth, self.imported = [], set()

    def act(self, name, what):
        self.now.passes(hours=7)
        getattr(self, name)(what)

    def record(self, number):
        told = happens(number)
        del told["subject_id"]
        kind, actor, other = told.pop("kind"), told.pop("actor"), told.pop("other")
        subject = (told.pop("subject_type") or "topic", number)
        event = record(kind, actor, other, subject, **told)
        db.session.commit()
        self._was_told(happens(number), event.id)

    def _was_told(self, told, id):
        self.truth.append(SimpleNamespace(**told, id=id, voided_at=None))

    def drop(self, number):
        """Something is written and then let go, which leaves a gap in the ids."""
        record_many(connection(), [happens(number)])
        db.session.rollback()

    def _import(self, numbers):
        rows = [happens(n, source="there", external_id=str(n)) for n in numbers]
        new = set(numbers) - self.imported
        assert record_many(connection(), rows) == len(new)
        db.session.commit()
        self.imported |= new
        known = {event.id for event in self.truth}
        for e in db.session.query(Event).where(Event.source == "there").order_by(Event.id):
            if e.id not in known:
                self._was_told(happens(int(e.external_id)), e.id)
        db.session.commit()

    def void(self, index):
        if self.truth:
            truth = self.truth[index % len(self.truth)]
            event = db.session.get(Event, truth.id)
            if event.voided_at is None:
                void(event, "a mistake")
                truth.voided_at = self.now.at
            db.session.commit()

    def retract(self, indexes):
        chosen = [self.truth[i % len(self.truth)] for i in indexes] if self.truth else []
        fresh = {t.id for t in chosen if t.voided_at is None}
        assert void_many(connection(), [t.id for t in chosen], "a", self.now.at) == len(fresh)
        db.session.commit()
        for truth in chosen:
            truth.voided_at = truth.voided_at or self.now.at

    def extend(self, _):
        self.store.extend()

    def rebuild(self, _):
        self.store.rebuild()

    def moments(self):
        found = [clock.EPOCH, self.now.at]
        for truth in self.truth:
            found += [truth.happened_at, truth.voided_at or self.now.at]
        return sorted(set(found))[:: max(1, len(found) // 12)]


setattr(World, "import", World._import)


def by_hand(world, member, moment):
    done = [
        t
        for t in world.truth
        if t.actor == member
        and t.happened_at <= moment
        and (t.voided_at is None or t.voided_at > moment)
    ]
    last = {}
    for t in done:
        last[t.kind] = max(last.get(t.kind, t.happened_at), t.happened_at)
    met = {(t.kind, t.other) for t in done if t.other is not None}
    return Counter(t.kind for t in done), last, Counter(kind for kind, _ in met)


def from_database(member, moment):
    counts, last, met = (
        ask(connection(), member, moment)
        for ask in (queries.counts_by_kind, queries.last_by_kind, queries.others_by_kind)
    )
    return Counter(counts), last, +Counter(met)


def from_columns(loaded, member, moment):
    mine = as_of(loaded, moment) & (loaded["actor"] == member)
    counts, last, met = Counter(), {}, Counter()
    for code in np.unique(loaded["kind"][mine]).tolist():
        these = mine & (loaded["kind"] == code)
        name = kinds.NAMES[code]
        counts[name] = int(these.sum())
        last[name] = clock.from_micros(int(loaded["happened_at"][these].max()))
        others = np.unique(loaded["other"][these])
        met[name] = int((others != NOTHING).sum())
    return counts, last, +met


@given(acts=st.lists(ACTS, max_size=25))
def test_any_order_of_acts_gives_the_same_answers_everywhere(app, now, new_folder, acts):
    forget()
    folder = new_folder()
    world = World(Columns(folder / "a", block=6), now)
    for name, what in acts:
        world.act(name, what)
    world.store.extend()
    loaded = world.store.load()
    for moment in world.moments():
        for member in range(1, 6):
            wanted = by_hand(world, member, moment)
            assert from_database(member, moment) == wanted
            assert from_columns(loaded, member, moment) == wanted
    db.session.rollback()
    assert_is_the_database(world.store, folder / "b")


# Dying between any two steps


def scene(folder, step=lambda name: None):
    return Columns(folder, block=12, step=step)


def dying_at(number):
    """A step that dies at the n-th call, and tells how many there were."""
    steps = []

    def step(name):
        steps.append(name)
        if len(steps) == number:
            raise Died

    return step, steps


@pytest.mark.parametrize("act", ["extend", "rebuild"])
def test_dying_between_any_two_steps_loses_and_doubles_nothing(app, tmp_path, act):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the steps are the same on every database")
    write(range(20))
    take_back(ids()[2:4])
    scene(tmp_path / "begun").extend()
    states = [rows(scene(tmp_path / "begun"))]
    write(range(20, 39))
    take_back([ids()[5], ids()[-1]])
    step, steps = dying_at(None)
    after = []

    def note(name):
        step(name)
        after.append(rows(scene(tmp_path / "whole")))

    copy(tmp_path / "begun", tmp_path / "whole")
    getattr(scene(tmp_path / "whole", note), act)()
    assert {"column written", "files on disk", "manifest written", "manifest in place"} < set(steps)
    states += [rows(scene(tmp_path / "whole"))]
    states += after
    for number in range(1, len(steps) + 1):
        folder = tmp_path / f"{number}"
        copy(tmp_path / "begun", folder)
        with pytest.raises(Died):
            getattr(scene(folder, dying_at(number)[0]), act)()
        assert rows(scene(folder)) in states, f"half done after step {number}"
        scene(folder).extend()
        assert files(folder) == files(tmp_path / "whole"), f"lost after step {number}"
        assert on_disk(folder) == scene(folder).manifest().files()
    assert_is_the_database(scene(tmp_path / "whole"), tmp_path / "fresh")


def copy(source, target):
    target.mkdir()
    for path in source.rglob("*"):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(path.read_bytes())


@given(deaths=st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_dying_again_and_again_while_more_comes(app, new_folder, deaths):
    forget()
    folder = new_folder()
    for turn, number in enumerate(deaths):
        write(range(turn * 9, turn * 9 + 9))
        take_back(ids()[turn::4])
        with suppress(Died):
            scene(folder / "a", dying_at(number)[0]).extend()
    scene(folder / "a").extend()
    assert rows(scene(folder / "a")) == expected()
    assert_is_the_database(scene(folder / "a"), folder / "b")


CHILD = textwrap.dedent("""
    import sys, time
    from contextlib import contextmanager
    from sqlalchemy import create_engine
    import community.migrations.tables
    from community.ledger.columns import Columns

    url, folder = sys.argv[1:]
    engine = create_engine(url)

    @contextmanager
    def reading():
        with engine.connect() as beside:
            yield beside.execution_options(only_reading=True)

    store = Columns(folder, reading=reading, block=40, step=lambda name: time.sleep(0.0005))
    print("ready", flush=True)
    store.extend()
    while True:
        store.rebuild()
""")


def test_killing_the_process_loses_and_doubles_nothing(app, database, tmp_path):
    if database.name != "sqlite":
        pytest.skip("the process that is killed writes the same files")
    write(range(400))
    take_back(ids()[::7])
    folder = tmp_path / "columns"
    moments = np.random.default_rng().uniform(0.05, 0.6, 3).tolist()
    for moment in moments:
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, database.url, str(folder)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout.readline() == b"ready\n"
            time.sleep(moment)
            os.kill(child.pid, signal.SIGKILL)
        store = Columns(folder)
        store.extend()
        assert rows(store) == expected(), moments
    assert_is_the_database(store, tmp_path / "fresh")


# Readers and writers at once


def test_a_reader_sees_one_state_or_the_next(app, tmp_path):
    write(range(300))
    all_ids = ids()
    voided = all_ids[::3]
    take_back(voided[:50])
    store = Columns(tmp_path, block=20, step=lambda name: time.sleep(0.0002))
    seen, wrong, is_over = [], [], threading.Event()

    def read():
        while not is_over.is_set():
            manifest = segments.read_manifest(tmp_path)
            if manifest is None:
                continue
            loaded = store.load()
            found = sorted(loaded["id"].tolist())
            gone = sorted(loaded["id"][loaded["voided_at"] != NEVER].tolist())
            seen.append((len(found), len(gone)))
            if found != all_ids[: len(found)] or gone != voided[: len(gone)]:
                wrong.append((found, gone))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        store.extend()
        for start in range(50, 100, 10):
            take_back(voided[start : start + 10])
            store.extend()
        store.rebuild()
    finally:
        is_over.set()
        reader.join()
    assert not wrong
    assert len(set(seen)) > 3, "the reader saw too little to tell"
    assert rows(store) == expected()


def test_two_writers_take_turns(app, tmp_path):
    write(range(120))
    stores = [Columns(tmp_path / "columns", block=5) for _ in range(3)]
    errors = []

    def extend(store):
        with app.app_context():
            try:
                store.extend()
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=extend, args=[store]) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert rows(stores[0]) == expected()
    assert_is_the_database(stores[0], tmp_path / "fresh")


# Damage


def spoil_manifest(change):
    def spoil(folder):
        path = folder / segments.MANIFEST
        told = json.loads(path.read_text())
        change(told)
        path.write_text(json.dumps(told))

    return spoil


def signed(change):
    """A change of the manifest that is signed as if it were right."""

    def spoil(folder):
        path = folder / segments.MANIFEST
        told = json.loads(path.read_text())
        change(told)
        told.pop("digest")
        version = told.pop("format")
        path.write_text(json.dumps({**told, "format": version, "digest": segments._digest(told)}))

    return spoil


def some_file(folder, column="actor"):
    manifest = segments.read_manifest(folder)
    return folder / manifest.file(min(manifest.segments), column)


def start_anew(folder):
    forget()
    write(range(50, 90))


DAMAGE = {
    "cut manifest": lambda folder: os.truncate(folder / segments.MANIFEST, 40),
    "empty manifest": lambda folder: os.truncate(folder / segments.MANIFEST, 0),
    "binary manifest": lambda folder: (folder / segments.MANIFEST).write_bytes(os.urandom(500)),
    "deep manifest": lambda folder: (folder / segments.MANIFEST).write_text("[" * 100_000),
    "no manifest": lambda folder: (folder / segments.MANIFEST).unlink(),
    "a list": lambda folder: (folder / segments.MANIFEST).write_text("[]"),
    "more rows": spoil_manifest(lambda told: told["segments"].popitem()),
    "a later format": spoil_manifest(lambda told: told.update(format=2)),
    "no such month": signed(lambda told: told["segments"].update({"2020-01": {"rows": 3}})),
    "strange part": signed(lambda told: told.update(more=1)),
    "other codes": signed(lambda told: told.update(codes="0123456789abcdef")),
    "other database": signed(lambda told: told["event"].__setitem__(1, 5)),
    "other voiding": signed(lambda told: told["voiding"].__setitem__(2, 5)),
    "missing file": lambda folder: some_file(folder).unlink(),
    "short file": lambda folder: os.truncate(some_file(folder), 3),
    "missing voidings": lambda folder: some_file(folder, "voided_at").unlink(),
    "no files": lambda folder: [path.unlink() for path in (folder / "1").iterdir()],
    "database restored": start_anew,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("how", ["load", "extend"])
def test_damage_is_found_and_healed(store, damage, how, tmp_path):
    write(range(40))
    take_back(ids()[::6])
    store.extend()
    DAMAGE[damage](store.folder)
    with capture_logs() as logs:
        if how == "extend" or damage.startswith(("other", "database")):
            store.extend()
        assert rows(store) == expected()
    if damage != "no manifest":
        assert [line["event"] for line in logs] == ["columns are built anew"]
        assert logs[0]["why"]
    store.extend()
    assert_is_the_database(store, tmp_path / "fresh")


@pytest.mark.parametrize("damage", ["missing file", "short file", "no manifest"])
def test_damage_is_found_by_looking_too(store, damage):
    write(range(40))
    store.extend()
    DAMAGE[damage](store.folder)
    assert sum(part["id"].size for part in store.parts().values()) == 40


@pytest.mark.parametrize("litter", [b"", b"x", os.urandom(4096)])
def test_what_does_not_count_is_cut(store, litter, tmp_path):
    write(range(40))
    store.extend()
    with capture_logs() as logs:
        for path in (store.folder / "1").iterdir():
            with path.open("ab") as file:
                file.write(litter)
        (store.folder / "1" / "2031-01.actor").write_bytes(litter)
        (store.folder / "7").mkdir()
        (store.folder / "7" / "2031-01.actor").write_bytes(litter)
        assert rows(store) == expected()
        write(range(40, 60))
        store.extend()
        assert rows(store) == expected()
    assert logs == []
    assert_is_the_database(store, tmp_path / "fresh")


def test_a_kind_that_no_catalog_knows_has_no_code(store):
    record_many(connection(), [happens(1, kind="moon.landed")])
    db.session.commit()
    store.extend()
    assert store.load(["kind"])["kind"].tolist() == [columns.NO_CODE]


def other_ids(folder):
    path = some_file(folder, "id")
    (np.fromfile(path, "<i8") + 1000).tofile(path)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (other_ids, "2026-06 lacks an event that was taken back"),
        (signed(lambda told: told["segments"].pop("2026-06")), "2026-06 is missing"),
    ],
)
def test_a_voiding_of_an_event_that_the_files_lack_is_damage(store, spoil, why):
    write(range(10))
    store.extend()
    spoil(store.folder)
    take_back(ids()[:1])
    with capture_logs() as logs:
        store.extend()
    assert [line["why"] for line in logs] == [why]
    assert rows(store) == expected()


def test_the_catalog_of_an_earlier_program_is_not_read(store, monkeypatch):
    write(range(10))
    store.extend()
    monkeypatch.setattr(columns, "codes", lambda: "another")
    with capture_logs() as logs:
        assert rows(store) == expected()
    assert [line["why"] for line in logs] == ["the codes are those of another catalog"]


def test_here_is_in_the_data_folder(app):
    assert columns.here().folder == app.config["DATA_DIR"] / "columns"


def test_reading_beside_sees_only_what_was_kept_and_writes_nothing(app):
    record("search.made", 1)
    with reading() as beside:
        assert beside.scalar(db.select(db.func.count()).select_from(Event)) == 0
        with pytest.raises(Exception, match=r"read.?only"):
            beside.execute(db.insert(Event).values(happens(1)))
