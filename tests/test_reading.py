"""What officers type on a phone is read as they mean it, or asked back with the code of what is wrong.

In the tables: what it means, or ! and the code, before the colon; the ways of typing it after it, between bars.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest

from bot import reading
from bot.reading import Unreadable

TODAY = date(2026, 8, 19)  # a Wednesday

NUMBERS = """
92.5: 92.5 | ９２．５ | 92。5 | 92·5 | 92.50 | 92.5。 | 92点5 | 九十二点五 | 92.5 % | 百分之九十二点五 | 百分之92.5
0: 0 | -0 | 零 | 0次 | 零件
1200: 1,200 | １，２００ | 1，200 | 共计 1,200 件 | 1200.00 | 一千二
1200000.5: 1,200,000.5
12: \ufeff12\u200b | 十二 | 12人次 | 12名执法人员 | 拾贰 | \u2f17\u2f06
20: 二十
23: 廿三
105: 一百零五 | 一百○五 | 壹佰零伍
115: 一百十五 | 一百一十五
150: 一百五
2300: 两千三 | 2千3
2003: 两千零三
12000: 一万二 | 1万2 | 1万2千 | 1万2000 | 1.2万
10002: 一万零二
30500: 三万零五百 | 三万五百
105000: 十万零五千
10500000: 一千零五十万
120000000: 一亿两千万 | 1.2亿 | 1亿2 | 12000万元
12300: 壹万贰仟叁佰
35000: 3.5万 | 3.5万元 | 三点五万 | ￥35,000.00元整
300: 3百 | 300块
102.5: 一百零二点五
10.5: 十点五
0.5: 0.5 | 零点五 | 千分之五
90: 九成 | 9成 | 完成九成 | 90% | 90％ | 约90% | 90左右 | 占比九成 | 九成左右
92: 九成二 | 92分 | ９成２
95: 九成半 | 9.5成 | 九成5 | 达到95%
100: 十成 | 百分之百 | 百分之一百 | 均为100%
5: 5个百分点 | 举办了5场 | 5个月 | +5 | 5家单位 | 5.
40: 大约 40 学时 | 40学时 | 人均40学时 | 40学时/人 | 大概40个学时吧
3: 差不多三次 | 三次 | 3 次 | 有3次 | 3个 | 3天 | 三回 | 全年3次！
-5: -5 | －5 | −5 | 负五
999999999999999: 999999999999999
!range: 5-6 | 5到6 | 5～6次 | 5—6 | 5至6 | 三四次 | 七八十 | 十七八个 | 三五个 | 三、四次 | 5或6 | 90%-95% |
    八九成 | 百分之九十到九十五 | 一两次 | 15～20人
!not_exact: 不到5 | 90%以上 | 超过90 | 至少5次 | 近90% | 90多 | 一百余人 | 十几 | 几十个 | 好几次 | 3万多 | ≥90% |
    90+ | 最多3次 | 不低于80% | 数十次 | 上百人 | 十来个 | 几次
!number: | 😀 | 92分之 | 1e5 | inf | nan | 1234567890123456 | 1,234,567,890,123,456 | 0.1234567890123456 |
    百 | 5 6 | 92 5 | 1,20 | 12,00 | 1,2000 | 1.2.3 | --5 | 2022年 | 9月9日 | 第三次 | 没有 |
    一百二点五 | 一百零 | 二十十 | 一万二万 | 九二 | 0x10 | ٣ | ½ | 三分之二 | 42/45 | 计划3次 | 不是3次 | 92? | 多少 |
    99999999亿亿 | 9999999999亿 | 3万5.5 | 42人（女3人）
"""

PERCENTS = """
92: 92 | 92% | 九成二 | 92/100 | 100分之92
0.92: 0.92%
93.33: 42/45 | 42 / 45 | 四十五分之四十二 | 约42/45 | 42人/45人
33.33: 1/3
66.66: 三分之二
80: 1,200/1,500
100: 45/45 | 全部 | 全覆盖 | 百分百 | 百分之百
0: 0/45 | 0
50: 一半
1: 1
0.5: 0.5% | 千分之五 | 百分之零点五
!ratio: 0.92 | 零点九二 | 约0.92
!number: 3/0 | /45 | 42/ | 1/2/3 | 42%/45 | -1/45 | 92分之 | 分之 | 42比45
!not_exact: 90%以上 | 一半多
!range: 90-95%
"""

COUNTS = """
3: 3 | 三次 | 3.0 | 共3件
12000: 1万2
0: 0 | 0次
!whole: 2.5 | -1 | 90% | 九成
!not_exact: 十几
!number: 没有
"""

DAYS = """
2026-08-17: 前天 | 这周一
2026-08-18: 昨天
2026-08-19: 今天 | 今日 | 就今天 | 今天吧 | 即日起 | 今晚 | 今天（周三） | 周三 | 礼拜三 | 本周三 | 8.19(三)
2026-08-20: 明天 | 明天上午 | 明天下午三点半 | 二十号前
2026-08-21: 后天 | 周五 | 周5 | 本周五下班前
2026-08-22: 大后天 | 3天后
2026-08-23: 星期天 | 本周日
2026-08-24: 下个星期一 | 从下周一开始
2026-08-25: 周二
2026-08-28: 下周五 | 下周五前
2026-08-10: 上周一
2026-09-02: 下下周三 | 两周后 | 两个星期之后
2026-09-09: 9月9日 | 九月九日 | 9月9号 | 9月9 | 9.9 | 9/9 | 09-09 | ９月９日 | 9。9 | 9 9 | 9 月 9 日 |
    9月9日（周三） | 9月9日星期三 | 周三9月9日 | 9月9日(周三)前 | 9月9日起（星期三） | 9月9日起 | 9月9日之前 |
    9月9日17:30 | 9月9日 17：30 前 | 9.9 9:30 | 9月9日下班前 | 2026-09-09 | 2026/9/9 | 2026.9.9 | 2026年9月9日 |
    20260909 | 2026－9－9 | 2026 9 9 | 2026—9—9 | 2026 年 9 月 9 日 | 2026-09-09 17:30:00 | 2026-09-09T17:30 |
    26年9月9日 | 自2026年9月9日起施行 | 2026年9月9日印发
2026-09-10: 9.10
2026-10-29: 十月廿九
2026-01-01: 元月一日
2026-02-02: \u2f06\u2f49\u2f06\u2f47
2022-09-09: 二〇二二年九月九日 | 二零二二年9月9日 | 二○二二年九月九日 | 二0二二年九月九日 | 二O二二年九月九日 |
    22年9月9日 | 22.9.9 | 二二年九月九日
1998-07-01: 98年7月1日
1985-03-01: 85.3.1
2026-03-01: 今年3月1日
2025-03-01: 去年3月1日
2027-01-01: 明年1月1日 | 明年年初
2024-02-29: 2024年2月29日 | 2024年2月底
2026-07-31: 上月底
2026-08-31: 月底 | 本月底 | 8月底 | 月末 | 31号 | 截至8月31日
2026-09-30: 下个月底 | 9月底前
2026-09-01: 下月初 | 9月初
2026-02-28: 二月底
2025-12-31: 去年底
2026-12-31: 十二月三十一日 | 年底 | 2026年底前
2026-08-09: 9号 | 九日 | 9日前 | 本月9日
2026-09-05: 下月5号
2026-07-15: 上个月15日
2026-08-16: 三天前
2026-08-29: 十天以后
2026-09-19: 一个月后
2026-02-19: 六个月前
2027-08-19: 一年后
!weekday: 9月9日（周五） | 周五9月9日 | 9月9日星期五前
!no_such_day: 2月30日 | 2026年2月29日 | 9月31号 | 13月1日 | 20261301 | 9.0 | 2026-00-10
!day_missing: 2026年8月 | 8月 | 八月份 | 2026-08 | 2026.8 | 202608 | 2026年 | 下个月 | 下周 | 明年 | 2026年8月前 |
    9月中旬
!day: | 好 | 9 | 尽快 | 下班后 | 几天后 | 三四天后 | 周末 | 9月9日或10日 | 9月9日至12日 | 9.9.22 | 90909 | 三日前 |
    2026-9-9-9 | 农历九月初九 | 三日后 | 9999年后 | 三三三三年九月九日 | 12月3 1日 | 13月 | 😀 | 前 | （） |
    9月9日左右 | 月9日 | 月
"""

MOBILES = """
13800138000: 13800138000 | 138 0013 8000 | 138-0013-8000 | １３８００１３８０００ | +8613800138000 |
    +86 138-0013-8000 | 86-13800138000 | 8613800138000 | 008613800138000 | （+86）13800138000 | Tel：13800138000 |
    手机：13800138000 | 电话13800138000。 | \u202d13800138000\u202c | 138.0013.8000 | 138—0013—8000
!mobile: | 没有 | 5678 | 138001380000 | 12800138000 | 021-64120000 | 138abc00138000 | ١٣٨٠٠١٣٨٠٠٠ |
    13800138000 13900139000
"""

LINKS = """
https://www.example.gov.cn/a/b.html: https://www.example.gov.cn/a/b.html | HTTPS://www.example.gov.cn/a/b.html
https://mp.weixin.qq.com/s?__biz=MzA=&mid=26#rd: 《关于……的通知》https://mp.weixin.qq.com/s?__biz=MzA=&mid=26#rd
http://example.cn/a: 见http://example.cn/a，请查收 | （http://example.cn/a） | (http://example.cn/a). |
    http://example.cn/a。 | [标题](http://example.cn/a) | 标题\thttp://example.cn/a\t正文 | http://example.cn/a http://example.cn/a
http://example.cn/a.html: http://example.cn/a.html请查收
http://example.cn/附件/1.pdf: http://example.cn/附件/1.pdf。
http://example.cn/a_(1): http://example.cn/a_(1)，
https://example.gov.cn: example.gov.cn | 网址:example.gov.cn | https：//example.gov.cn | ｅｘａｍｐｌｅ．gov．cn
https://www.example.gov.cn/a: www.example.gov.cn/a | www.example.gov.cn/a，第三条
http://10.1.2.3:8080/a?b=1: http://10.1.2.3:8080/a?b=1
https://example.cn/@x: https://example.cn/@x
!link: | 没有链接 | https:// | http://内网/a | https://user:pass@example.cn/ | https://user@example.cn |
    javascript:alert(1) | javascript:location='https://example.cn' | file:///C:/a.doc |
    data:text/html,www.example.cn | ftp://example.cn/a | someone@example.com | some.one.cn@example.com |
    报告.docx | www.example.com.docx | https://a.cn https://b.cn |
    https://-example.cn | https://example..cn | https://example.cn:port/ | 3.5 | 2026.9.9
"""

CHOICES = """
1: 1 | 1\ufe0f\u20e3 | 1. | 1、 | (1) | 壹
1 3: 1,3 | １、３ | 一 三 | 一三 | ①③ | 第1和第3个 | 3,1,3 | 1。3 | 1.3 | 1 和 3 | 第1、3项
1 2 3: 1-3 | 一至三 | 1 2 3 | 第一到第三 | 前三项
1 2: ⑴、⑵ | 前两个 | 1️⃣2️⃣
2: 第二个 | 选2 | 我选第二个吧 | 2号 | 选项2
4 5: 后两个
5: 5 | 最后一个
1 2 5: 1～2，5
1 2 3 4 5: 全部 | 都选 | 都要 | 全部都要
!choice: | 0 | 6 | 1,6 | 13 | 1-9 | 3-1 | -1 | 1- | 好 | 都不选 | 1-99999999999 | 第 | ， | 1.5万 | ½ | 十二 | 三个 |
    1或2
"""

ORDINALS = """
0: 0 | 零
3: 3 | 三 | 叁 | 03
13: 13 | 十三 | 拾叁
20: 廿 | 二十
60: 六十
105: 105 | 一百零五 | 一百〇五
!number: | 三四 | 一三 | 百 | 3.5 | 三点五 | -3 | 第三 | 3、
"""

YES_NO = """
True: 是 | 有 | 好 | 对 | 嗯 | 可以 | 同意 | yes | Y | OK | 是的 | 有的 | 好的 | 好。 | 嗯嗯 | 对对对 | 可以的 |
    没错 | 没问题 | 行 | √ | 好吧 | [OK] | ＯＫ | 确认无误 | 恩
False: 否 | 没有 | 无 | 不是 | 不 | 不用 | 暂无 | 没 | 没有。 | 不用了 | 不是的 | 没有了 | 暂时没有 | 还没有 | no |
    N | 不需要 | 不同意 | ×
!yes_no: | 1 | 0 | 有没有 | 是不是 | 是吗 | 可以吗 | 不知道 | 不错 | 可能有 | 😀 | 有3个 | 对不起
"""

WORDS = """
0: | \u3000 | \u200b
1: ① | café | \U00020000 | 92.5%
2: 法治 | hello world | …… | —— | ＡＢ | 法\u200b治
3: 法治， | 2022年abc-1.5 | a，b
6: 第11项，92.5%。 | “一网、一门
9: 闽人社函〔2022〕267号
"""

READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "number": (NUMBERS, reading.read_number),
    "percent": (PERCENTS, reading.read_percent),
    "count": (COUNTS, reading.read_count),
    "day": (DAYS, lambda text: reading.read_day(text, TODAY)),
    "mobile": (MOBILES, reading.read_mobile),
    "link": (LINKS, reading.read_link),
    "choices": (CHOICES, lambda text: " ".join(map(str, reading.read_choices(text, 5)))),
    "ordinal": (ORDINALS, reading.read_ordinal),
    "yes_no": (YES_NO, reading.read_yes_no),
    "words": (WORDS, reading.word_count),
}


def typed() -> Iterator[tuple[str, str, str]]:
    for reader, (table, _) in READERS.items():
        for row in table.replace("|\n    ", "| ").strip().splitlines():
            meaning, texts = row.split(": ", 1)
            for text in texts.split("| "):
                yield reader, text.removesuffix(" "), meaning


@pytest.mark.parametrize(("reader", "text", "meaning"), list(typed()))
def test_what_people_type_is_read_or_asked_back(reader: str, text: str, meaning: str) -> None:
    try:
        said = str(READERS[reader][1](text))
    except Unreadable as unreadable:
        said = f"!{unreadable.code}"
    assert said == meaning


@pytest.mark.parametrize(
    ("read", "text", "params"),
    [
        (reading.read_percent, "约0.92", {"given": Decimal("0.92")}),
        (READERS["day"][1], "9月9日（周五）", {"day": date(2026, 9, 9), "weekday": 4}),
        (READERS["day"][1], "2月30日", {"year": 2026, "month": 2, "day": 30}),
        (reading.read_mobile, "+86 1380013800", {"digits": 10}),
        (reading.read_mobile, "13800138000 13900139000", {"digits": 22}),
        (reading.read_link, "https://a.cn https://b.cn", {"found": 2}),
        (reading.read_link, "https://example.cn/" + "a" * 2000, {"found": 1}),
        (READERS["choices"][1], "6", {"most": 5}),
    ],
)
def test_the_sentence_that_asks_again_gets_its_values(
    read: Callable[[str], object], text: str, params: dict[str, object]
) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert caught.value.params == params


def test_a_month_on_from_its_last_day_stays_in_the_next_month() -> None:
    assert reading.read_day("一个月后", date(2026, 1, 31)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    "text", ["明天", "昨天", "下周一", "上周一", "下月5号", "上月底", "后年1月1日", "前年年底", "一年前"]
)
def test_the_ends_of_the_calendar_are_no_fault(text: str) -> None:
    for today, near in ((date.min, date(4, 1, 1)), (date.max, date(9996, 1, 1))):
        try:
            day = reading.read_day(text, today)
        except Unreadable:
            continue
        assert min(today, near) <= day <= max(today, near)


def test_tidy_folds_figures_and_leaves_prose() -> None:
    assert reading.tidy("\ufeff１２．５％ ａＢ\u200b／－\u3000x\n") == "12.5%aB/-x"
    assert reading.tidy("您好，（法治）：是？！——") == "您好，（法治）：是？！——"
