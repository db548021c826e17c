"""Dates as officers type them: 今天, 下周五, 9月9号, 2026.9.9, 二〇二二年九月九日, 8月底, 三天后."""

import re
from calendar import monthrange
from datetime import date, timedelta

from bot.reading.numbers import numeral, one_spelling
from bot.reading.text import Unreadable, fold

_LONGEST = 40
# A two-digit year is of this century unless that lies further ahead than anyone plans: 85年 is 1985.
_YEARS_AHEAD = 10

_NAMED = {"大前天": -3, "前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "昨晚": -1}
_NAMED |= {"今天": 0, "今日": 0, "今儿": 0, "今早": 0, "今晚": 0, "即日": 0}
_NAMED |= {"明天": 1, "明日": 1, "明儿": 1, "明早": 1, "明晚": 1, "后天": 2, "后日": 2, "大后天": 3}
_YEARS_ON = {"今": 0, "本": 0, "去": -1, "上": -1, "明": 1, "来": 1, "前": -2, "后": 2}
_STEPS_ON = {"": 0, "本": 0, "这": 0, "当": 0, "上": -1, "上上": -2, "下": 1, "下下": 2}
_WEEKDAYS = {name: number % 7 for number, name in enumerate("一二三四五六日1234567")} | {"天": 6, "七": 6}

_DIGIT = "[零一二三四五六七八九]"
_DAY = "(?P<day>[0-9]{1,2}|[一二三]?十[一二三四五六七八九]?|零?[一二三四五六七八九])"
_MONTH = "(?P<month>[0-9]{1,2}|元|十[一二]?|零?[一二三四五六七八九])"
_YEAR = (
    rf"(?:(?P<year>(?:19|20)[0-9]{{2}}|[0-9]{{2}}|{_DIGIT}{{4}}|{_DIGIT}{{2}})[年./-]"
    "|(?P<years_on>[今本去上明来前后])年)"
)
_STEP = "(?:上上|下下|[本这当上下])"
_WEEK = "(?:周|星期|礼拜)"
_WEEKDAY = "[一二三四五六七日天1-7]"

_DIGITS_ONLY = re.compile("(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_IN_A_MONTH = re.compile(
    rf"(?:{_YEAR}?{_MONTH}(?:月份?|[./-])|(?P<months_on>{_STEP}个?|(?=月[底末初]))月)(?:{_DAY}[日号]?|(?P<edge>[底末初])|中|[上中下]旬)?"
)
_THIS_MONTH = re.compile(f"{_DAY}[日号]")
_EDGE_OF_YEAR = re.compile(rf"(?:{_YEAR}年?|年)(?P<edge>[底末初])")
_IN_A_WEEK = re.compile(rf"(?:(?P<weeks_on>{_STEP})个?)?{_WEEK}(?P<weekday>{_WEEKDAY})")
_FROM_TODAY = re.compile(
    "(?P<count>[0-9]{1,4}|[零一二两三四五六七八九十百千]{1,7})(?P<unit>天|周|个?星期|个?礼拜|个月|年)[之以]?(?P<side>[前后])"
)
# Three days ago, or before the third.
_EITHER = re.compile("[一二三四五六七八九十]+日[之以]?前")
_WITHOUT_DAY = re.compile(
    rf"(?:19|20)[0-9]{{2}}(?:年|[年./-]?(?:0?[1-9]|1[0-2]))|{_DIGIT}{{4}}年|[今本去明]年|{_STEP}个?{_WEEK}"
)

_PART_OF_DAY = "(?:凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|上班|下班|早|晚)"
_CLOCK = (
    "[0-9一二三四五六七八九十]{1,3}"
    "(?:[:：][0-9]{2}(?:[:：][0-9]{2})?|[点时](?:[0-9零一二三四五六七八九十]{1,3}分?|半|整|钟)?)"
)
_AROUND = re.compile(
    "^(?:从|自从|自|于|在|到|至|截至|截止[到至]?|是|定[于在]|预计|计划|拟|最[晚迟]|就)"
    rf"|^{_WEEK}(?P<before>{_WEEKDAY})[,，（(]?(?=[0-9])"
    rf"|[,，]?{_WEEK}(?P<after>{_WEEKDAY})$|[（(]{_WEEK}?(?P<within>{_WEEKDAY})[）)]$"
    rf"|[-T]?(?:{_PART_OF_DAY}?{_CLOCK}|{_PART_OF_DAY})$"
    "|(?:起|开始|之前|以前|前|为?止|吧|的|了|离[任职岗]|退休|到[任岗]|任职|生效|印发|发布|公布|公开|召开|[施执]行|[）)])$"
)


def read_day(text: str, today: date) -> date:
    """The day that the text names, seen from `today`.

    Without a year it is in the current year, a bare weekday is the next one from today on (today included),
    weeks begin on Monday, 底 and 初 are the last and the first day, 起, 前 and a time of day are passed over.
    Raises Unreadable:
    "no_such_day" (year, month, day) for 2月30日;
    "weekday" (day, and weekday as the person wrote it, 0 is Monday) where date and weekday disagree;
    "day_missing" for a month, week or year alone; "day" for anything else.
    """
    line = _line(text)
    weekdays: list[int] = []
    try:
        while (day := _exact(line, today)) is None:
            around = _AROUND.search(line)
            if around is None:
                raise Unreadable("day")
            weekdays += [_WEEKDAYS[name] for name in around.groups() if name]
            line = line[: around.start()] + line[around.end() :]
    except (OverflowError, ValueError):
        raise Unreadable("day") from None
    for weekday in weekdays:
        if weekday != day.weekday():
            raise Unreadable("weekday", day=day, weekday=weekday)
    return day


def _line(text: str) -> str:
    """What is left to read: no white space, one spelling, `.` and `-` for whatever a keyboard gave instead."""
    folded = one_spelling(fold(text))
    if len(folded) > _LONGEST:
        raise Unreadable("day")
    joined = re.sub("(?<=[0-9]) (?=[0-9])|—+", "-", folded).replace(" ", "")
    return re.sub("(?<=[0-9])[。·](?=[0-9])", ".", joined).rstrip("。.,，;；!！")


def _exact(line: str, today: date) -> date | None:
    """The day, if the line is nothing but a day. Raises as `read_day`."""
    if line in _NAMED:
        return today + timedelta(days=_NAMED[line])
    if _EITHER.fullmatch(line):
        raise Unreadable("day")
    if found := _FROM_TODAY.fullmatch(line):
        return _from_today(found, today)
    if found := _IN_A_WEEK.fullmatch(line):
        return _in_a_week(found, today)
    if found := _DIGITS_ONLY.fullmatch(line):
        return _existing(int(found["year"]), int(found["month"]), int(found["day"]))
    if found := _IN_A_MONTH.fullmatch(line):
        return _in_a_month(found, today)
    if found := _THIS_MONTH.fullmatch(line):
        return _existing(today.year, today.month, _whole(found["day"]))
    if found := _EDGE_OF_YEAR.fullmatch(line):
        year = _year(found, today)
        return date(year, 1, 1) if found["edge"] == "初" else date(year, 12, 31)
    if _WITHOUT_DAY.fullmatch(line):
        raise Unreadable("day_missing")
    return None


def _from_today(found: re.Match[str], today: date) -> date:
    count = _whole(found["count"]) * (1 if found["side"] == "后" else -1)
    if found["unit"] == "天":
        return today + timedelta(days=count)
    if found["unit"] not in ("个月", "年"):
        return today + timedelta(weeks=count)
    year, month = _months_on(today, count * (12 if found["unit"] == "年" else 1))
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def _in_a_week(found: re.Match[str], today: date) -> date:
    days = _WEEKDAYS[found["weekday"]] - today.weekday()
    if found["weeks_on"] is None:
        return today + timedelta(days=days % 7)
    return today + timedelta(days=days, weeks=_STEPS_ON[found["weeks_on"]])


def _in_a_month(found: re.Match[str], today: date) -> date:
    if found["month"] is None:
        year, month = _months_on(today, _STEPS_ON[found["months_on"].removesuffix("个")])
    else:
        year, month = _year(found, today), 1 if found["month"] == "元" else _whole(found["month"])
    if found["day"]:
        return _existing(year, month, _whole(found["day"]))
    if not 1 <= month <= 12:
        raise Unreadable("day")
    if found["edge"] is None:
        raise Unreadable("day_missing")
    return date(year, month, 1 if found["edge"] == "初" else monthrange(year, month)[1])


def _existing(year: int, month: int, day: int) -> date:
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        raise Unreadable("no_such_day", year=year, month=month, day=day)
    return date(year, month, day)


def _year(found: re.Match[str], today: date) -> int:
    if found["years_on"]:
        return today.year + _YEARS_ON[found["years_on"]]
    if found["year"] is None:
        return today.year
    digits = "".join(str("零一二三四五六七八九".find(digit)) if digit > "9" else digit for digit in found["year"])
    if len(digits) == 4 and digits[:2] not in ("19", "20"):
        raise Unreadable("day")
    if len(digits) == 4:
        return int(digits)
    return 2000 + int(digits) if 2000 + int(digits) <= today.year + _YEARS_AHEAD else 1900 + int(digits)


def _months_on(day: date, months: int) -> tuple[int, int]:
    """Year and month, so many months after the day's."""
    years, month = divmod(day.month - 1 + months, 12)
    return day.year + years, month + 1


def _whole(written: str) -> int:
    """The value of a day, month or count, Arabic or Chinese. Raises Unreadable "day" for 三四."""
    try:
        return int(numeral(written.lstrip("零")))
    except Unreadable:
        raise Unreadable("day") from None
