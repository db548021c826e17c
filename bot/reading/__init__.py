"""Reads what people type on a phone: figures, days, mobile numbers, links, choices, yes and no.

Pure functions of the text. Each returns the value or raises `Unreadable`, whose code names the sentence
that asks again; none guesses where two readings are likely. Figures and days have files of their own.
"""

import re
import unicodedata

from bot.reading.dates import read_day
from bot.reading.numbers import numeral, one_spelling, read_count, read_number, read_percent
from bot.reading.text import Unreadable, fold, tidy, word_count
from bot.reading.times import read_time

__all__ = [
    "ORDINAL",
    "Unreadable",
    "read_choices",
    "read_count",
    "read_day",
    "read_link",
    "read_mobile",
    "read_number",
    "read_ordinal",
    "read_percent",
    "read_time",
    "read_yes_no",
    "tidy",
    "word_count",
]

ORDINAL = "[0-9]{1,4}|[〇○零一二两三四五六七八九十廿百千]{1,7}"
"""What the number of an item or a line looks like, as a regular expression; `read_ordinal` reads it."""

_YES = re.compile(
    "是|有|好|对|[嗯恩]|行|可以?|(?:同|愿)意|(?:需?要)|确[认定有]|没错|没问题|(?:确认)?无误|属实|当然|yes|y|ok|[√✓✔]"
)
_NO = re.compile(
    "否|没|没有|无|未|不是?|不[用必行要对好]|不需要|不可以?|不(?:同|愿)意"
    "|(?:暂|暂时|目前|还|并|从|尚)(?:没|没有|无|未|未有)|no|n|[×✗✘]"
)

_COUNTRY_CODE = re.compile(r"[（(]?(?:\+86|0086|86(?=[-）)]))[）)]?")
_MOBILE = re.compile("(?:86)?(1[3-9][0-9]{9})")
_BEFORE_MOBILE = re.compile("^[A-Za-z\u4e00-\u9fff]{1,12}[.:：,，]?(?=[0-9+（(])")

_LONGEST_LINK = 2000
_PATH_MARKS = r"A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%"
# Chinese characters belong to an address only where a part of it begins; elsewhere prose has begun.
_WITH_SCHEME = re.compile(
    rf"(?<![A-Za-z])(https?)[:：]//([{_PATH_MARKS}]+(?:(?<=[/=_-])[\u4e00-\u9fff]+[{_PATH_MARKS}]*)*)", re.I | re.A
)
_WITHOUT_SCHEME = re.compile(
    r"(?<![A-Za-z0-9@._/=-])()((?:www\.[a-z0-9-]+|[a-z0-9-]+)(?:\.[a-z0-9-]+)*\.(?:cn|com|net|org)"
    rf"(?![A-Za-z0-9@-]|\.[A-Za-z0-9])(?:[:/?#][{_PATH_MARKS}]*)?)",
    re.I | re.A,
)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]+(?::[0-9]{1,5})?(?=[/?#]|$)", re.I | re.A)
_OTHER_SCHEME = re.compile("(?:javascript|vbscript|data|file)[:：]", re.I)

_LONGEST_CHOICE = 200
_BEFORE_CHOICE = re.compile("^(?:选项|我?(?:选择?|要)|就)+")
_ALL = re.compile("全部|所有|全|(?:全部|全都|全部都|全|都)[选要]|(?:以上)?(?:全|都)是|以上(?:全部|所有)")
_NUMBER = "([0-9]+|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
# 第三个 is the third; 三个 may mean three of them, and is not read.
_ORDINAL = re.compile(f"第{_NUMBER}[个项条种位类人]?|{_NUMBER}号")
_CHOICES = re.compile(f"{_NUMBER}(?: ?[-~—至到]+ ?{_NUMBER})?[ ,，、.。;；/+&和与跟及]*")
_AT_AN_END = re.compile("(前|最?后)([0-9]+|[一二两三四五六七八九十])[个项条种位类人]")


def read_mobile(text: str) -> str:
    """The 11 digits of a mainland mobile number, with or without +86, spaces, dashes or a word in front.

    Raises Unreadable "mobile" (digits: how many were written, the country code not counted).
    """
    typed = _BEFORE_MOBILE.sub("", tidy(text)).rstrip("。.,，;；")
    local = _COUNTRY_CODE.sub("", typed, count=1) if _COUNTRY_CODE.match(typed) else typed
    found = _MOBILE.fullmatch(re.sub("[-—.·()（）]", "", local))
    if found is None:
        raise Unreadable("mobile", digits=sum(character in "0123456789" for character in local))
    return found[1]


def read_link(text: str) -> str:
    """The one http or https address in the text, as written; https:// is put before a host without scheme.

    Raises Unreadable "link" (found: how many different ones) where there is none, several, one with a
    user name, one of more than 2000 characters, or a scheme that runs or opens something on the reader's side.
    """
    shown = fold(text)
    matches = list(_WITH_SCHEME.finditer(shown)) or list(_WITHOUT_SCHEME.finditer(shown))
    links = {f"{(found[1] or 'https').lower()}://{_without_closing_marks(found[2])}" for found in matches}
    if len(links) != 1 or _OTHER_SCHEME.search(shown, 0, matches[0].start()):
        raise Unreadable("link", found=len(links))
    link = links.pop()
    if len(link) > _LONGEST_LINK or not _HOST.match(link.partition("://")[2]):
        raise Unreadable("link", found=1)
    return link


def _without_closing_marks(address: str) -> str:
    """Without the marks that close the sentence or bracket in which the address stands."""
    brackets = "".join(closing for opening, closing in ("()", "[]") if opening not in address)
    return address.rstrip(".,;:!?'" + brackets)


def read_choices(text: str, n: int) -> list[int]:
    """The numbers of the choices (1 to `n`) that the text names, sorted, each once.

    Reads 1,3 and 一 三 and 1-3 and ①③ and 第二个 and 前两个 and 全部. Raises Unreadable "choice" (most: n).
    """
    unreadable = Unreadable("choice", most=n)
    shown = fold(text)
    if len(shown) > _LONGEST_CHOICE:
        raise unreadable
    line = _choices_line(shown)
    if n >= 1 and _ALL.fullmatch(line):
        return list(range(1, n + 1))
    if end := _AT_AN_END.fullmatch(line):
        count = int(numeral(end[2]))
        line = f"1-{count}" if end[1] == "前" else f"{n - count + 1}-{n}"
    chosen: set[int] = set()
    position = 0
    while position < len(line):
        found = _CHOICES.match(line, position)
        if found is None:
            raise unreadable
        first, last = int(numeral(found[1])), int(numeral(found[2] or found[1]))
        if not 1 <= first <= last <= n:
            raise unreadable
        chosen.update(range(first, last + 1))
        position = found.end()
    if not chosen:
        raise unreadable
    return sorted(chosen)


def read_ordinal(text: str) -> int:
    """The number of an item, line or question, in figures or Chinese: 13, 十三. Raises Unreadable "number"."""
    try:
        value = numeral(one_spelling(text))
    except Unreadable:
        raise Unreadable("number") from None
    if value % 1:
        raise Unreadable("number")
    return int(value)


def _choices_line(shown: str) -> str:
    """What is left to read: plain numbers for 第二个, ①, (1) and the keycaps of phones, no words around them."""
    plain = "".join(
        f" {int(unicodedata.numeric(character))} " if unicodedata.category(character) == "No" else character
        for character in re.sub("[()（）\u20e3]", " ", shown)
    )
    line = one_spelling(_BEFORE_CHOICE.sub("", " ".join(plain.split())).strip(" 。.,，、;；!！吧"))
    if line.startswith("第"):
        line = line.rstrip("个项条种位类人")
    return " ".join(_ORDINAL.sub(r" \1\2 ", line).split())


def read_yes_no(text: str) -> bool:
    """True for 是, 有, 好, 可以 and the like, False for 否, 没有, 无, 不用 and the like.

    Figures are choices, not answers here. Raises Unreadable "yes_no".
    """
    typed = tidy(text).lower().strip("。.,，、;；!！~[]")
    if len(typed) <= 10:
        # 嗯嗯, 对对对, 是的, 好吧
        once = re.sub(r"(.)\1+", r"\1", re.sub("(?<=.)[的了啊呀哦呢吧]+$", "", typed))
        if _YES.fullmatch(once):
            return True
        if _NO.fullmatch(once):
            return False
    raise Unreadable("yes_no")
