"""The words: every sentence is a macro in `templates/<folder>/chat.j2`, every label a line of its dictionaries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

from bot.clock import local
from bot.masking import masked
from bot.messages import QUOTE_BEGINS, QUOTE_ENDS

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
COMMON = "common"
_COUNTED = {"工作日": "个工作日"}
"""Units that take a measure word after the figure."""
_WEEKDAYS = "一二三四五六日"


class MissingWords(LookupError):
    """A macro or label that no template has. A test keeps this from happening to a person."""


class Bare(Context):
    """Calls what a template calls. The library's own looks first whether that wants to be told where it is called from, which
    none of ours does, and which takes longer than most of them."""

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What the function returns."""
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        return function(*args, **kwargs)


class Compiled(FileSystemBytecodeCache):
    """Keeps what templates compile to beside them, as Python keeps its modules': it takes 30 times as long to compile them all,
    and the first command that somebody types needs them all. Where nothing can be written they are compiled each time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / "__pycache__"))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write it down, whole or not at all."""
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


class Words:
    """Looks up sentences and labels: in a folder first, then where its `also` points, then among the common ones."""

    def __init__(self, folder: Path = TEMPLATES) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            bytecode_cache=Compiled(folder),
        )
        self.environment.context_class = Bare
        self.environment.filters |= {
            "quote": quote, "day": day, "weekday": weekday, "weekday_name": weekday_name, "full_day": full_day,
            "clock": clock, "figure": figure, "size": size, "ranges": ranges,
            "masked": masked,
        }  # fmt: skip
        self.environment.globals["labels"] = self.labels
        self._modules: dict[str, TemplateModule | None] = {}
        self._macros: dict[tuple[str, str], Callable[..., str] | None] = {}

    def has(self, folder: str, name: str) -> bool:
        """Whether there is a sentence of this name for a folder."""
        return self._find(folder, name) is not None

    def text(self, folder: str, name: str, /, **context: Any) -> str:
        """A sentence, rendered. MissingWords: there is none of this name."""
        macro = self._find(folder, name)
        if macro is None:
            raise MissingWords(f"{folder}/{name}")
        return str(macro(**context)).strip()

    def labels(self, folder: str, name: str) -> Mapping[str, str]:
        """What the choices of a question (or the actions, for `actions`) are called."""
        return self._labels(folder, name)

    def label(self, folder: str, name: str, key: str) -> str:
        """One label. MissingWords: there is none."""
        try:
            return self._labels(folder, name)[key]
        except KeyError:
            raise MissingWords(f"{folder}/{name}.{key}") from None

    @cached_property
    def _labels(self) -> Callable[[str, str], Mapping[str, str]]:
        @cache
        def found(folder: str, name: str) -> Mapping[str, str]:
            merged: dict[str, str] = {}
            for one in reversed(self._chain(folder)):
                options = getattr(self._module(one), "options", {})
                merged |= options.get("any", {}) | options.get(name, {})
            return merged

        return found

    def commands(self, folder: str) -> Mapping[str, list[str]]:
        """The phrases that call each command of a folder."""
        return getattr(self._module(folder), "commands", {})

    def _chain(self, folder: str) -> list[str]:
        beside = getattr(self._module(folder), "also", None)
        return list(dict.fromkeys([folder, *([beside] if beside else []), COMMON]))

    def _find(self, folder: str, name: str) -> Callable[..., str] | None:
        place = (folder, name)
        if place not in self._macros:
            found = (getattr(self._module(one), name, None) for one in self._chain(folder))
            self._macros[place] = next((macro for macro in found if macro is not None), None)
        return self._macros[place]

    def _module(self, folder: str) -> TemplateModule | None:
        if folder not in self._modules:
            name = f"{folder}/chat.j2"
            self._modules[folder] = self.environment.get_template(name).module if name in self._templates else None
        return self._modules[folder]

    @cached_property
    def _templates(self) -> frozenset[str]:
        return frozenset(self.environment.list_templates(extensions=["j2"]))


def quote(text: str) -> str:
    """Official wording, set off from our own words."""
    return f"{QUOTE_BEGINS}{text}{QUOTE_ENDS}"


def day(value: date | datetime) -> str:
    """9月9日."""
    value = local(value).date() if isinstance(value, datetime) else value
    return f"{value.month}月{value.day}日"


def weekday(value: date) -> str:
    """9月9日（周五）."""
    return f"{day(value)}（周{_WEEKDAYS[value.weekday()]}）"


def weekday_name(value: date) -> str:
    """星期五."""
    return f"星期{_WEEKDAYS[value.weekday()]}"


def full_day(value: date) -> str:
    """2022年9月9日."""
    return f"{value.year}年{day(value)}"


def clock(value: datetime) -> str:
    """17:30, as people here see it."""
    return f"{local(value):%H:%M}"


def figure(value: Decimal | date | int, unit: str = "") -> str:
    """A figure as one writes it: 92.5%, 40学时, 2022年2月25日."""
    if isinstance(value, date):
        return full_day(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}{_COUNTED.get(unit, unit)}"


def ranges(numbers: Iterable[int]) -> str:
    """Numbers in order as people list them: 1至12、15."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return "、".join(("至" if run[-1] - run[0] > 1 else "、").join(map(str, run)) for run in runs)


def size(count: int) -> str:
    """A size in bytes as people read it: 830 KB, 12.4 MB."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1024))} KB"
    return re.sub(r"\.0 ", " ", f"{count / 1_048_576:.1f} MB")
