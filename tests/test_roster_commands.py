"""import-roster: what operators read, with which exit code, and what is in the database afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sample_files import pdf
from tests.sample_rosters import roster, somebody
from tests.test_catalogue_commands import Installation

TREE = [("平安省人社厅", "省", ""), ("平安市人社局", "市", "平安省人社厅")]


def person(name: str, mobile: str, unit: str = "信访科", **more: str) -> dict[str, str]:
    return somebody(unit, name, mobile, 局="平安市人社局", **more)


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.chdir(tmp_path)
    return Installation(tmp_path)


def put(installation: Installation, *people: dict[str, str], name: str = "名册.xlsx") -> str:
    place = installation.folder / name
    place.write_bytes(roster(people, TREE))
    return str(place)


def test_a_template_is_written_once(installation: Installation) -> None:
    said = installation.said("import-roster", "--template", "模板.xlsx")
    assert said == "模板已写入 模板.xlsx。填好后运行 import-roster 模板.xlsx --dry-run 核对。"
    assert "没有覆盖" in installation.stopped("import-roster", "--template", "模板.xlsx")
    assert "无法写入" in installation.stopped("import-roster", "--template", "没有/模板.xlsx")
    assert installation.stopped("import-roster") == "请写明名册文件，或用 --template 写明模板存到哪里。"
    assert installation.said("import-roster", "模板.xlsx").endswith("没有需要改动的。")


def test_dry_run_import_and_import_again(installation: Installation) -> None:
    file = put(installation, person("甲", "13800000001"), person("乙", "13800000002", "工会"))
    counted = "新增局 2、部门 2、人员 2、岗位 2。"
    assert installation.said("import-roster", file, "--dry-run").startswith(f"{counted}\n以上是核对结果，没有导入。")
    assert installation.said("import-roster", file) == f"{counted}\n已导入。"
    unchanged = "不变局 2、部门 2、人员 2、岗位 2。\n没有需要改动的。"
    assert installation.said("import-roster", file) == unchanged
    assert installation.process("import-roster", file) == (0, "不变局 2、部门 2、人员 2、岗位 2。")


def test_faults_are_told_by_sheet_row_and_column_with_what_to_do_next(installation: Installation) -> None:
    file = put(installation, person("甲", "138"), person("", "13800000002"), person("丙", "13800000003"),
               person("丁", "13800000004"))  # fmt: skip
    told = installation.stopped("import-roster", file).splitlines()
    assert told == [
        "“人员”表第2行“手机”：应为1开头的11位手机号，现有3位（平安市人社局 信访科）",
        "“人员”表第3行“姓名”：没有填写（平安市人社局 信访科）",
        "请留意：“人员”表第4行“角色”：该部门法治员将有2名，名额是1名",
        "新增局 2、部门 1、人员 2、岗位 2。",
        "什么都没有导入：名册有 2 处需要改正。请改好后重试，或加 --skip-wrong 略去有误的行，只导入其余。",
    ]
    assert installation.stopped("import-roster", file, "--dry-run").splitlines() == told
    assert installation.said("import-roster", file, "--skip-wrong").endswith("已导入，略去有误的 2 行。")


def test_a_chosen_part_is_imported(installation: Installation) -> None:
    file = put(
        installation, person("甲", "13800000001"), person("乙", "13800000002", "工会"), person("丙", "1", "团委")
    )
    said = installation.said("import-roster", file, "--only", "平安省人社厅", "--only", "平安市人社局/工会")
    assert said == "新增局 2、部门 1、人员 1、岗位 1。\n已导入。"
    stopped = installation.stopped("import-roster", file, "--only", "平安市人社局/老干部科")
    assert stopped == "名册里没有“平安市人社局/老干部科”。请核对 --only 的写法：局，或 局/部门。"


def test_what_cannot_be_read_is_said_with_what_to_do(installation: Installation) -> None:
    def told(name: str, data: bytes) -> str:
        (installation.folder / name).write_bytes(data)
        return installation.stopped("import-roster", name)

    assert "请检查路径和权限" in installation.stopped("import-roster", "没有.xlsx")
    assert told("名册.xlsx", pdf()) == "文件名以 .xlsx 结尾，内容却是 pdf，请把扩展名改为 .pdf 后重新发送。"
    assert told("名册.pdf", pdf()) == "文件无法读取，请用办公软件打开，另存为 .xlsx 后再试。"
    assert told("大.xlsx", bytes(6 << 20)) == "文件超过 5 MB，请删去图片和无关的表后再试。"
    assert "“人员”表：文件里没有这张表" in told("空.xlsx", empty())


def empty() -> bytes:
    from tests.sample_rosters import workbook

    return workbook({"名单": [["姓名"]]})
