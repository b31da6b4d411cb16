"""Which tables a question to SQLite reads from end to end."""

import re

from community.kit.db import db
from community.migrations.tables import metadata

SCAN = re.compile(rf"SCAN ({'|'.join(metadata.tables)})(_\d+)?\b")


def scans(asked, small=()):
    """The steps of these questions that read a whole table, but for small ones."""
    found = []
    for statement, parameters in asked:
        if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
            continue
        for step in plan_of(statement, parameters):
            read = SCAN.search(step)
            if read and read[1] not in small:
                found.append((step, statement))
    return found


def plan_of(statement, parameters=()):
    """The steps by which SQLite would answer, knowing nothing of how large each table is."""
    connection = db.session.connection()
    # What some other test had counted would plan for a table of a handful of rows.
    for statistics in ("sqlite_stat1", "sqlite_stat4"):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {statistics}")
    connection.exec_driver_sql("ANALYZE sqlite_schema")
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row[-1] for row in rows]
