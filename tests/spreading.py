"""How tests are spread over processes: those that share what took long to make run in one."""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

AS_RECORDED = "dialogues as recorded"
"""The dialogues as they are written down, and the rules that want what was said in all of them: each is played once."""
_DIALOGUE = re.compile(r"(tests/test_\w*dialogues\.py)::.*\[(\w+)/.*?(-\w+)?\]")


class Spread(LoadScopeScheduling):
    """A file's tests run in one process; dialogues, which stand in few files, by their folder and where they are played."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.endswith("test_rules_words.py"):
            return AS_RECORDED
        if (found := _DIALOGUE.fullmatch(nodeid)) is None:
            return file
        return AS_RECORDED if found[3] == "-web" else "/".join(part or "" for part in found.groups())
