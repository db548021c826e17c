"""A real PostgreSQL server for tests: made in a temporary folder, reached by a socket only, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from bot.clock import day_of
from models import demo, schema
from models.database import open_database
from tests.world import BEGINNING


def _binaries() -> Path:
    named = os.environ.get("PG_BIN")
    places = [Path(named)] if named else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = next((place for place in places if (place / "initdb").exists()), None)
    if found is None:
        on_path = shutil.which("initdb")
        assert on_path, "PostgreSQL is missing: python3 run.py test installs it, or says how"
        found = Path(on_path).resolve().parent
    return found


def _run(*command: object) -> None:
    """Run one of the server's programs, as a user that PostgreSQL agrees to run as."""
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_user, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def server() -> Iterator[Path]:
    """A running server; the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    bin_, data = _binaries(), folder / "data"
    _run(f"{bin_}/initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    control = (f"{bin_}/pg_ctl", "-D", data, "-w", "-l", folder / "log")
    _run(*control, "-o", f"-k {folder} -c listen_addresses= -c fsync=off", "start")
    try:
        yield folder
    finally:
        _run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _address(folder: Path, database: str) -> str:
    user = "postgres" if os.geteuid() == 0 else os.environ["USER"]
    return f"postgresql+psycopg://{user}@/{database}?host={folder}"


def demo_template(folder: Path) -> None:
    """Make a database with the demo bureaus, of which each test gets a copy."""
    _create(folder, "template_demo", None)
    url = _address(folder, "template_demo")
    schema.migrate(url)
    database = open_database(url)
    database.write(lambda db: demo.fill(db, BEGINNING, day_of(BEGINNING))).result()
    database.close()


def fresh_copy(folder: Path, name: str) -> str:
    """The address of a new copy of the demo database."""
    _create(folder, name, "template_demo")
    return _address(folder, name)


def _create(folder: Path, name: str, template: str | None) -> None:
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    address = _address(folder, "postgres").replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)
