"""What differs between two catalogues, and what of a begun self-assessment the newer one can take over."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from models.catalogue_types import Catalogue, Indicator

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two catalogues.

    `kind`, and what `name` is there:
    id, title, source, period, pass_percent: the catalogue's own;
    group_added, group_removed, group_moved, group_retitled: the group's number;
    added, removed, moved (same wording, other number), reworded (same number, other wording), regrouped: `number`;
    measure_added, measure_removed, label, unit, op, threshold, per, soft: `number`, and the measure's label;
    bonus_added, bonus_removed, bonus_reworded and the same of veto, veto_note, case_added, case_removed: the key.

    Numbers and names are the new catalogue's, the old one's for what was removed; `old` and `new` are the values as
    text, "" for none.
    """

    kind: str
    number: int | None = None
    name: str = ""
    old: str = ""
    new: str = ""


def compare(old: Catalogue, new: Catalogue) -> list[Change]:
    """All that differs. Measures, bonus and veto items that only stand in another order do not."""
    return [
        *_differences(old, new, ("id", "title", "source", "period", "pass_percent")),
        *_groups(old, new),
        *_indicators(old, new),
        *_keyed("bonus", {item.key: item.text for item in old.bonus}, {item.key: item.text for item in new.bonus}),
        *_keyed("veto", {item.key: item.text for item in old.veto}, {item.key: item.text for item in new.veto}),
        *_cases(old, new),
    ]


def same_indicator(old: Catalogue, new: Catalogue) -> dict[int, tuple[int, bool]]:
    """Old number -> (new number, whether the wording is the same).

    Identical wording decides first, then the same number among what is left; an indicator that vanished is absent.
    """
    before, after = _texts(old), _texts(new)
    return {number: (to, before[number] == after[to]) for number, to in _pairs(before, after).items()}


def _texts(catalogue: Catalogue) -> dict[int, str]:
    return {indicator.number: indicator.text for indicator in catalogue.indicators}


def _titles(catalogue: Catalogue) -> dict[str, str]:
    return {group.number: group.title for group in catalogue.groups}


def _pairs(old: Mapping[Name, str], new: Mapping[Name, str]) -> dict[Name, Name]:
    """Old name -> new name, by text and then by name; where a text stands twice, what kept its name stays with it."""
    pairs = {name: name for name, text in old.items() if new.get(name) == text}
    free: defaultdict[str, deque[Name]] = defaultdict(deque)
    for name, text in new.items():
        if name not in pairs:
            free[text].append(name)
    for name, text in old.items():
        if name not in pairs and free[text]:
            pairs[name] = free[text].popleft()
    left = new.keys() - pairs.values()
    return {name: pairs.get(name, name) for name in old if name in pairs or name in left}


def _differences(
    old: object, new: object, names: tuple[str, ...], number: int | None = None, of: str = ""
) -> Iterator[Change]:
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(name, number, of, _shown(before), _shown(after))


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _groups(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    before, after = _titles(old), _titles(new)
    pairs = _pairs(before, after)
    for number, title in before.items():
        to = pairs.get(number)
        if to is None:
            yield Change("group_removed", name=number, old=title)
        elif to != number:
            yield Change("group_moved", name=to, old=number, new=to)
        elif title != after[to]:
            yield Change("group_retitled", name=to, old=title, new=after[to])
    for number in _added(after, pairs):
        yield Change("group_added", name=number, new=after[number])


def _indicators(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    pairs, groups = _pairs(_texts(old), _texts(new)), _pairs(_titles(old), _titles(new))
    for before in old.indicators:
        if before.number not in pairs:
            yield Change("removed", before.number, old=before.text)
            continue
        after = new.indicator(pairs[before.number])
        if after.number != before.number:
            yield Change("moved", after.number, old=str(before.number), new=str(after.number))
        if after.text != before.text:
            yield Change("reworded", after.number, old=before.text, new=after.text)
        if after.group != groups.get(before.group):
            yield Change("regrouped", after.number, old=before.group, new=after.group)
        yield from _measures(before, after)
    for number in _added(_texts(new), pairs):
        yield Change("added", number, new=new.indicator(number).text)


def _measures(old: Indicator, new: Indicator) -> Iterator[Change]:
    before, after = {item.key: item for item in old.measures}, {item.key: item for item in new.measures}
    for key, measure in before.items():
        if key not in after:
            yield Change("measure_removed", new.number, measure.label)
            continue
        names = ("label", "unit", "op", "threshold", "per", "soft")
        yield from _differences(measure, after[key], names, new.number, after[key].label)
    for key, measure in after.items():
        if key not in before:
            yield Change("measure_added", new.number, measure.label)


def _keyed(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for key, text in old.items():
        if key not in new:
            yield Change(f"{what}_removed", name=key, old=text)
        elif text != new[key]:
            yield Change(f"{what}_reworded", name=key, old=text, new=new[key])
    for key in new:
        if key not in old:
            yield Change(f"{what}_added", name=key, new=new[key])


def _cases(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    after = {item.key: item for item in new.veto}
    for before in old.veto:
        item = after.get(before.key, before)
        if item.cases_note != before.cases_note:
            yield Change("veto_note", None, item.key, _shown(before.cases_note), _shown(item.cases_note))
        for case in before.cases:
            if case not in item.cases:
                yield Change("case_removed", name=item.key, old=case)
        for case in item.cases:
            if case not in before.cases:
                yield Change("case_added", name=item.key, new=case)


def _added(new: Mapping[Name, str], pairs: Mapping[Name, Name]) -> list[Name]:
    taken = set(pairs.values())
    return [name for name in new if name not in taken]
