"""File names are made safe to show, keep their Chinese, and are read for a date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files import Unfit, date_in_name, safe_name

TODAY = date(2022, 8, 20)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("２０２２年法治政府建设报告（终稿）.docx", "２０２２年法治政府建设报告（终稿）.docx"),
        ("第1.2节 报告", "第1.2节 报告"),
        ("报告.pdf. . ", "报告.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe"),
        ("../../etc/报告.pdf", "报告.pdf"),
        ("C:\\fakepath\\报告.pdf", "报告.pdf"),
        ("报\x00告\r\n\u200b.pdf", "报告.pdf"),
        ("..报告: 一?.pdf", "报告_ 一_.pdf"),
        ("关于\ud800意见.pdf", "关于意见.pdf"),
        ("长" * 300 + ".docx", "长" * 195 + ".docx"),
        ("长" * 300, "长" * 200),
    ],
)
def test_safe_name(name: str, shown: str) -> None:
    assert safe_name(name) == shown


@pytest.mark.parametrize("name", ["", " . ", "...", ".pdf", "a/", "\u202e\u200b", "\x00.txt"])
def test_a_name_of_which_nothing_is_left(name: str) -> None:
    with pytest.raises(Unfit) as caught:
        safe_name(name)
    assert caught.value.code == "name"


@given(st.text())
def test_any_name_is_safe_or_refused(name: str) -> None:
    try:
        shown = safe_name(name)
    except Unfit:
        return
    assert 0 < len(shown) <= 200
    assert shown == shown.strip()
    assert not set(shown) & set('/\\<>:"|?*\0\u202e')


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("会议纪要2022-06-30.pdf", date(2022, 6, 30)),
        ("20220630.pdf", date(2022, 6, 30)),
        ("2022年6月30日局务会.docx", date(2022, 6, 30)),
        ("２０２２年６月３０日.docx", date(2022, 6, 30)),
        ("2022.6.30.docx", date(2022, 6, 30)),
        ("IMG_20220630_101010.jpg", date(2022, 6, 30)),
        ("微信图片_20220630101010.jpg", date(2022, 6, 30)),
        ("IMG20220630101010123.heic", date(2022, 6, 30)),
        ("Screenshot_2022-06-30-10-10-10.png", date(2022, 6, 30)),
        ("20221345 改 2022-7-1.pdf", date(2022, 7, 1)),
        ("20230821.pdf", date(2023, 8, 21)),
        ("20230822.pdf", None),
        ("2022年6月.pdf", None),
        ("1999-12-31.pdf", None),
        ("2022-02-30.pdf", None),
        ("110101202206301234.pdf", None),
        ("2022-06/30.pdf", None),
        ("〔2022〕267号.pdf", None),
        ("报告.pdf", None),
    ],
)
def test_date_in_name(name: str, written: date | None) -> None:
    assert date_in_name(name, TODAY) == written
