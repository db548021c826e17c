"""The set-up by run.py, as real processes in a folder with spaces and Chinese characters and a stand-in for uv."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import run

SOURCE = Path(run.__file__)
PRODUCT = """
import json, os, sys
print(json.dumps([sys.argv[1:], os.getcwd(), sys.flags.utf8_mode]))
sys.exit(int("7" in sys.argv) * 7)
"""
# A pip.py or venv.py in the folder stands in for the real one, because Python looks there first.
PIP = """print("global.index-url='https://mirror.invalid/simple'")"""
# Makes an environment of the running Python alone, notes its calls, and does at `pip` what the test has written.
UV = """#!/bin/sh
echo "$@ from $UV_DEFAULT_INDEX" >> uv-calls
case $1 in
  venv) mkdir -p .venv/bin && ln -s "$3" .venv/bin/python ;;
  pip) . ./at-install ;;
esac
"""


@dataclass
class Project:
    """A copy of the project with nothing to install."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "run.py"), *arguments]

    def start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*arguments), capture_output=True, encoding="utf-8", check=False)

    def start_in_background(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        command = self.command()
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, encoding="utf-8", start_new_session=True)

    def at_install(self, script: str) -> None:
        (self.folder / "at-install").write_text(script)

    def installs(self) -> list[str]:
        calls = self.folder / "uv-calls"
        return [line for line in calls.read_text().splitlines() if line.startswith("pip")] if calls.exists() else []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder = tmp_path / "法治 助手"
    for name in ("requirements", "bot", ".tools"):
        (folder / name).mkdir(parents=True)
    for name in ("base", "test", "uv"):
        (folder / "requirements" / f"{name}.txt").write_text("")
    (folder / "run.py").write_bytes(SOURCE.read_bytes())
    (folder / "bot" / "__main__.py").write_text(PRODUCT)
    (folder / "pip.py").write_text(PIP)
    monkeypatch.setattr(run, "ROOT", folder)
    monkeypatch.setattr(run, "TOOLS", folder / ".tools")
    uv = run.uv_folder() / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(UV)
    uv.chmod(0o755)
    copy = Project(folder)
    copy.at_install("exit 0")
    return copy


def test_an_older_python_can_read_the_file_and_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 6))
    with pytest.raises(SystemExit) as left:
        run.refuse_old_python((3, 10, 13))
    assert left.value.code == 2
    assert (
        capfd.readouterr().err
        == "需要 Python 3.11 或更高版本，当前为 3.10.13，请安装后用 python3.11 run.py 重新运行。\n"
    )


def test_the_product_gets_arguments_folder_and_utf8_from_anywhere_with_an_empty_environment(
    project: Project, tmp_path: Path
) -> None:
    command = project.command("serve", "甲 乙", "7")
    done = subprocess.run(command, cwd=tmp_path, env={"LC_ALL": "POSIX"}, capture_output=True, check=False)
    assert json.loads(done.stdout) == [["serve", "甲 乙", "7"], str(project.folder), 1]
    assert done.returncode == 7
    assert done.stderr.decode() == "正在准备运行环境，首次约需一分钟，请稍候。\n运行环境已就绪。\n"


def test_a_second_start_installs_nothing_and_changed_requirements_do(project: Project) -> None:
    project.start()
    again = project.start()
    assert (again.returncode, again.stderr, len(project.installs())) == (0, "", 1)
    (project.folder / "requirements" / "base.txt").write_text("# renewed\n")
    project.start()
    assert len(project.installs()) == 2


def test_the_environment_for_tests_serves_the_product_too(project: Project) -> None:
    assert project.start("bench", "--quick").stdout.startswith('[["bench", "--quick"]')
    assert project.installs()[0].endswith("-r requirements/test.txt from https://mirror.invalid/simple")
    project.start()
    assert len(project.installs()) == 1


def kill_half_way(project: Project) -> None:
    os.mkfifo(project.folder / "begun")
    project.at_install("echo > begun; exec cat begun")
    killed = project.start_in_background()
    (project.folder / "begun").read_text()
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    project.at_install("exit 0")


def test_a_set_up_killed_half_way_is_made_good_by_the_next(project: Project) -> None:
    kill_half_way(project)
    assert project.start().returncode == 0
    assert len(project.installs()) == 2


def test_the_environment_before_a_killed_set_up_comes_back_with_its_requirements(project: Project) -> None:
    project.start()
    (project.folder / "requirements" / "base.txt").write_text("# renewed\n")
    kill_half_way(project)
    (project.folder / "requirements" / "base.txt").write_text("")
    assert project.start().stderr == ""
    assert len(project.installs()) == 2


def test_two_set_ups_at_once_install_once(project: Project) -> None:
    os.mkfifo(project.folder / "gate")
    project.at_install("cat gate")
    first = project.start_in_background()
    with (project.folder / "gate").open("w"):
        second = project.start_in_background()
        assert second.stderr is not None
        assert second.stderr.readline() == "另一处正在安装运行环境，请稍候。\n"
    for process in (first, second):
        process.communicate()
        assert process.returncode == 0
    assert len(project.installs()) == 1


def test_an_installer_that_outlives_a_killed_run_is_waited_for(project: Project) -> None:
    os.mkfifo(project.folder / "gate")
    project.at_install("cat gate; echo > outlived")
    killed = project.start_in_background()
    with (project.folder / "gate").open("w"):
        killed.kill()
        killed.wait()
        project.at_install("exit 0")
        following = project.start_in_background()
        assert following.stderr is not None
        assert following.stderr.readline() == "另一处正在安装运行环境，请稍候。\n"
    following.communicate()
    killed.communicate()
    assert following.returncode == 0
    assert (project.folder / "outlived").exists()


def test_a_failure_is_one_sentence_and_leaves_the_former_environment(project: Project) -> None:
    project.start()
    (project.folder / "requirements" / "base.txt").write_text("# renewed\n")
    (project.folder / "wheels").mkdir()
    project.at_install("exit 1")
    (project.folder / "venv.py").write_text("raise OSError(28, 'No space left on device')")
    failed = project.start()
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.splitlines()[1:] == ["磁盘空间不足，请清理后重新运行。"]
    assert "--no-index --find-links wheels --require-hashes" in project.installs()[-1]
    (project.folder / "requirements" / "base.txt").write_text("")
    assert project.start().stderr == ""


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: failed to write: No space left on device (os error 28)", "磁盘空间不足"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "清单不一致"),
        ("virtual environment was not created successfully because ensurepip is not\navailable.", "python3-venv"),
        ("[Errno 13] Permission denied: '.tools'", "没有写入权限"),
        ("Failed to establish a new connection: [Errno -3]\nERROR: No matching distribution found", "检查网络"),
        ("ERROR: No matching distribution found for jinja2==3.1.6", "安装包不全"),
        ("Traceback (most recent call last):", "setup.log"),
    ],
)
def test_every_failure_is_told_in_a_sentence(output: str, sentence: str) -> None:
    assert sentence in run.explain(output)


def test_uv_gets_the_package_sources_of_pip() -> None:
    config = "\n".join(
        [
            "global.index-url='https://user.invalid/simple'",
            "global.extra-index-url='\\nhttps://one.invalid/ a\\nhttps://two.invalid/'",
            "install.find-links='/one /two'",
            "global.timeout='60'",
            ":env:.index-url='https://variable.invalid/simple'",
        ]
    )
    assert run.uv_settings(config) == {
        "UV_DEFAULT_INDEX": "https://variable.invalid/simple",
        "UV_INDEX": "https://one.invalid/ a https://two.invalid/",
        "UV_FIND_LINKS": "/one,/two",
    }


def test_requirements_are_pinned_hashed_without_addresses_and_shared_by_the_tests() -> None:
    pins = {}
    for name in ("base", "test", "uv"):
        content = (SOURCE.parent / "requirements" / f"{name}.txt").read_text()
        assert "://" not in content
        entries = re.findall(r"^[a-z].*(?:\n .*)*", content, re.MULTILINE)
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
        pins[name] = {entry.split("\\")[0] for entry in entries}
    assert pins["base"] < pins["test"]
    assert len(pins["uv"]) == 1


def test_missing_programs_are_named_where_they_cannot_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {"chromium": "", "postgresql": "/usr/bin", "fonts-noto-cjk": ""}
    monkeypatch.setattr(run, "programs", lambda: places)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(run.SetupError, match="测试还缺 chromium、fonts-noto-cjk，请由管理员"):
        run.ensure_programs()


def test_checks_stop_at_the_first_failure_and_arguments_are_for_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def recorded(module: list[str]) -> int:
        ran.append(module)
        return 3 if module[0] == "mypy" else 0

    monkeypatch.setattr(run, "ensure", lambda level: None)
    monkeypatch.setattr(run, "ensure_programs", lambda: None)
    monkeypatch.setattr(run, "run", recorded)
    assert run.test([]) == 3
    assert [module[0] for module in ran] == ["ruff", "ruff", "mypy"]
    assert run.test(["-k", "x"]) == 0
    assert ran[-1] == ["pytest", "-k", "x"]
