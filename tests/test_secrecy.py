"""密级 marks and bare words: which texts and names are stopped, which are asked about, and which are nobody's business."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot import secrecy
from bot.secrecy import Finding, is_marked, of_name, of_text
from models.catalogues import read_catalogue
from models.demo import CATALOGUE

MARKED, ASKED, CLEAR = Finding.MARKED, Finding.ASKED, Finding.CLEAR

TEXTS = {
    # the mark as GB/T 9704 has it, and as phones type it
    "机密★5年": MARKED,
    "机密★": MARKED,
    "秘密★10年\n关于核查有关情况的通知": MARKED,
    "绝密 ★ 长期": MARKED,
    "绝密★启用前": MARKED,
    "机　密　★　六个月": MARKED,
    "机密☆5年": MARKED,
    "机密＊5年": MARKED,
    "机密*５年": MARKED,
    "机密⭐5年": MARKED,
    "机密⭐\ufe0f5年": MARKED,
    "机密✩１年": MARKED,
    "★机密★": MARKED,
    "★机密": MARKED,
    "**秘密**": MARKED,
    "機密★5年": MARKED,
    "祕密★": MARKED,
    "機密級★5年": MARKED,
    "机\u2060密★5年": MARKED,
    "机密5年": MARKED,
    "秘密 三年": MARKED,
    "机密级 长期": MARKED,
    "密级：机密": MARKED,
    "密级: 秘密 3年": MARKED,
    # in brackets
    "〔机密〕": MARKED,
    "〔机密〕关于某某案件的情况": MARKED,
    "【秘密】请各科室阅": MARKED,
    "（绝密）": MARKED,
    "(绝密)": MARKED,
    "[机密]会议纪要": MARKED,
    "［机密★5年］": MARKED,
    "关于某某案件的情况（机密）": ASKED,
    "关于某某案件的情况（机密）\n一、基本情况": MARKED,
    # in a heading, with what stands around it
    "000123 机密★5年\n特急\n示范区人社局文件": MARKED,
    "特急\n秘密★1年": MARKED,
    "示范区人社局　　机密★5年\n示人社〔2022〕1号": MARKED,
    "转发：\n> 机密★5年\n> 关于某某的通知": MARKED,
    "机密\n关于某某的通知": MARKED,
    "关于某某的通知\n秘　密\n各科室：": MARKED,
    # talk about a mark, and below the heading
    "各科室有没有标着机密★5年的文件？": ASKED,
    "请问带〔机密〕字样的能发吗": ASKED,
    "\n".join([*map(str, range(12)), "机密★5年"]): ASKED,
    # bare words
    "机密": ASKED,
    "这份是机密文件": ASKED,
    "绝密，勿外传": ASKED,
    "附件涉密": ASKED,
    "本件属于秘密级": ASKED,
    "涉密材料见附件": ASKED,
    "机密：见附件": ASKED,
    "秘密文件3份已归档": ASKED,
    # what laws, notices and honest answers say
    "": CLEAR,
    "符合": CLEAR,
    "组织保密工作检查2次，签订保密承诺书。": CLEAR,
    "开展保守国家秘密法培训1次，参加45人。": CLEAR,
    "除涉及国家秘密、商业秘密、个人隐私外，全部公开。": CLEAR,
    "依法保护行政相对人的商业秘密": CLEAR,
    "劳动者应当保守用人单位的秘密": CLEAR,
    "公务员应当保守国家秘密和工作秘密": CLEAR,
    "执法人员不得泄露案件秘密": CLEAR,
    "拟公开信息逐件审查是否涉密。": CLEAR,
    "对拟公开信息逐条开展保密审查，未发现涉密信息": CLEAR,
    "严禁在微信群传输涉密文件": CLEAR,
    "涉密与否由承办科室判断": CLEAR,
    "不涉密": CLEAR,
    "该文件不涉密，可以公开": CLEAR,
    "涉密人员培训2次，涉密计算机检查3台": CLEAR,
    "建立涉密文件管理制度": CLEAR,
    "绝密、机密、秘密三级的界定": CLEAR,
    "领导班子民主测评采用秘密投票": CLEAR,
    "党和国家的秘密": CLEAR,
    # other words
    "已重置手机密码": CLEAR,
    "计算机密钥由专人保管": CLEAR,
    "杜绝密切往来影响公正": CLEAR,
    "干涉密集": CLEAR,
    "神秘密码": CLEAR,
}

NAMES = {
    "机密★5年关于某某的通知.docx": MARKED,
    "关于某某的通知（机密）.pdf": MARKED,
    "〔秘密〕会议纪要.docx": MARKED,
    "机密-关于某某的通知.doc": MARKED,
    "附件1.机密.xlsx": MARKED,
    "2022_绝密_名单.xlsx": MARKED,
    "秘密.txt": MARKED,
    "秘密 3年 名单.et": MARKED,
    "会议纪要 密级：机密.wps": MARKED,
    "D:\\机密\\名单.xlsx": MARKED,
    "机密文件清单.xlsx": ASKED,
    "涉密名单.xlsx": ASKED,
    "保守国家秘密培训签到表.pdf": CLEAR,
    "涉密人员培训签到表.pdf": CLEAR,
    "密级变更管理制度.docx": CLEAR,
    "保密承诺书.jpg": CLEAR,
    "手机密码重置说明.docx": CLEAR,
    "总结.docx": CLEAR,
}


@pytest.mark.parametrize(("text", "finding"), TEXTS.items(), ids=lambda one: repr(one)[:30])
def test_texts(text: str, finding: Finding) -> None:
    assert of_text(text) is finding


@pytest.mark.parametrize(("name", "finding"), NAMES.items(), ids=lambda one: repr(one)[:30])
def test_names(name: str, finding: Finding) -> None:
    assert of_name(name) is finding


def test_a_table_of_levels_to_choose_from_is_no_mark() -> None:
    assert not is_marked("文件登记表\n文号\n公开\n秘密\n机密\n绝密")
    assert is_marked("文件登记表\n密级\n秘密\n文号")


def test_a_mark_far_below_the_heading_of_a_file_does_not_count() -> None:
    assert not is_marked("\n".join([*(f"第{number}行" for number in range(20)), "机密★5年"]))


def test_every_line_of_the_list_is_needed_by_an_example() -> None:
    listed = yaml.safe_load(Path(secrecy.__file__).with_suffix(".yaml").read_text("utf-8"))
    texts = [*TEXTS, *NAMES]
    assert {one for one in listed["ordinary"] if not any(re.search(one, text) for text in texts)} == set()
    assert {one for one in listed["asked_about"] if of_text(f"这是{one}") is not ASKED} == set()


def test_the_official_wording_is_asked_about_nowhere() -> None:
    """Whoever quotes an indicator or a notice in an answer is not asked."""
    catalogue = read_catalogue((CATALOGUE / "indicators-2022.yaml").read_bytes())
    quoted = [one.text for one in catalogue.indicators]
    quoted += [line for path in (CATALOGUE / "notices").glob("*.md") for line in path.read_text("utf-8").splitlines()]
    assert len(quoted) > 300
    assert [text for text in quoted if of_text(text) is not CLEAR] == []
