"""The shape of the house: what may know what, who commits, what stays pure."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = [
    path
    for folder in ("community", "jobs")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
PURE = {"rules.py", "rights.py", "kinds.py", "facts.py", "ties.py", "needs.py", "badges.py", "health.py", "stages.py", "reports.py"}  # fmt: skip
UNKNOWN_TO_PURE = {"flask", "sqlalchemy", "flask_login", "flask_security", "community.kit.db", "os", "pathlib", "requests"}  # fmt: skip
MAY_COMMIT = {
    "community/kit/dialects.py",  # a driver's own commit, which gives the turn to write back
    "community/kit/pages.py",
    "jobs/run.py",
    "jobs/watch.py",
}
"""The frame and the jobs. Commands and batches that run outside a request are listed below."""
COMMANDS_THAT_COMMIT = {
    "community/activity/accounts/commands.py",
    "community/activity/accounts/security.py",
    "community/demo/__init__.py",
    "community/demo/build.py",
    "community/imports/batches.py",
    "community/standing/commands.py",
    "community/web/keeping.py",
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_no_import_is_hidden_inside_a_function(path):
    tree = ast.parse(path.read_text())
    hidden = [
        inner.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


@pytest.mark.parametrize("path", [p for p in CODE if p.name in PURE], ids=_name)
def test_pure_files_do_no_input_or_output(path):
    known = _imported(ast.parse(path.read_text()))
    assert not {
        name for name in known if name.split(".")[0] in UNKNOWN_TO_PURE or name in UNKNOWN_TO_PURE
    }


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_only_the_frame_jobs_and_commands_commit(path):
    if _name(path) in MAY_COMMIT | COMMANDS_THAT_COMMIT:
        pytest.skip("may commit")
    commits = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]
    assert commits == []


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_one_database_sql_stays_in_its_room(path):
    if _name(path) in ("community/kit/dialects.py", "community/kit/copying.py"):
        pytest.skip("its room")
    text = path.read_text()
    assert not [
        word
        for word in ("PRAGMA", "pg_", "ON CONFLICT", "dialect.name", "sqlalchemy.dialects")
        if word in text
    ]
