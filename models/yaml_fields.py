"""Strict reading of mappings by name: all that is wrong at once, each fault with its line.

What is wrong is noted and a harmless value handed back, so that one reading finds every fault; where there is a single
one, nothing of what was read gets out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, time
from decimal import Decimal
from typing import TypeVar

import yaml

from models.yaml_lines import FORBIDDEN, CatalogueError, Fault, code_point, compose

T = TypeVar("T")
Number = TypeVar("Number", int, Decimal)

MAX_TEXT = 2000
_STRING, _NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"


def read_yaml(data: bytes, read: Callable[[Fields], T]) -> T:
    """What `read` makes of the one mapping that the file holds. Raises CatalogueError."""
    faults: list[Fault] = []
    result = _mapping(compose(data), "", faults, read)
    if faults:
        raise CatalogueError(sorted(faults, key=lambda fault: fault.line))
    return result


def written(pattern: str, make: Callable[[str], T]) -> Callable[[str], T]:
    """A parser of values written in one way only: `make` is asked where the pattern fits the whole, else ValueError."""
    whole = re.compile(pattern, re.ASCII)

    def parse(text: str) -> T:
        if whole.fullmatch(text) is None:
            raise ValueError(text)
        return make(text)

    return parse


_integer = written(r"-?(0|[1-9]\d{0,8})", int)
_number = written(r"-?(0|[1-9]\d{0,8})(\.\d{1,4})?", Decimal)
iso_day = written(r"2[01]\d\d-\d\d-\d\d", date.fromisoformat)
_clock = written(r"\d\d:\d\d", time.fromisoformat)
_key = written(r"[a-z][a-z0-9_]{0,23}", str)
_id = written(r"[a-z][a-z0-9-]{0,63}", str)


class Fields:
    """The keys of one mapping.

    A key that is asked for and absent is a fault, so `has` is asked first where it may be left out. A key that stands
    in the file and was never asked for is a fault too.
    """

    def __init__(self, node: yaml.Node | None, faults: list[Fault]) -> None:
        """`node` None stands for a mapping already found faulty: nothing more is said about it."""
        self._node, self._faults = node, faults
        self._values: dict[str, yaml.Node] = {}
        self._unread: dict[str, yaml.Node] = {}
        for key, value in [] if node is None else node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in self._values:
                _note(faults, key, "duplicate_key", name)
            self._values[name], self._unread[name] = value, key

    def has(self, name: str) -> bool:
        """Whether the key stands in the file."""
        return name in self._values

    def skip(self, name: str) -> None:
        """Leave a key unjudged, where another fault makes it impossible to say what it should be."""
        self._unread.pop(name, None)

    def fault(self, name: str, code: str, **params: object) -> None:
        """Note a fault at the key's value; at the mapping itself where the key is absent."""
        node = self._values.get(name, self._node)
        if node is not None:
            _note(self._faults, node, code, name, **params)

    def text(self, name: str) -> str:
        """One line of wording: 1 to 2,000 characters, not blank, no control characters."""
        node = self._take(name)
        return "" if node is None else _wording(node, name, self._faults)

    def texts(
        self, name: str, least: int = 0, allowed: Collection[str] | None = None, most: int | None = None
    ) -> tuple[str, ...]:
        """A list of such wordings, `least` to `most` of them; "" for each that is none, or not one of those allowed."""
        return tuple(_wording(node, name, self._faults, allowed) for node in self._list(name, least, most))

    def integer(self, name: str, low: int, high: int, default: int = 0) -> int:
        """A whole number from `low` to `high`; `default` where it is none."""
        return self._ranged(name, self.parsed(name, _integer, None, plain=True, wanted="integer"), low, high, default)

    def decimal(self, name: str, low: int, high: int) -> Decimal:
        """A number from `low` to `high`, of up to four decimal places."""
        value = self.parsed(name, _number, None, plain=True, wanted="number")
        return self._ranged(name, value, low, high, Decimal(low))

    def day(self, name: str) -> date:
        """A date written 2022-09-30, of the years 2000 to 2199."""
        return self.parsed(name, iso_day, date.min, wanted="date")

    def clock(self, name: str) -> time:
        """A time of day written 17:30."""
        return self.parsed(name, _clock, time.min, wanted="time")

    def flag(self, name: str) -> bool:
        """true or false."""
        return self.parsed(name, {"true": True, "false": False}.__getitem__, False, plain=True, wanted="flag")

    def key(self, name: str) -> str:
        """A word under which something is recorded for ever; "" where it is none."""
        return self.parsed(name, _key, "", code="bad_key")

    def id(self, name: str) -> str:
        """The name of a whole file, such as renshe-demonstration-2022; "" where it is none."""
        return self.parsed(name, _id, "", code="bad_id")

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """One of the words allowed; "" where it is none."""
        same = {word: word for word in allowed}
        return self.parsed(name, same.__getitem__, "", code="not_allowed", allowed="、".join(allowed))

    def parsed(
        self,
        name: str,
        parse: Callable[[str], T],
        default: T,
        *,
        plain: bool = False,
        code: str = "wrong_type",
        **params: str,
    ) -> T:
        """What `parse` makes of the value as written; where it raises ValueError or KeyError, a fault and `default`.

        `plain`: a value in quotation marks is refused as well.
        """
        node = self._take(name)
        if node is None:
            return default
        found = ""
        if isinstance(node, yaml.ScalarNode):
            found = node.value
            try:
                if not (plain and node.style):
                    return parse(found)
            except (ValueError, KeyError):
                pass
        self.fault(name, code, **params, value=found)
        return default

    def mapping(self, name: str, read: Callable[[Fields], T]) -> T:
        """What `read` makes of the mapping under the key."""
        return _mapping(self._take(name), name, self._faults, read)

    def items(self, name: str, read: Callable[[Fields], T], least: int = 0, most: int | None = None) -> tuple[T, ...]:
        """What `read` makes of each mapping in the list under the key; the first beyond `most` is a fault."""
        return tuple(_mapping(node, name, self._faults, read) for node in self._list(name, least, most))

    def close(self) -> None:
        """Note every key that nobody asked for."""
        for name, key in self._unread.items():
            _note(self._faults, key, "unknown_key", name)

    def _take(self, name: str) -> yaml.Node | None:
        self._unread.pop(name, None)
        if name not in self._values:
            self.fault(name, "missing_key")
        return self._values.get(name)

    def _ranged(self, name: str, value: Number | None, low: int, high: int, default: Number) -> Number:
        if value is not None and low <= value <= high:
            return value
        if value is not None:
            self.fault(name, "out_of_range", value=value, low=low, high=high)
        return default

    def _list(self, name: str, least: int, most: int | None) -> list[yaml.Node]:
        node = self._take(name)
        if node is None:
            return []
        nodes: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            nodes = node.value
        elif node.tag != _NULL:  # a key with nothing after it is an empty list
            self.fault(name, "wrong_type", wanted="list")
            return []
        if len(nodes) < least:
            self.fault(name, "too_few", least=least)
        if most is not None and len(nodes) > most:
            _note(self._faults, nodes[most], "too_many", name, most=most)
        return nodes


def _mapping(node: yaml.Node | None, name: str, faults: list[Fault], read: Callable[[Fields], T]) -> T:
    if node is not None and not isinstance(node, yaml.MappingNode):
        _note(faults, node, "wrong_type", name, wanted="mapping")
        node = None
    fields = Fields(node, faults)
    result = read(fields)
    fields.close()
    return result


def _wording(node: yaml.Node, name: str, faults: list[Fault], allowed: Collection[str] | None = None) -> str:
    if node.tag == _NULL or (node.tag == _STRING and not node.value.strip()):
        _note(faults, node, "empty_text", name)
    elif node.tag != _STRING:
        _note(faults, node, "wrong_type", name, wanted="text")
    elif strange := FORBIDDEN.search(node.value):
        _note(faults, node, "character", name, character=code_point(strange[0]))
    elif len(node.value) > MAX_TEXT:
        _note(faults, node, "long_text", name, most=MAX_TEXT, length=len(node.value))
    elif allowed is not None and node.value not in allowed:
        _note(faults, node, "not_allowed", name, value=node.value, allowed="、".join(allowed))
    else:
        return str(node.value)
    return ""


def _note(faults: list[Fault], node: yaml.Node, code: str, key: str, **params: object) -> None:
    # What the file says goes to a terminal: cut, and without the characters that steer one.
    shown = {name: FORBIDDEN.sub("\ufffd", str(value)[:60]) for name, value in {"key": key, **params}.items()}
    faults.append(Fault(node.start_mark.line + 1, code, shown))
