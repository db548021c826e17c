"""Which indicators a piece of evidence may be for, judged by its name and caption alone; a person decides.

Chinese is cut into two-character tokens, so that no dictionary is needed. A token weighs the more the fewer indicators have
it; long wordings, which share something with any name, count for less.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from models.catalogue_types import Catalogue, Indicator

MOST = 3
LEAST_SCORE = 3.0
"""A score that one everyday word (文件, 工作) does not reach, and one word that two or three indicators have does."""
LEAST_OF_BEST = 0.4
"""What scores less than this share of the best is not worth a button."""
FOR_LENGTH = 0.5
"""How much of a wording's length counts against it, from 0 to 1."""

_CHINESE = re.compile("[\u4e00-\u9fff]{2,}")
_GIVEN_BY_PROGRAMS = re.compile("新建|文本文档|工作表|演示文稿|未命名|微信图片|屏幕截图")
_NAMED = re.compile(r"(?:指标\s?|第\s?(?=\d{1,3}\s?项))([1-9]\d{0,2})(?!\d)")


@dataclass(frozen=True)
class Index:
    """The tokens of every indicator by number, what each token weighs, and how long the wordings are beside the average."""

    tokens: Mapping[int, frozenset[str]]
    weight: Mapping[str, float]
    length: Mapping[int, float]


_indexes: dict[str, Index] = {}


def propose(catalogue: Catalogue, words: str, among: Collection[int]) -> list[int]:
    """The numbers of at most MOST indicators, the likeliest first, that a name and caption speak of.

    `among`: the numbers that may be proposed. An indicator that the words name by its number comes first.
    """
    scores = _scores(_index_of(catalogue), _tokens(_GIVEN_BY_PROGRAMS.sub(" ", words)), among)
    best = max(scores.values(), default=0.0)
    likely = [number for number, score in scores.items() if score >= max(LEAST_SCORE, best * LEAST_OF_BEST)]
    named = [number for found in _NAMED.findall(words) if (number := int(found)) in among]
    listed = dict.fromkeys([*named, *sorted(likely, key=lambda number: (-scores[number], number))])
    return list(listed)[:MOST]


def _scores(index: Index, words: frozenset[str], among: Collection[int]) -> dict[int, float]:
    shared = {number: index.tokens[number] & words for number in among if number in index.tokens}
    return {number: sum(index.weight[one] for one in found) / index.length[number] for number, found in shared.items()}


def _index_of(catalogue: Catalogue) -> Index:
    found = _indexes.get(catalogue.sha256)
    if found is None:
        found = _indexes[catalogue.sha256] = _index(catalogue)
    return found


def _index(catalogue: Catalogue) -> Index:
    tokens = {indicator.number: _tokens(_wording(indicator)) for indicator in catalogue.indicators}
    spread = Counter(token for found in tokens.values() for token in found)
    average = sum(map(len, tokens.values())) / len(tokens)
    return Index(
        tokens,
        {token: math.log(len(tokens) / count) for token, count in spread.items()},
        {number: 1 - FOR_LENGTH + FOR_LENGTH * len(found) / average for number, found in tokens.items()},
    )


def _wording(indicator: Indicator) -> str:
    return " ".join((indicator.text, *(measure.label for measure in indicator.measures)))


def _tokens(text: str) -> frozenset[str]:
    return frozenset(run[at : at + 2] for run in _CHINESE.findall(text) for at in range(len(run) - 1))
