"""What members really see: every message as it stands now in each chat, and every effect that led there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from tests.emulators.wecom.faults import WeComError

CODE_LASTS, MEDIA_LASTS, RECALLABLE = timedelta(hours=72), timedelta(days=3), timedelta(hours=24)


class Clock(Protocol):
    def now(self) -> datetime: ...


class RealClock:
    """The time of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Message:
    """A message as one member sees it."""

    member: str
    id: str
    at: datetime
    kind: str
    text: str = ""
    """Of a text, what is left of it after 2048 bytes."""
    card: dict[str, Any] | None = None
    file: str = ""
    """The name of what was shown as a picture or file."""
    greyed: str = ""
    """What stands on the buttons of a card that nobody can press any more."""
    recalled: bool = False
    updates: int = 0

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """(label, key or option id) of what can be pressed or chosen."""
        card = self.card or {}
        listed = [(one["text"], one.get("key", "")) for one in card.get("button_list", ())]
        listed += [(one["text"], one["id"]) for one in card.get("checkbox", {}).get("option_list", ())]
        lists = card.get("select_list", ())
        return listed + [
            (one["text"], one["id"]) for each in lists for one in each["option_list"] if one["id"] != _stands(each)
        ]

    def selected(self, keys: list[str]) -> list[dict[str, Any]]:
        """What is told of a card that is sent off with these options chosen: each question, and what is chosen there."""
        card = self.card or {}
        if "checkbox" in card:
            return [{"QuestionKey": card["checkbox"]["question_key"], "OptionIds": {"OptionId": keys}}]
        return [
            {"QuestionKey": one["question_key"], "OptionIds": {"OptionId": [_chosen_of(one, keys)]}}
            for one in card["select_list"]
        ]

    @property
    def task(self) -> str:
        return str((self.card or {}).get("task_id", ""))

    @property
    def words(self) -> str:
        """All that can be read of it, but for the buttons."""
        if self.card is None:
            return self.text
        title = self.card.get("main_title", {})
        lines = (title.get("title", ""), title.get("desc", ""), self.card.get("sub_title_text", ""))
        return "\n".join(line for line in lines if line)


def _chosen_of(listed: dict[str, Any], keys: list[str]) -> str:
    return next((one["id"] for one in listed["option_list"] if one["id"] in keys), _stands(listed))


def _stands(listed: dict[str, Any]) -> str:
    """What a drop-down list shows as chosen as long as nobody has touched it: the first, where nothing else is said."""
    ids = [str(one["id"]) for one in listed["option_list"]]
    return str(listed["selected_id"]) if listed.get("selected_id") in ids else ids[0]


@dataclass(frozen=True)
class Effect:
    """Something that a member came to see, once: by message/send, by message/update_template_card, or by a recall."""

    how: str
    message: Message
    """As it stood right then."""
    at: datetime


@dataclass
class Code:
    """A response_code: one change of a message, by one member's press or (None) for all who have it."""

    message: str
    member: str | None
    until: datetime
    used: bool = False


@dataclass
class Media:
    """A file that WeCom holds for three days."""

    id: str
    kind: str
    name: str
    data: bytes
    until: datetime
    size: int
    """Bytes; where there is less data than that, its download breaks off there."""


@dataclass
class Account:
    """A member of the corp."""

    userid: str
    visible: bool = True
    licensed: bool = True
    messages: list[Message] = field(default_factory=list)


class Ledger:
    """All members, messages, codes and files."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.members: dict[str, Account] = {}
        self.history: list[Effect] = []
        self.codes: dict[str, Code] = {}
        self.media: dict[str, Media] = {}
        self.tasks: set[str] = set()
        self.sent: dict[str, datetime] = {}
        """When each msgid was sent."""
        self.dropped: list[tuple[str, str]] = []
        """(member, text) of what nobody got to see."""
        self._number = 0

    def next(self, what: str) -> str:
        """A name that nothing has yet."""
        self._number += 1
        return f"{what}{self._number}"

    def add(self, member: str, msgid: str, kind: str, **what: Any) -> Message:
        """Put a message before a member."""
        message = Message(member, msgid, self.clock.now(), kind, **what)
        self.members[member].messages.append(message)
        self.note("message/send", message)
        return message

    def note(self, how: str, message: Message) -> None:
        self.history.append(Effect(how, replace(message), self.clock.now()))

    def new_code(self, message: str, member: str | None) -> str:
        """A code by which a message can be changed once."""
        code = self.next("code-")
        self.codes[code] = Code(message, member, self.clock.now() + CODE_LASTS)
        return code

    def take_code(self, code: str) -> Code:
        """Use a code up. WeComError 60140."""
        found = self.codes.get(code)
        if found is None or found.used or self.clock.now() >= found.until:
            raise WeComError(60140, "invalid response_code")
        found.used = True
        return found

    def of(self, msgid: str) -> list[Message]:
        """A message, as each who has it sees it."""
        return [one for account in self.members.values() for one in account.messages if one.id == msgid]

    def keep(self, kind: str, name: str, data: bytes, size: int | None = None) -> Media:
        """Hold a file."""
        whole = len(data) if size is None else size
        held = Media(self.next("media-"), kind, name, data, self.clock.now() + MEDIA_LASTS, whole)
        self.media[held.id] = held
        return held
