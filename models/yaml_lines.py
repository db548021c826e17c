"""A small YAML file as nodes that know their lines, and the faults of such a file.

A loader that builds plain objects forgets where they stood, but whoever corrects a file of sixty indicators needs the
line. `models.yaml_fields` reads the nodes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

MAX_MEGABYTES = 2
MAX_DEPTH = 16

# Controls, line and paragraph separators, direction overrides, surrogates and noncharacters: none has a place in one
# line of wording, and U+FDD0 to U+FDEF are for a program's own marks.
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong (`code`, with its particulars) on which line, counted from 1."""

    line: int
    code: str
    params: Mapping[str, str]


class CatalogueError(ValueError):
    """A file that cannot be used; `faults` holds all that is wrong with it, by line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"line {fault.line}: {fault.code}" for fault in faults))
        self.faults = faults


def code_point(character: str) -> str:
    """The character's name that any editor can search for, such as U+200B."""
    return f"U+{ord(character):04X}"


class _Refused(yaml.MarkedYAMLError):
    """Sound YAML of a kind that is not taken; `problem` is the fault's code."""


class _Loader(yaml.SafeLoader):
    """Composes without aliases (ten lines of them can stand for gigabytes) and only so deep (the stack is finite)."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it out
        if self.check_event(yaml.AliasEvent):
            raise _Refused(problem="alias", problem_mark=mark)
        if self.depth == MAX_DEPTH:
            raise _Refused(problem="too_deep", problem_mark=mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def compose(data: bytes) -> yaml.Node:
    """The file's one document as nodes.

    Raises CatalogueError where it is over 2 MB, not UTF-8, not YAML or empty, or holds an alias, more than 16 levels or
    a character that has no place in it.
    """
    text = _decode(data)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # PyYAML passes on what chr() and int() raise
        raise _error(_line(error, loader, len(text)), _code(error)) from error
    if node is None:
        raise _error(1, "empty_file")
    return node


def _decode(data: bytes) -> str:
    if len(data) > MAX_MEGABYTES * 1024 * 1024:
        raise _error(1, "too_large", most=str(MAX_MEGABYTES))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _error(data.count(b"\n", 0, error.start) + 1, "encoding") from error
    lines = enumerate(_LINE_BREAK.split(text.replace("\t", " ")), start=1)
    found = [(number, strange[0]) for number, line in lines if (strange := FORBIDDEN.search(line))]
    if found:
        raise CatalogueError([Fault(line, "character", {"character": code_point(strange)}) for line, strange in found])
    return text


def _error(line: int, code: str, **params: str) -> CatalogueError:
    return CatalogueError([Fault(line, code, params)])


def _code(error: Exception) -> str:
    return str(error.problem) if isinstance(error, _Refused) else "not_yaml"


def _line(error: Exception, loader: _Loader, length: int) -> int:
    mark = loader.get_mark()
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or mark
        # What is never closed is noticed at the file's end; where it was opened is what has to be looked at.
        if mark.index >= length and error.context_mark:
            mark = error.context_mark
    return mark.line + 1
