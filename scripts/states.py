"""Writes the table and the picture of how an exchange may go into docs/exchanges.md, from the rules."""

import re
from pathlib import Path

from community.activity.exchanges.deals import rules

PAGE = Path(__file__).resolve().parent.parent / "docs" / "exchanges.md"
BEGIN, END = "<!-- made by scripts/states.py -->", "<!-- end -->"


def drawn() -> str:
    """The part of the page that follows from the table of moves."""
    return f"{BEGIN}\n\n{_picture()}\n\n{_states()}\n\n{_moves()}\n\n{END}"


def put(page: str) -> str:
    """The page with that part in it."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: drawn(), page, flags=re.DOTALL)


def _picture() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {rules.FIRST}: ask (asker)"]
    lines += [
        f"    {before} --> {move.after}: {move.name} ({move.by})"
        for move in rules.MOVES
        for before in move.before
    ]
    lines += [f"    {state.name} --> [*]" for state in rules.STATES.values() if state.is_end]
    return "\n".join([*lines, "```"])


def _states() -> str:
    lines = ["| state | called | its time is taken | ends there | is reviewed |", "|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| `{s.name}` | {s.label} | {_yes(s.holds)} | {_yes(s.is_end)} | {_reviewed(s)} |"
        for s in rules.STATES.values()
    ]
    return "\n".join(lines)


def _moves() -> str:
    lines = ["| move | from | to | who | with |", "|---|---|---|---|---|"]
    lines += [
        f"| `{m.name}` | {', '.join(f'`{b}`' for b in m.before)} | `{m.after}` | {m.by} | {_with(m)} |"
        for m in rules.MOVES
    ]
    return "\n".join(lines)


def _with(move: rules.Move) -> str:
    return "a reason" if move.has_reason else "other terms" if move.has_terms else ""


def _yes(is_so: bool) -> str:
    return "yes" if is_so else ""


def _reviewed(state: rules.State) -> str:
    return "where it was late" if state.name == "cancelled" else _yes(state.is_reviewed)


if __name__ == "__main__":
    PAGE.write_text(put(PAGE.read_text()))
