"""Nothing can be said, asked or pressed that no dialogue shows; what none of them has met is named."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path

from bot import actions
from bot.actions import ACTIONS, COMMANDS, LONGEST
from bot.render import TEMPLATES
from bot.talk import FLOWS
from models.rights import TABLE
from tests import dialogue
from tests.dialogue_played import Played, played
from tests.world import SITE, the_words

LONGEST_ID = 2**40
WITHOUT_DIALOGUES = {"commands", "demo", "telegram", "web", "wecom"}
"""What operators read in a terminal, the choice of roles, the menus of Telegram's apps and of WeCom's, and why a call
failed: their own tests have them."""

SPARE = re.compile("改第[6-9]问|是|否")
"""A veto item of another catalogue may name more cases; every question so far names its yes and no otherwise."""

NOT_YET_NEEDED = {
    "common/wrong_too_few",
    "sign_in/no_page",
    "upload_link/no_page",
    "progress/not_drawn",
    "matter_preview/not_drawn",
}
"""No question so far wants two choices at least; only a demo has no page to sign in on; pictures are drawn in dialogues."""

NO_BUTTONS = {"whats", "kinds", "roles", "posts", "on_file", "channels", "aliases"}
FOR_ITS_READER = re.compile(rf"{SITE}/\S+|[0-9A-Z]{{4}}(?:-[0-9A-Z]{{4}}){{2}}")
"""Addresses of the page, and codes."""
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]+")
ALLOWED = {"pdf", "ofd", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "wps", "et", "txt", "jpg", "png", "heic", "mp4", "amr", "ogg",
           "A4", "MB", "KB", "https", "www", "gov", "cn", "html", "Telegram"}  # fmt: skip


@cache
def everything() -> tuple[Played, ...]:
    """Every dialogue, as it went."""
    return tuple(played(path) for path in dialogue.paths())


@cache
def folders() -> tuple[str, ...]:
    """The folders whose words are said in conversations."""
    the_words()
    return tuple(sorted(place.parent.name for place in TEMPLATES.glob("*/chat.j2")
                        if place.parent.name not in WITHOUT_DIALOGUES))  # fmt: skip


@cache
def source(folder: str) -> str:
    place = TEMPLATES / folder / "chat.j2"
    return place.read_text("utf-8") if place.is_file() else ""


@cache
def labels_of(folder: str) -> set[str]:
    """What the buttons and choices of a folder are called; other names and what else may be typed left out."""
    options = getattr(the_words()._module(folder), "options", {})
    return {label for name, named in options.items() if name not in NO_BUTTONS for label in named.values()}


@cache
def sentences(folder: str) -> set[str]:
    """The sentences that code asks for: every macro that no other macro is made of."""
    defined = set(re.findall(r"{%-? *macro (\w+)\(", source(folder)))
    called = {name for one in folders() for name in re.findall(r"(?<!macro )\b(\w+)\(", source(one))}
    return defined - called


def test_every_sentence_is_said_in_some_dialogue() -> None:
    words = the_words()
    said = set()
    for folder, name in chain.from_iterable(one.sentences for one in everything()):
        said |= {(one, name) for one in words._chain(folder) if name in sentences(one)}
    unsaid = {f"{folder}/{name}" for folder in folders() for name in sentences(folder) if (folder, name) not in said}
    assert unsaid == NOT_YET_NEEDED


def test_every_flow_has_words_for_what_it_asks() -> None:
    """A question is a macro (q). Each flow's own are asked; one without words would have broken its dialogue."""
    asked = {(folder, name) for one in everything() for folder, name in one.sentences}
    questions = {(flow, name) for flow in FLOWS for name in re.findall(r"{% macro (\w+)\(q\) %}", source(flow))}
    helpers = {(flow, name) for flow, name in questions if name not in sentences(flow)}
    assert questions - helpers - asked == set()


def test_every_button_is_shown_in_some_dialogue() -> None:
    shown = {label.removeprefix("✓ ") for one in everything() for label in one.met.labels}
    labels = {label for folder in folders() for label in labels_of(folder)}
    unshown = {label for label in labels - shown - {""} if not SPARE.fullmatch(label)}
    assert unshown == set()


def test_every_action_is_pressed_and_every_command_typed_in_some_dialogue() -> None:
    pressed = set(chain.from_iterable(one.met.actions for one in everything()))
    typed = set(chain.from_iterable(one.met.commands for one in everything()))
    phrased = {name for folder in folders() for name, phrases in the_words().commands(folder).items() if phrases}
    always_at_hand = set(re.findall(r'data-press="(\w+)-', (TEMPLATES / "pages" / "chat.html").read_text("utf-8")))
    assert set(ACTIONS) - pressed - always_at_hand == set()
    assert set(COMMANDS) & phrased - typed == set()


def test_every_action_and_command_says_who_may() -> None:
    rights = {action.code: action.right for action in ACTIONS.values()}
    rights |= {command.name: command.right for command in COMMANDS.values()}
    assert {name for name, right in rights.items() if not TABLE[right]} == set()


def test_every_handler_has_its_dialogues() -> None:
    handlers = {path.stem for path in (Path(__file__).parent.parent / "handlers").glob("[a-z]*.py")}
    talked = {path.parent.name for path in dialogue.paths()}
    spoken = (
        {action.folder for action in ACTIONS.values()} | {command.folder for command in COMMANDS.values()} | set(FLOWS)
    )
    assert {name for name in handlers if name in spoken} - talked == set()
    assert talked <= handlers | {"engine", "telegram", "wecom"}


def test_every_button_fits_the_narrowest_channel() -> None:
    tokens = set(chain.from_iterable(one.met.tokens for one in everything()))
    assert len(tokens) > 1000
    for token in tokens:
        button = actions.parse(token)
        assert button is not None, token
        assert len(actions.token(replace(button, id=LONGEST_ID, version=36**6))) <= LONGEST


def shown_in_templates() -> Iterator[tuple[str, str]]:
    """(file, text) of what people read: templates without what only Jinja and the browser read."""
    for path in sorted(TEMPLATES.rglob("*.j2")) + sorted(TEMPLATES.rglob("*.html")):
        text = re.sub(r"{% block body_attributes %}.*?{% endblock %}", " ", path.read_text("utf-8"), flags=re.S)
        text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", text, flags=re.S)
        attributes = re.findall(r'(?:title|alt|placeholder|aria-label)="([^"]*)"', text)
        text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
        yield str(path.relative_to(TEMPLATES)), re.sub(r"<[^>]*>", " ", text) + " ".join(attributes)


def test_people_read_no_foreign_words() -> None:
    found = {(file, word) for file, text in shown_in_templates() for word in LATIN.findall(text) if word not in ALLOWED}
    assert {one for one in found if not one[0].startswith("commands/")} == set()
    assert {
        label for folder in folders() for label in labels_of(folder) if set(LATIN.findall(label)) - ALLOWED
    } == set()


def test_assistant_says_no_foreign_words_in_any_dialogue() -> None:
    for path, one in zip(dialogue.paths(), everything(), strict=True):
        typed = path.read_text("utf-8")
        mine = "\n".join(line for line in typed.splitlines() if line.startswith((">", "—", "……")))
        words = {word for text in one.met.texts for word in LATIN.findall(FOR_ITS_READER.sub(" ", text))}
        assert {word for word in words if word not in ALLOWED and word.lower() not in mine.lower()} == set(), path
