"""Speed and memory, measured beside a ceiling: `python3 run.py bench [--quick] [--runs N] [--fresh] [--telegram | --wecom | --notices]`."""

from __future__ import annotations

import argparse
from dataclasses import replace


def main(argv: list[str]) -> None:
    """Measure and print. Worlds are kept under DATA_DIR/bench; a million stored answers take a minute to make, once."""
    from bot import logs
    from bot.settings import Settings
    from tests.bench import machine, notices, tables, telegram, wecom
    from tests.bench.measuring import FULL, QUICK, measure

    parser = argparse.ArgumentParser(prog="bench", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="a few answers each: that it runs, not how fast")
    parser.add_argument("--runs", type=int, help="interleaved runs, of which medians are printed")
    parser.add_argument("--fresh", action="store_true", help="make the stored answers anew")
    parser.add_argument("--telegram", action="store_true", help="only what goes through Telegram")
    parser.add_argument("--wecom", action="store_true", help="only what goes through WeCom")
    parser.add_argument("--notices", action="store_true", help="only a notice to thousands, which takes minutes")
    given = parser.parse_args(argv)
    logs.configure()
    scale, by_telegram = (QUICK, telegram.QUICK) if given.quick else (FULL, telegram.FULL)
    if given.runs:
        scale, by_telegram = replace(scale, runs=given.runs), replace(by_telegram, runs=given.runs)
    folder = Settings().data_dir.resolve() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    print(machine.described(folder))
    if given.notices:
        notices.show(notices.measure(notices.QUICK if given.quick else notices.FULL, folder))
        return
    if not (given.telegram or given.wecom):
        tables.show(measure(scale, folder, fresh=given.fresh))
    if not given.wecom:
        telegram.show(telegram.measure(by_telegram, folder))
    if not given.telegram:
        wecom.show(wecom.measure(wecom.QUICK if given.quick else wecom.FULL, folder))
