"""The rules of the house that reading code would not keep: who may know whom, what must be guarded."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from starlette.routing import Route

from bot.channels.terminal import NAME as TERMINAL
from bot.channels.web import NAME as WEB
from tests.dialogue_site import Site

ROOT = Path(__file__).parent.parent
NETWORK = {"aiohttp", "httpx", "socket", "requests", "urllib.request", "http.client", "asyncio", "uvicorn", "starlette"}
CHANNELS = {WEB, TERMINAL, "telegram", "wecom"}
TURN = tuple(f"bot/{name}.py" for name in ("router", "moves", "turn", "actor", "rows", "house", "render", "messages"))
"""Where everything begins that a turn calls, the handlers and models besides."""

NUMERALS = "零一二三四五六七八九十百千万亿日"
SENTENCE = re.compile(r"[\u4e00-\u9fff]{6,}")


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, a `from` also with each of its names behind it."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def file_of(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    found = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
    return found if found.is_file() else None


def offenders(paths: list[Path], forbidden: set[str], but: tuple[str, ...] = ()) -> list[str]:
    """`file: module` for each import of a forbidden module or of anything inside it."""
    return [
        f"{name_of(path)}: {module}"
        for path in paths
        if name_of(path) not in but
        for module in imports(path)
        if any(module == one or module.startswith(f"{one}.") for one in forbidden)
    ]


def test_the_machine_names_no_handler() -> None:
    named = offenders(sources("bot"), {"handlers"})
    assert named == ["bot/app.py: handlers"], "only the discovery may import the package, and no handler by name"


def test_models_know_nothing_of_chat() -> None:
    assert offenders(sources("models"), {"bot", "handlers"}) == []


def test_only_the_telegram_channel_imports_telegram() -> None:
    outside = [
        path for path in sources("bot", "handlers", "models") if not name_of(path).startswith("bot/channels/telegram")
    ]
    assert offenders(outside, {"telegram"}) == []


def called_by_turns() -> list[Path]:
    """The files that a turn may run: handlers, models, the router, and whatever of ours these import."""
    found = [*sources("handlers", "models"), *(ROOT / name for name in TURN)]
    for path in found:
        for module in imports(path):
            file = file_of(module)
            if file is not None and file not in found:
                found.append(file)
    return [path for path in found if "migrations" not in path.parts]


def test_nothing_that_a_turn_calls_knows_the_network() -> None:
    assert offenders(called_by_turns(), NETWORK) == []


def test_what_a_turn_calls_is_known() -> None:
    """The rule above is worth something only if its list reaches the engine."""
    reached = {name_of(path) for path in called_by_turns()}
    engine = (
        "flow",
        "fields",
        "talk",
        "asking",
        "conversation",
        "held",
        "moves",
        "commands",
        "router",
        "actions",
        "turn",
    )
    assert {name for name in engine if not any(re.match(rf"bot/{name}(\.py|/)", one) for one in reached)} == set()
    assert not any(name.startswith("bot/channels/") and name != "bot/channels/__init__.py" for name in reached)


def test_no_channel_is_named_outside_the_channels() -> None:
    found = []
    for path in sources("bot", "handlers", "models"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Compare) and not name_of(path).startswith("bot/channels/"):
                sides = [node.left, *node.comparators]
                names = {side.value for side in sides if isinstance(side, ast.Constant)} & CHANNELS
                asked = any(re.search(r"\bchannel$", ast.unparse(side)) for side in sides)
                found += [f"{name_of(path)}:{node.lineno}" for _ in names if asked]
    for path in sorted((ROOT / "templates").rglob("*.j2")):
        compared = re.compile(rf"""channel\w*\s*[!=]=\s*["'](?:{"|".join(CHANNELS)})""")
        found += [name_of(path) for _ in compared.findall(path.read_text("utf-8"))]
    assert found == []


def strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """The string literals of a file, docstrings left out."""
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements:
            yield node


def test_no_sentence_for_people_stands_in_code() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}: {words}"
        for path in sources("bot", "handlers")
        if path.parent.name != "reading"  # what people write is matched there, not what they are told
        for node in strings(tree_of(path))
        for words in SENTENCE.findall(str(node.value))
        if set(words) - set(NUMERALS)
    ]
    assert found == []


def test_every_setting_is_explained_in_the_example() -> None:
    from bot.channels.telegram.settings import PREFIX as TELEGRAM
    from bot.channels.telegram.settings import TelegramSettings
    from bot.channels.wecom.settings import PREFIX as WECOM
    from bot.channels.wecom.settings import WeComSettings
    from bot.settings import Settings

    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    settings = {line.lstrip("# ").partition("=")[0]: number for number, line in enumerate(lines) if "=" in line}
    ours = {name.upper() for name in Settings.model_fields}
    for prefix, channel in ((TELEGRAM, TelegramSettings), (WECOM, WeComSettings)):
        ours |= {prefix + name.upper() for name, field in channel.model_fields.items() if not field.validation_alias}
    assert ours - set(settings) == set()
    unexplained = [
        name for name, number in settings.items()
        if name in ours and (number == 0 or not lines[number - 1].startswith("# "))
    ]  # fmt: skip
    assert unexplained == []


def test_every_table_has_its_migration(tmp_path: Path) -> None:
    import sqlalchemy as sa
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from models import schema

    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    schema.migrate(url)
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.METADATA) == []
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.head()]


def test_no_call_of_the_page_is_answered_without_knowing_who_calls(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        routes = [(method, route.path) for route in site.web.routes if isinstance(route, Route)
                  for method in route.methods or () if route.path.startswith("/api/")]  # fmt: skip
        paths = [(method, re.sub(r"{\w+:int}", "1", re.sub(r"{\w+}", "12345678", path))) for method, path in routes]
        answers = {(method, path): site.run(site.http.request(method, path)).status_code for method, path in paths}
    finally:
        site.close()
    assert len(answers) >= 8
    assert {call for call, status in answers.items() if status != 401} == set()


def test_every_file_says_what_it_is() -> None:
    silent = [name_of(path) for path in sources("bot", "handlers", "models") if not ast.get_docstring(tree_of(path))]
    assert [name for name in silent if "migrations" not in name] == []
