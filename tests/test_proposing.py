"""Indicators are proposed from what a file is called: the right one is nearly always among three, and nonsense gets none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogues import read_catalogue
from models.demo import CATALOGUE
from models.proposing import MOST, propose

OFFICIAL = read_catalogue((CATALOGUE / "indicators-2022.yaml").read_bytes())
ALL = range(1, 61)
NAMES = {
    "大厅自助机.jpg": 1, "行政许可事项清单（2026年版）.xlsx": 2, "告知承诺书样本.docx": 3, "证照分离改革工作总结.docx": 4,
    "权责清单公布截图.pdf": 5, "市场准入负面清单.pdf": 6, "局网站收费公示.png": 7, "双随机一公开抽查计划.pdf": 8,
    "公平竞争审查表.doc": 9, "政策兑现名单.xlsx": 10, "一窗通办受理清单.xlsx": 11, "老年人绿色通道.jpg": 12, "回访好差评截图.png": 13,
    "规范性文件征求意见公告截图.png": 15, "规范性文件合法性审核意见书.pdf": 18, "规范性文件备案报告.pdf": 19,
    "规范性文件清理结果公告.pdf": 20, "重大行政决策事项目录公开截图.png": 23, "社会稳定风险评估报告.pdf": 25,
    "合法性审查意见书（重大合同）.pdf": 26, "法律顾问坐班记录.xlsx": 27, "会议纪要.docx": 28, "根治欠薪专项执法检查通知.pdf": 30,
    "行政指导约谈记录.docx": 31, "欠薪案件移送公安.pdf": 32, "行政执法公示栏.jpg": 33, "亮证执法照片.jpg": 34, "双公示网站截图.png": 35,
    "送达回证.jpg": 36, "处罚文书.pdf": 37, "重大执法决定法制审核目录清单.docx": 38, "法制审核人员名单.xlsx": 39,
    "行政执法案卷评查通报2026.docx": 40, "听证笔录.pdf": 41, "责任追究办法.docx": 42, "执法证年审名单.xlsx": 43,
    "罚没收入缴库凭证.jpg": 44, "行政诉讼应诉情况统计.xlsx": 46, "媒体曝光问题处理情况.docx": 47, "轮岗通知.pdf": 48,
    "依申请公开答复书.pdf": 49, "信访办理回复.pdf": 50, "应急演练照片.jpg": 51, "普法照片2026-05-04.jpg": 52,
    "劳动仲裁调解案例.docx": 53, "旁听庭审照片.jpg": 55, "学法照片2.jpg": 55, "宪法宣誓仪式照片.jpg": 56,
    "法治政府建设年度报告.pdf": 58, "年度考核述法材料.docx": 59, "预算表.xlsx": 60,
}  # fmt: skip
"""What officers call their files, and the indicator they mean; some with hardly a word of its wording."""


def test_the_right_indicator_is_nearly_always_among_the_proposed() -> None:
    missed = [name for name, number in NAMES.items() if number not in propose(OFFICIAL, name, ALL)]
    assert len(missed) <= len(NAMES) * 0.15, missed


def test_it_is_mostly_the_first() -> None:
    first = [name for name, number in NAMES.items() if propose(OFFICIAL, name, ALL)[:1] == [number]]
    assert len(first) >= len(NAMES) * 0.7


@pytest.mark.parametrize(
    "name",
    ["IMG_2024.jpg", "微信图片_20260705101512.jpg", "DSC_0001.JPG", "扫描件.pdf", "新建文本文档.txt", "截图.png", "附件1.docx",
     "照片.jpg", "未命名.docx", "mmexport1690000000.jpg", "文件.pdf", "工作总结.docx", "通知.docx", "最终版2.docx", "a.pdf", "", "图"],
)  # fmt: skip
def test_nonsense_proposes_nothing(name: str) -> None:
    assert propose(OFFICIAL, name, ALL) == []


def test_a_number_in_the_name_comes_first() -> None:
    assert propose(OFFICIAL, "第40项 宪法宣誓.pdf", ALL) == [40, 56]
    assert propose(OFFICIAL, "指标5佐证.pdf", ALL)[0] == 5
    assert propose(OFFICIAL, "第400项.pdf", ALL) == propose(OFFICIAL, "第2季度.pdf", ALL) == []


def test_only_what_may_be_proposed_is() -> None:
    assert propose(OFFICIAL, "行政执法案卷评查通报.docx", range(41, 61))[:1] != [40]
    assert propose(OFFICIAL, "行政执法案卷评查通报.docx", [40]) == [40]
    assert propose(OFFICIAL, "行政执法案卷评查通报.docx", []) == []


@given(st.text(max_size=60), st.sets(st.integers(-5, 99)))
def test_whatever_it_is_called_few_and_only_the_allowed_are_proposed(name: str, among: set[int]) -> None:
    proposed = propose(OFFICIAL, name, among)
    assert len(proposed) == len(set(proposed)) <= MOST
    assert set(proposed) <= among
