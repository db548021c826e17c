"""What is kept of a person as a workbook, in words that the person can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from bot.clock import local
from bot.render import Words
from bot.rows import ECHO

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SAID = "personal_data/sheets.j2"
_WIDTH, _WIDEST = 18, 60


def workbook(words: Words, collected: Mapping[str, list[Any]]) -> bytes:
    """The workbook of what `models.personal_data.collected` found: a sheet for each kind."""
    book: Any = Workbook()
    for kind, (title, headers) in _said(words).sheets.items():
        sheet = book.create_sheet(title)
        _add(sheet, headers)
        for row in _ROWS[kind](words, collected[kind]):
            _add(sheet, row)
        _dress(sheet, len(headers))
    del book["Sheet"]
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def _said(words: Words) -> Any:
    return words.environment.get_template(SAID).module


def _add(sheet: Any, values: Iterable[Any]) -> None:
    sheet.append([_text(value) for value in values])
    for cell in sheet[sheet.max_row]:
        if cell.value is not None:
            cell.data_type = "s"  # what people wrote is never a formula


def _dress(sheet: Any, columns: int) -> None:
    for number in range(1, columns + 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDEST if number == columns else _WIDTH
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value) or None


def _channel(words: Words, name: str) -> str:
    return words.labels("history", "channels").get(name, name)


def _person(words: Words, rows: list[Any]) -> Iterator[Iterable[Any]]:
    return iter(rows)


def _posts(words: Words, rows: list[Any]) -> Iterator[Iterable[Any]]:
    for _, bureau, unit, role, starts_on, ends_on in rows:
        yield bureau, unit, words.label("common", "roles", role), starts_on, ends_on


def _places(words: Words, rows: list[Any]) -> Iterator[Iterable[Any]]:
    for row in rows:
        yield _channel(words, row.channel), row.address


def _sessions(words: Words, rows: list[Any]) -> Iterator[Iterable[Any]]:
    for row in rows:
        yield _said(words).devices[row.device], row.opened_at, row.ended_at or row.expires_at


def _answers(words: Words, rows: list[Any]) -> Iterator[Iterable[Any]]:
    for row in rows:
        folder = row.item.partition(".")[0]
        labels = words.labels("indicator" if folder.isdecimal() else folder, row.key)
        yield row.at, _channel(words, row.channel), row.position, _answer(row.value, labels)


def _answer(value: Any, labels: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return "、".join([labels.get(str(value.get("instead")), ""), *map(str, value.get("items", ()))]).strip("、")
    return labels.get(value, value) if isinstance(value, str) else value


def _evidence(words: Words, rows: list[Any]) -> Iterator[Iterable[Any]]:
    for row in rows:
        yield row.created_at, row.number, row.dated, row.caption, row.name


def _receipts(words: Words, rows: list[Any]) -> Iterator[Iterable[Any]]:
    for bureau, title, sent_at, confirmed_at, channel, answer in rows:
        yield sent_at, bureau, title, confirmed_at, _channel(words, channel) if channel else None, answer


def _messages(words: Words, rows: list[Any]) -> Iterator[Iterable[Any]]:
    mine, theirs = (_said(words).speakers[who] for who in ("me", "assistant"))
    for row in rows:
        channel, said = _channel(words, row.channel), row.body.get("said")
        if said is not None:
            yield row.created_at, channel, mine, _parts(said)
        yield row.created_at, channel, mine if row.kind == ECHO else theirs, _parts(row.body)


def _parts(body: dict[str, Any]) -> str:
    texts = [text for _, text in body["parts"]]
    return "\n".join(texts + ([body["file"]["name"]] if "file" in body else []))


def _records(words: Words, rows: list[Any]) -> Iterator[Iterable[Any]]:
    whats = words.labels("own_records", "whats")
    for row in rows:
        yield row.at, _channel(words, row.channel), whats.get(row.what, row.what)


_ROWS: Mapping[str, Callable[[Words, list[Any]], Iterator[Iterable[Any]]]] = {
    "person": _person, "posts": _posts, "places": _places, "sessions": _sessions, "answers": _answers,
    "evidence": _evidence, "receipts": _receipts, "messages": _messages, "burden": _person, "records": _records,
}  # fmt: skip
"""How the rows of each kind are written."""
