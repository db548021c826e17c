"""Buttons on WeCom: a card with buttons, a card to choose one of many from, drop-down lists, or else numbered lines (path/90236).

What does not fit onto the card stands in a text before it: a card shows a heading and a few lines, and short labels. A
drop-down list always has something chosen: ours begin with an entry that stands for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.wecom.keys import key_of
from bot.channels.wecom.writing import BAR, SENTENCE_ENDS

MOST_BUTTONS, BUTTON_SIGNS, TITLE_SIGNS = 6, 10, 36
MOST_OPTIONS, OPTION_SIGNS, VOTE_TITLE_SIGNS = 20, 17, 16
MOST_LISTED, LISTS, LISTED_SIGNS = 9, 3, 16
"""Options of a drop-down list besides the one that stands for nothing, and how many lists a card has."""
LINES_SIGNS, DESCRIPTION_SIGNS = 160, 44
"""Of what stands below the heading; a card to choose from has room for less."""
LIKELY, OTHER = 1, 2
"""How a button looks."""
ADDRESS = re.compile(r"https?://[!-~]+$")
"""What a line ends with that is to be opened: in a text one can, on a card nobody says so."""
SUBMIT = "submit"

Button = tuple[str, str, bool]
"""Label, token, and whether it is the likely one."""


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on cards besides the message: a heading where it has none, and what sends a choice off."""

    choose: str
    submit: str
    by_number: str
    by_label: str
    by_words: str
    nothing: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message with its buttons: the text to come first, if any, and the card; or all of it as numbered text."""

    text: str
    card: dict[str, Any] | None = None
    plain: str = ""
    """What is said instead of the card, where that is not taken."""


def drawn(text: str, rows: Iterable[Sequence[Button]], words: Words, *, asks: bool, writes: bool) -> Drawn:
    """A message as it fits.

    `asks`: one press answers it. `writes`: the answer is written, so that a number would be taken for it.
    """
    # What looks and does the same is shown once: no two buttons of a card may carry the same.
    buttons = list({(label, token): (label, token, likely) for row in rows for label, token, likely in row}.values())
    if not buttons:
        return Drawn(text)
    longest = max(len(label) for label, *_ in buttons)
    if len(buttons) <= MOST_BUTTONS and longest <= BUTTON_SIGNS:
        before, title, lines = divided(text, TITLE_SIGNS, LINES_SIGNS, words.choose)
        card = _with_buttons(title, lines, buttons, once=asks)
    elif len(buttons) <= MOST_OPTIONS and longest <= OPTION_SIGNS:
        before, title, lines = divided(text, VOTE_TITLE_SIGNS, DESCRIPTION_SIGNS, words.choose)
        card = _to_choose(title, lines, buttons, words.submit, once=asks)
    else:
        return Drawn(
            numbered(text, buttons, words, writes=writes), _by_number(buttons, words, once=asks, writes=writes)
        )
    labels = "\n".join([title, lines, words.by_words, *(label for label, *_ in buttons)])
    return Drawn(before, card, labels.replace("\n\n", "\n"))


def _by_number(buttons: list[Button], words: Words, *, once: bool, writes: bool) -> dict[str, Any] | None:
    """The card below numbered lines, on which their labels are cut off; None: they are too many."""
    short = [(f"{number} {label}", token, likely) for number, (label, token, likely) in enumerate(buttons, 1)]
    if len(short) <= MOST_OPTIONS:
        return _to_choose(words.choose, "", _cut(short, OPTION_SIGNS), words.submit, once=once)
    if len(short) <= MOST_LISTED * LISTS and not writes:
        return _from_lists(_cut(short, LISTED_SIGNS), words, once=once)
    return None


def _cut(buttons: list[Button], most: int) -> list[Button]:
    return [
        (label if len(label) <= most else f"{label[: most - 1]}…", token, likely) for label, token, likely in buttons
    ]


def noticed(text: str, link: str) -> Iterator[Drawn]:
    """A message without buttons as a card that leads to an address, as each must: the ways to divide it, best first."""
    for title_signs, lines_signs in ((TITLE_SIGNS, LINES_SIGNS), (VOTE_TITLE_SIGNS, DESCRIPTION_SIGNS)):
        before, title, lines = divided(text, title_signs, lines_signs, "")
        if title or lines:
            heading = {"main_title": {"title": title}} if title else {}
            shown = {"sub_title_text": lines} if lines else {}
            action = {"type": 1, "url": link}
            yield Drawn(before, {"card_type": "text_notice", **heading, **shown, "card_action": action})


def numbered(text: str, buttons: Iterable[Button], words: Words, *, writes: bool) -> str:
    """The message with its buttons as lines: by their numbers, or where a number is an answer, by their words."""
    labels = [label for label, *_ in buttons]
    lines = [words.by_label] if writes else [words.by_number]
    lines += labels if writes else [f"{number} {label}" for number, label in enumerate(labels, 1)]
    return "\n".join([text, *lines] if text else lines)


def divided(text: str, most: int, below: int, heading: str) -> tuple[str, str, str]:
    """What of a text stands before the card, as its heading of `most` signs, and in the lines below that, of `below` signs.

    `heading`: for one where no line of it would do.
    """
    lines = text.split("\n")
    stays = max((place for place, line in enumerate(lines, 1) if _is_for_text(line)), default=0)
    for begin in (stays, len(lines) - 1):
        if begin in (0, stays) or not _is_for_text(lines[begin]):
            found = _on_card("\n".join(lines[begin:]), most, below, heading)
            if found is not None:
                return "\n".join(lines[:begin]).strip(), *found
    return text, heading, ""


def _is_for_text(line: str) -> bool:
    return line.startswith(BAR) or ADDRESS.search(line) is not None


def _on_card(text: str, most: int, below: int, heading: str) -> tuple[str, str] | None:
    """A text as a heading and the lines below it; None: it has no room."""
    first, _, rest = text.partition("\n")
    if len(first) <= most and len(rest) <= below:
        return first or heading, rest
    if len(text) > below:
        return None
    head = _opening(first, most)
    return head or heading, text[len(head) :].lstrip("\n")


def _opening(line: str, most: int) -> str:
    """The sentences that a line begins with, as far as a heading has room for them."""
    return line[: max((found.end() for found in SENTENCE_ENDS.finditer(line, 0, most)), default=0)]


def _with_buttons(title: str, lines: str, buttons: list[Button], *, once: bool) -> dict[str, Any]:
    shown = {"sub_title_text": lines} if lines else {}
    listed = [
        {"text": label, "style": LIKELY if likely else OTHER, "key": key_of(label, token, once=once)}
        for label, token, likely in buttons
    ]
    return {"card_type": "button_interaction", "main_title": {"title": title}, **shown, "button_list": listed}


def _to_choose(title: str, lines: str, buttons: list[Button], submit: str, *, once: bool) -> dict[str, Any]:
    first = next((place for place, (_, _, likely) in enumerate(buttons) if likely), None)
    options = [
        {"id": key_of(label, token, once=once), "text": label, "is_checked": place == first}
        for place, (label, token, _) in enumerate(buttons)
    ]
    choice = {"question_key": "choice", "mode": 0, "option_list": options}
    return {
        "card_type": "vote_interaction", "main_title": {"title": title} | ({"desc": lines} if lines else {}),
        "checkbox": choice, "submit_button": {"text": submit, "key": SUBMIT},
    }  # fmt: skip


def _from_lists(buttons: list[Button], words: Words, *, once: bool) -> dict[str, Any]:
    """Drop-down lists, nothing chosen in any of them."""
    lists = []
    for begin in range(0, len(buttons), MOST_LISTED):
        listed = buttons[begin : begin + MOST_LISTED]
        options = [{"id": key_of(label, token, once=once), "text": label} for label, token, _ in listed]
        lists.append({
            "question_key": f"from{begin}", "title": f"{begin + 1}-{begin + len(listed)}", "selected_id": words.nothing,
            "option_list": [{"id": words.nothing, "text": words.nothing}, *options],
        })  # fmt: skip
    return {
        "card_type": "multiple_interaction", "main_title": {"title": words.choose}, "select_list": lists,
        "submit_button": {"text": words.submit, "key": SUBMIT},
    }  # fmt: skip
