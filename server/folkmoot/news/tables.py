"""What stands in a meeting as tables for spreadsheets: texts that can be read alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from folkmoot.news.telling import is_readable

Wire = Mapping[str, Any]
# A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")


def write_tables(state: Wire) -> dict[str, bytes]:
    """Return CSV files by name, of a public state; none that would be empty."""
    tables = {
        "contributions.csv": (
            ("id", "thread", "kind", "posted_at", "author", "text", "support"),
            _contributions(state),
        ),
        "answers.csv": (
            ("contribution_id", "way", "given_at", "by", "question", "text", "until"),
            _answers(state),
        ),
        "outcomes.csv": (
            ("id", "written_at", "theme", "said", "did", "cannot"),
            _outcomes(state),
        ),
        "actions.csv": (
            ("id", "added_at", "who", "text", "due", "status", "progress"),
            _actions(state),
        ),
        "live-updates.csv": (
            ("id", "posted_at", "author", "text", "quote", "speaker", "corrections"),
            _updates(state),
        ),
    }
    written = {}
    for name, (columns, found) in tables.items():
        if rows := list(found):
            written[name] = _write(columns, rows)
    return written


def _contributions(state: Wire) -> Iterator[tuple[Any, ...]]:
    for key, post in state["contributions"].items():
        if (content := post["content"]) is not None and is_readable(post):
            author = content.get("author")
            facts = (key, post["thread"], post["kind"], post["posted_at"])
            yield *facts, author, content["text"], post["support"]


def _answers(state: Wire) -> Iterator[tuple[Any, ...]]:
    for key, answer in state["answers"].items():
        post, content = state["contributions"].get(key), answer["content"]
        if post is None or not is_readable(post) or content is None:
            continue
        asked = (post["content"] or {}).get("text")
        facts = (key, answer["way"], answer["given_at"], content["by"])
        yield *facts, asked, content["text"], answer["until"]


def _outcomes(state: Wire) -> Iterator[tuple[Any, ...]]:
    for key, outcome in state["outcomes"].items():
        if (content := outcome["content"]) is not None:
            words = (content.get(name) for name in ("theme", "said", "did", "cannot"))
            yield key, outcome["written_at"], *words


def _actions(state: Wire) -> Iterator[tuple[Any, ...]]:
    for key, note in state["notes"].items():
        content = note["content"]
        if note["kind"] != "action" or note["removed"] or content is None:
            continue
        progress = (note["progress"] or {}).get("text")
        facts = (key, note["added_at"], content.get("who"), content["text"])
        yield *facts, note["due"], note["status"], progress


def _updates(state: Wire) -> Iterator[tuple[Any, ...]]:
    for key, update in state["updates"].items():
        content = update["content"]
        if content is None or update["withdrawn"]:
            continue
        notes = "\n".join(one["note"] for one in content.get("corrections", ()))
        words = (content[name] for name in ("author", "text", "quote", "speaker"))
        yield key, update["posted_at"], *words, notes


def _write(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with the mark that Excel needs."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(columns)
    for row in rows:
        texts = ("" if value is None else str(value) for value in row)
        table.writerow([plain_cell(text) for text in texts])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def plain_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
