"""The operators' commands explain themselves in Chinese, and end with the usual exit codes."""

import re

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from bot.__main__ import cli

FOREIGN = re.compile(r"[A-Za-z][A-Za-z-]+")
WRITTEN = re.compile(r"python3 run\.py|--[a-z-]+|\.ya?ml|\.xlsx")
"""What is typed as it stands."""


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, arguments)
    return done.exit_code, done.stdout, done.stderr


def every_command() -> list[tuple[str, ...]]:
    """All there are, the groups and the whole among them."""
    found: list[tuple[str, ...]] = [()]
    for path in found:
        command = get_command(cli)
        for name in path:
            assert isinstance(command, TyperGroup)
            command = command.commands[name]
        if isinstance(command, TyperGroup):
            found += [(*path, name) for name in command.commands]
    return found


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_every_command_explains_itself_in_chinese(path: tuple[str, ...]) -> None:
    code, help_, wrong = run(*path, "--help")
    assert (code, wrong) == (0, "")
    names = {name for one in every_command() for name in one} | {"test"}
    words = set(FOREIGN.findall(WRITTEN.sub("", help_)))
    assert words <= names
    lines = [line for line in help_.splitlines() if line.startswith("  ")]
    assert lines
    assert all(re.search("[\u4e00-\u9fff]", re.split(" {2,}", line.strip())[-1]) for line in lines)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("demo --prt 1", "没有选项 --prt，要写的可能是 --port。"),
        ("demo --xyz", "没有选项 --xyz。"),
        ("demo --port x", "“--port 端口号”写得不正确。"),
        ("demo --lan=1", "选项 --lan 的值缺少或者多余。"),
        ("chat", "缺少“--as 人员”。"),
        ("chat --as", "选项 --as 的值缺少或者多余。"),
        ("catalogue load", "缺少“文件”。"),
        ("migrate 现在", "写得过多，或者有误。"),
    ],
)
def test_a_command_that_cannot_be_understood_is_told_why(arguments: str, said: str) -> None:
    code, printed, wrong = run(*arguments.split())
    assert (code, printed) == (2, "")
    assert wrong.startswith(f"{said}\n用法：python3 run.py")
    assert FOREIGN.findall(re.sub(r"python3 run\.py.*|--[a-z]+", "", wrong)) == []


def test_where_there_is_no_such_command_the_others_are_named() -> None:
    code, _, wrong = run("catalogue", "lod")
    assert code == 2
    assert wrong.startswith("没有这个命令，可用的有：load、diff、move。")


def test_a_group_alone_is_explained_as_a_mistake() -> None:
    code, _, wrong = run("catalogue")
    assert code == 2
    assert wrong == run("catalogue", "--help")[1]
