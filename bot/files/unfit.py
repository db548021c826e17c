"""Why a file is not taken: a code and the values its sentence needs; templates/evidence/unfit.j2 has the sentences."""

from typing import Literal

Code = Literal["name", "kind", "empty", "too_large", "content", "locked", "macro", "bomb", "broken", "secret"]


class Unfit(Exception):
    """A file that is not taken, for a reason that its sender can act on.

    `code` and `params` are what the macro `unfit(code, p)` words:
    name          nothing of the file name can be shown
    kind          extension (without dot, may be empty), allowed (tuple of extensions)
    empty         no bytes
    too_large     most, size (bytes; size is None where the sender did not announce it)
    content       said (extension), is_ (extension or word for what it really is, `unknown` if nobody can tell)
    locked        a password is needed to open it
    macro         it carries program code
    bomb          unpacked it would be out of all proportion, or its inside is laid out to mislead
    broken        a part is missing or damaged
    secret        it begins with a 密级 mark: nothing of it may be kept, not even its name
    """

    def __init__(self, code: Code, **params: object) -> None:
        super().__init__(code, params)
        self.code: Code = code
        self.params = params


class TooLarge(Unfit):
    """More bytes than `most`; `size` is None as long as the sender did not say how many there will be."""

    def __init__(self, most: int, size: int | None = None) -> None:
        super().__init__("too_large", most=most, size=size)
