"""Set up the project's environment, then run a command in it: python3 run.py [demo | test | bench | serve | ...].

Needs Python 3.11 and nothing else; the file still parses on 3.6, so that an older Python is refused in words.
Sentences for people stand here, not in templates/, because nothing can be rendered before the set-up.
"""

import ast
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

WINDOWS = sys.platform == "win32"
ROOT = Path(__file__).resolve().parent
# The interpreter outside any environment: run.py may have been started with the one that it is about to replace.
BASE_PYTHON = str(getattr(sys, "_base_executable", None) or sys.executable)
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
STAMP = VENV / "complete"
FORMER = ROOT / ".venv-former"
TOOLS = ROOT / ".tools"
LOG = TOOLS / "setup.log"

REQUIREMENTS = {"uv": ["uv.txt"], "base": ["base.txt"], "test": ["base.txt", "test.txt"]}
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
NO_NETWORK = "无法连接软件源，请检查网络后重新运行；不能联网时，请将安装包放入 wheels 文件夹。"
# What the output of an installer tells about the cause, the surest sign first.
CAUSES = (
    (r"No space left|Errno 28\b|os error 28\b", "磁盘空间不足，请清理后重新运行。"),
    (r"(?i)hash mismatch|do not match the hashes", "下载的安装包与清单不一致，请更换软件源后重新运行。"),
    (r"ensurepip is not|No module named '?venv", "缺少 venv 组件，请用 apt 安装 python3-venv 后重新运行。"),
    (r"Permission denied|Read-only|Errno (13|30)\b", "没有写入权限，请换用文件夹所有者的账户重新运行。"),
    (r"[cC]onnection|[tT]imed? ?out|Max retries|ProxyError|CERTIFICATE|sending request", NO_NETWORK),
    (r"No matching distribution|not found in", "安装包不全，请补齐软件源或 wheels 文件夹后重新运行。"),
)
UNKNOWN_CAUSE = "运行环境未能装好，原因见 .tools/setup.log，请处理后重新运行。"
CHECKS = (
    (["ruff", "check", "."], "代码检查未通过，请按上面的提示修改。"),
    (["ruff", "format", "--check", "."], "代码格式不一致，请在 .venv 中运行 ruff format 后重试。"),
    (["mypy", "--strict", "bot", "handlers", "models", "run.py"], "类型检查未通过，请按上面的提示修改。"),
    (["pytest", "-n", "auto", "--dist", "loadscope"], "测试未通过，请按上面的失败记录修改。"),
)


class SetupError(Exception):
    """The set-up cannot go on. The message is one sentence for the person: what is wrong and what to do."""


def say(sentence: str) -> None:
    """Write a sentence to standard error, readable whatever the locale says."""
    sys.stderr.buffer.write((sentence + "\n").encode("utf-8"))
    sys.stderr.buffer.flush()


def refuse_old_python(version: "tuple[int, ...]") -> None:
    """Leave with a sentence and code 2 where Python is older than 3.11."""
    if version < (3, 11):
        running = ".".join(map(str, version))
        say(f"需要 Python 3.11 或更高版本，当前为 {running}，请安装后用 python3.11 run.py 重新运行。")
        sys.exit(2)


refuse_old_python(sys.version_info[:3])


def digest(level: str) -> str:
    """What an environment of this level is made from: the running Python's version and the pinned requirements."""
    pins = [(ROOT / "requirements" / name).read_bytes() for name in REQUIREMENTS[level]]
    return hashlib.sha256(repr((sys.version_info[:2], sys.platform, pins)).encode()).hexdigest()


def is_ready(level: str) -> bool:
    """Whether the environment is complete, runs, and holds what this level asks for now."""
    return PYTHON.exists() and STAMP.exists() and digest(level) in STAMP.read_text().split()


def explain(output: str | None = None) -> str:
    """One sentence on why an installer with this output (if not given, the log's) failed, and what to do next."""
    text = LOG.read_text(encoding="utf-8", errors="replace") if output is None else output
    return next((sentence for sign, sentence in CAUSES if re.search(sign, text)), UNKNOWN_CAUSE)


@contextmanager
def only_set_up() -> Iterator[None]:
    """Hold the right to change the environment; waits for another set-up to end (not on Windows)."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        if sys.platform != "win32":
            # Installers inherit the lock, so one that outlives a killed run.py is waited for as well.
            os.set_inheritable(lock.fileno(), True)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("另一处正在安装运行环境，请稍候。")
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def clean_environment() -> dict[str, str]:
    """The caller's variables, in UTF-8 mode and without those that would mix another Python's packages in."""
    foreign = {"PYTHONHOME", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in foreign} | {"PYTHONUTF8": "1"}


def uv_settings(pip_config: str) -> dict[str, str]:
    """The variables that give uv the package sources of `pip config list`; a variable overrides a file, as in pip."""
    settings = {}
    for section in ("global.", "install.", ":env:."):
        for line in pip_config.splitlines():
            name, _, value = line.removeprefix(section).partition("=")
            if line.startswith(section) and name in PIP_TO_UV:
                separator = "," if name == "find-links" else " "
                settings[PIP_TO_UV[name]] = separator.join(ast.literal_eval(value).split())
    return settings


def installer_environment() -> dict[str, str]:
    """Variables for pip and uv: this machine's package sources, no questions, no download of interpreters."""
    environment = clean_environment() | {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1"}
    list_command = [BASE_PYTHON, "-m", "pip", "config", "list"]
    pip_config = subprocess.run(list_command, env=environment, capture_output=True, encoding="utf-8", check=False)
    # Hashes decide what is installed, so any of the sources may bring it.
    fixed = {"UV_PYTHON_DOWNLOADS": "never", "UV_INDEX_STRATEGY": "unsafe-best-match", "UV_NO_PROGRESS": "1"}
    return uv_settings(pip_config.stdout) | environment | fixed


def succeeds(command: list[str], environment: dict[str, str]) -> bool:
    """Run one step of the set-up, its output going to the log; a program that cannot be started has failed."""
    TOOLS.mkdir(exist_ok=True)
    with LOG.open("ab", buffering=0) as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        try:
            return subprocess.call(command, env=environment, stdout=log, stderr=log, close_fds=False) == 0
        except OSError as error:
            log.write(f"{error}\n".encode())
            return False


def uv_folder() -> Path:
    """Where pip puts the uv that requirements/uv.txt pins."""
    return TOOLS / f"uv-{digest('uv')[:12]}"


def fetched_uv(options: list[str], environment: dict[str, str]) -> bool:
    """Whether uv is there, brought by pip if need be; without it pip does the work, only slower."""
    if uv_folder().exists():
        return True
    for outdated in TOOLS.glob("uv-*"):
        shutil.rmtree(outdated)
    unfinished = TOOLS / "uv-unfinished"
    install = [BASE_PYTHON, "-m", "pip", "install", "--retries", "2", "--target", str(unfinished), *options]
    fetched = succeeds([*install, "-r", "requirements/uv.txt"], environment)
    if fetched:
        unfinished.rename(uv_folder())
    return fetched


def build(level: str) -> None:
    """Make .venv from nothing with exactly the pinned requirements. Raises SetupError."""
    LOG.write_bytes(b"")
    environment = installer_environment()
    source = ["--no-index", "--find-links", "wheels"] if Path("wheels").is_dir() else []
    options = [*source, "--require-hashes"]
    wanted = [*options, "-r", f"requirements/{level}.txt"]
    if fetched_uv(options, environment):
        uv = str(uv_folder() / "bin" / "uv")
        install = [uv, "pip", "install", "--python", str(PYTHON), "--compile-bytecode", *wanted]
        if succeeds([uv, "venv", "--python", BASE_PYTHON, str(VENV)], environment) and succeeds(install, environment):
            return
        shutil.rmtree(VENV, ignore_errors=True)
    elif explain() == NO_NETWORK:
        raise SetupError(NO_NETWORK)
    install = [str(PYTHON), "-m", "pip", "install", *wanted]
    if not (succeeds([BASE_PYTHON, "-m", "venv", str(VENV)], environment) and succeeds(install, environment)):
        raise SetupError(explain())


def recover() -> None:
    """After a set-up that did not finish, bring back the environment before it; after one that did, remove that."""
    if STAMP.exists():
        shutil.rmtree(FORMER, ignore_errors=True)
    elif FORMER.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        FORMER.rename(VENV)


def ensure(level: str) -> None:
    """Make the environment hold this level's requirements; one that does costs no process. Raises SetupError."""
    if is_ready(level):
        return
    with only_set_up():
        recover()
        if is_ready(level):
            return
        say("正在准备运行环境，首次约需一分钟，请稍候。")
        try:
            if VENV.exists():
                VENV.rename(FORMER)
            build(level)
            STAMP.write_text(f"{digest('base')}\n{digest(level)}\n")  # every level includes base
        finally:
            recover()
        say("运行环境已就绪。")


def programs() -> dict[str, str]:
    """What the tests drive, by Debian package: where it is, or an empty string where this machine lacks it."""
    browsers = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    servers = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    initdb = shutil.which("initdb") or max(servers, key=lambda path: float(path.split("/")[4]), default="")
    found = {"chromium": next(browsers, ""), "postgresql": os.path.dirname(initdb)}
    if sys.platform == "linux":  # other systems bring Chinese fonts, and what Playwright's own Node.js needs
        found["fonts-noto-cjk"] = subprocess.getoutput("fc-list :lang=zh-cn 2>/dev/null")
        found["libatomic1"] = "".join(glob.glob("/usr/lib*/libatomic.so.1") + glob.glob("/usr/lib/*/libatomic.so.1"))
    return found


def ensure_programs() -> None:
    """Install what the tests drive, where root can; what is then missing is named in a SetupError, never skipped."""
    missing = [package for package, place in programs().items() if not place]
    by_apt = bool(shutil.which("apt-get"))
    if missing and by_apt and sys.platform != "win32" and os.geteuid() == 0:
        say(f"正在安装测试所需程序：{'、'.join(missing)}。")
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update"], ["install", "-y", *missing]):
            succeeds(["apt-get", "-o", "DPkg::Lock::Timeout=600", *step], environment)
        missing = [package for package, place in programs().items() if not place]
    if missing:
        way = f"执行 apt-get install -y {' '.join(missing)} " if by_apt else "安装"
        raise SetupError(f"测试还缺 {'、'.join(missing)}，请由管理员{way}后重新运行。")


def run(module: list[str]) -> int:
    """Run a module of the environment, told where the programs for tests are; returns its exit code."""
    found = programs()
    environment = clean_environment() | {"PG_BIN": found["postgresql"], "CHROMIUM": found["chromium"]}
    return subprocess.call([str(PYTHON), "-m", *module], env=environment)


def test(arguments: list[str]) -> int:
    """All checks and tests up to the first that fails; with arguments only pytest. Returns an exit code."""
    ensure("test")
    ensure_programs()
    if arguments:
        return run(["pytest", *arguments])
    for command, advice in CHECKS:
        code = run(command)
        if code:
            say(advice)
            return code
    return 0


def product(arguments: list[str]) -> int:
    """Become the product, so that signals reach it; on Windows run it and return its exit code."""
    ensure("base")
    command = [str(PYTHON), "-m", "bot", *arguments]
    if not WINDOWS:
        os.execve(command[0], command, clean_environment())
    return subprocess.call(command, env=clean_environment())


def main(arguments: list[str]) -> int:
    """Carry out a command of the project, or pass it on to the product; returns an exit code."""
    os.chdir(ROOT)
    try:
        if arguments[:1] == ["test"]:
            return test(arguments[1:])
        if arguments[:1] == ["bench"]:
            ensure("test")
            return run(["bot", *arguments])
        return product(arguments)
    except SetupError as error:
        say(str(error))
    except OSError as error:
        say(explain(str(error)))
    except KeyboardInterrupt:
        say("已中断，重新运行即可继续。")
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
