"""Figures as officers type them: 92.5, １，２００, 一百零五, 1万2, 九成二, 百分之九十, 42/45."""

import math
import re
from decimal import Decimal
from fractions import Fraction

from bot.reading.text import Unreadable, fold

_LONGEST = 40
_MOST_DIGITS = 15

_SPELLINGS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億〇○", "一二三四五六七八九十百千万亿零零") | {
    ord("廿"): "二十",
    ord("卅"): "三十",
}
_DIGIT = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
_SCALES = (("亿", 10**8), ("万", 10**4), ("千", 1000), ("百", 100), ("十", 10))
_ZERO_IN_A_ROW = re.compile("(?<=[一二三四五六七八九])[0Oo]+(?=[一二三四五六七八九年])")
_ARABIC = re.compile(r"[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:[,，][0-9]{3})+(?![0-9])")
_DECIMALS = re.compile("(.+)点([零一二三四五六七八九]+|[0-9]+)")
_SHORTENED = re.compile("[百千万亿][一二两三四五六七八九]$")

_LEADING_WORDS = re.compile(
    "^(?:大约|大概|差不多|约|估计|一共|总共|共计|合计|总计|累计|共|计|平均|人均|年均|每人|每年|全年|本年|今年"
    "|占比|比例|比率|已经|已|均|都|达到|达|占|为|是|有|(?:开展|举办|组织|完成|办理|参加)了?|[¥￥])+"
)
_CLOSING_WORDS = re.compile("(?:左右|上下)?[吧整]?[。.,，;；!！]*$")
_COUNTED_IN = re.compile(
    "(?:个?(?:学时|课时|小时|工作日)|分钟|人次|场次|个月|平方米|公里"
    "|[人名位次回件起宗项个场期份户家天周条篇部本册处页张种类例组所台套批届分元块倍字门堂节间辆支米亩吨])"
    "(?:执法人员|工作人员|人员|干部|律师|单位|窗口|企业|文件|合同|案件|决定|事项|制度|会议|培训|活动)?"
    "(?:/[人年月次])?$"
)
_PERCENT = re.compile("(?:%|个?百分点)$")
_TENTHS = re.compile("(.+)成([一二三四五六七八九1-9半]?)")
_HUNDREDTHS = re.compile("([百千])分之(.+)")
_BETWEEN = re.compile("[-~—至到、或]+")
_INEXACT = re.compile(
    "不到|不足|不满|未满|近|超|[多大小少低高]于|至少|至多|最[多少高低]|以[上下内外]|[多余几来]|数[十百千万次]|上[百千万]|若干|[<>≤≥+]"
)
_WHOLE = {"全部": 100, "全覆盖": 100, "百分百": 100, "一半": 50}


def one_spelling(text: str) -> str:
    """The text with one character for each numeral: 壹 → 一, 〇 and ○ → 零, 廿 → 二十, 二0二二年 → 二零二二年."""
    return _ZERO_IN_A_ROW.sub(lambda zeros: "零" * len(zeros[0]), text.translate(_SPELLINGS))


def numeral(text: str) -> Decimal:
    """The value of one unsigned numeral, Arabic, Chinese or mixed, in the spelling of `one_spelling`.

    As spoken, a last digit counts the next lower scale: 两千三 is 2300, 1万2 is 12000.
    Raises Unreadable "range" for 三四 and 七八十, "number" for anything else that is not one numeral.
    """
    decimal = _DECIMALS.fullmatch(text)
    if decimal:
        # 一百二点五 may be meant as 102.5 or as 120.5.
        if _SHORTENED.search(decimal[1]):
            raise Unreadable("number")
        return numeral(decimal[1]) + Decimal("0." + "".join(str(_DIGIT.get(digit, digit)) for digit in decimal[2]))
    for scale, size in _SCALES:
        head, found, tail = text.partition(scale)
        if found:
            return _scaled(head, size, tail)
    return _unscaled(text)


def _scaled(head: str, size: int, tail: str) -> Decimal:
    """`head` times `size`, and what `tail` adds to it."""
    times = Decimal(1) if size == 10 and not head else numeral(head)
    if times <= 0 or (size <= 1000 and times >= 10) or (tail and times % 1):
        raise Unreadable("number")
    if not tail:
        return times * size
    rest = numeral(tail.removeprefix("零")) * (size // 10 if len(tail) == 1 else 1)
    if rest >= size or rest % 1:
        raise Unreadable("number")
    return times * size + rest


def _unscaled(text: str) -> Decimal:
    if _ARABIC.fullmatch(text):
        return Decimal(text)
    digits = [_DIGIT.get(character, -1) for character in text]
    if len(digits) == 2 and min(digits) > 0 and (digits[1] - digits[0] == 1 or digits == [3, 5]):
        raise Unreadable("range")
    if len(digits) != 1 or digits[0] < 0:
        raise Unreadable("number")
    return Decimal(digits[0])


def _line(text: str) -> str:
    """What is left to read: no white space, no words around the figure."""
    folded = one_spelling(fold(text))
    # Two figures with a space between are two answers, and must not become one number.
    if len(folded) > _LONGEST or re.search("[0-9] [0-9]", folded):
        raise Unreadable("number")
    # Chinese keyboards give 。 and · where a decimal point was meant.
    figure = re.sub("(?<=[0-9])[。·](?=[0-9])", ".", folded.replace(" ", ""))
    grouped = _GROUPED.sub(lambda group: re.sub("[,，]", "", group[0]), figure)
    if re.search(f"[0-9]{{{_MOST_DIGITS + 1}}}", grouped):
        raise Unreadable("number")
    return _CLOSING_WORDS.sub("", _LEADING_WORDS.sub("", grouped), count=1)


def _plain(value: Decimal) -> Decimal:
    """The same value without exponent or closing zeros. Raises Unreadable "number" beyond 15 digits."""
    if value.adjusted() >= _MOST_DIGITS or len(value.as_tuple().digits) > _MOST_DIGITS:
        raise Unreadable("number")
    return Decimal(int(value)) if value == int(value) else value.normalize()


def _amount(line: str) -> tuple[Decimal, bool]:
    """The figure that the line states, and whether it says that it is a percentage."""
    negative = line[:1] in ("-", "负")
    body = line[1:] if negative or line[:1] == "+" else line
    part = _HUNDREDTHS.fullmatch(body)
    tenths = _TENTHS.fullmatch(body)
    if part:
        value = Decimal(100) if part[2] == part[1] == "百" else numeral(part[2]) / (1 if part[1] == "百" else 10)
    elif tenths:
        value = numeral(tenths[1]) * 10 + (5 if tenths[2] == "半" else numeral(tenths[2] or "零"))
    else:
        value = numeral(_COUNTED_IN.sub("", _PERCENT.sub("", body)))
    return _plain(-value if negative else value), bool(part or tenths or _PERCENT.search(body))


def _stated(line: str) -> tuple[Decimal, bool]:
    """As `_amount`, but where there is no figure, says what was written instead of one."""
    try:
        return _amount(line)
    except Unreadable as unreadable:
        if unreadable.code == "number":
            raise Unreadable(_why_not(line)) from None
        raise


def _why_not(line: str) -> str:
    ends = _BETWEEN.split(line)
    try:
        if len(ends) == 2 and all(_amount(end) for end in ends):
            return "range"
    except Unreadable:
        pass
    states_something = re.search("[0-9几数零一二两三四五六七八九十百千万]", line)
    return "not_exact" if states_something and _INEXACT.search(line) else "number"


def read_number(text: str) -> Decimal:
    """The one figure that the text states; 九成 and 90% are 90, 1万2 is 12000, 约 and units are passed over.

    Raises Unreadable "range" (5-6, 五六十), "not_exact" (不到5, 90%以上, 十几) or "number" (anything else,
    and more than 15 digits). Negative figures are read; whether they are allowed is for the field to say.
    """
    return _stated(_line(text))[0]


def read_percent(text: str) -> Decimal:
    """A percentage (92 for 92%), also as a share: 42/45 and 三分之二 are rounded down to two decimals.

    Raises as `read_number`, and Unreadable "ratio" (given: Decimal) for a bare figure between 0 and 1,
    which may mean 92% written as 0.92.
    """
    line = _line(text)
    if line in _WHOLE:
        return Decimal(_WHOLE[line])
    whole, is_share, part = line.partition("分之")
    if not is_share:
        part, is_share, whole = line.partition("/")
    if is_share and whole not in ("百", "千"):
        return _share(part, whole)
    value, marked = _stated(line)
    if not marked and 0 < value < 1:
        raise Unreadable("ratio", given=value)
    return value


def _share(part: str, whole: str) -> Decimal:
    (numerator, part_marked), (denominator, whole_marked) = _stated(part), _stated(whole)
    if part_marked or whole_marked or numerator < 0 or denominator <= 0:
        raise Unreadable("number")
    return _plain(Decimal(math.floor(Fraction(numerator) * 10_000 / Fraction(denominator))) / 100)


def read_count(text: str) -> int:
    """A whole number from 0 on. Raises as `read_number`, and Unreadable "whole" for 2.5, -1 and 90%."""
    value, marked = _stated(_line(text))
    if marked or value < 0 or value % 1:
        raise Unreadable("whole")
    return int(value)
