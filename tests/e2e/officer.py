"""Somebody at the chat page of the real assistant: reads what is shown, presses the buttons, types, sends files."""

from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page, expect

_NEWEST = """after => {
    const said = Array.from(document.querySelectorAll("#messages .message:not(.mine)")).slice(-9);
    const id = Math.max(0, ...said.map((one) => Number(one.dataset.id)));
    if (id <= after) return null;
    const texts = (marks) => Array.from(document.querySelectorAll(marks), (one) => one.textContent);
    return {
        id, text: texts(`.message[data-id="${id}"] .part`).join("\\n"), labels: texts(".message.live .choices button"),
    };
}"""


@dataclass(frozen=True)
class Shown:
    """The assistant's newest message, and the buttons that are live."""

    id: int
    text: str
    labels: list[str]


class Officer:
    """One person at one page. Every act waits until the assistant has answered it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.told = page.locator("#messages .message:not(.mine)")
        page.locator("#log[aria-busy=false]").wait_for(state="attached")
        self.shown = self._newest()

    def press(self, label: str) -> Shown:
        """Press a button of the question on show."""
        self.page.locator(".message.live .choices").get_by_role("button", name=label, exact=True).click()
        return self.answered()

    def say(self, text: str) -> Shown:
        """Type and send."""
        # By their ids: hundreds of other buttons stand on a long conversation's page.
        self.page.locator("#text").fill(text)
        self.page.locator("#composer [type=submit]").click()
        return self.answered()

    def send_files(self, *files: FilePayload) -> Shown:
        """Choose files behind ＋, and wait until the assistant has said of each of them that it is here."""
        here = self.told.filter(has_text="已入库")
        before = here.count()
        self.page.locator("#files").set_input_files(files)
        expect(here).to_have_count(before + len(files))
        return self.answered()

    def answered(self) -> Shown:
        """Wait for a message newer than the newest known, and read it."""
        news = self.page.wait_for_function(_NEWEST, arg=self.shown.id).json_value()
        self.shown = Shown(**news)
        return self.shown

    def sees(self, text: str) -> None:
        """Wait until a message of the assistant says this, and take the newest for read."""
        expect(self.told.filter(has_text=text).last).to_be_visible()
        self.shown = self._newest()

    def _newest(self) -> Shown:
        return Shown(**self.page.evaluate(_NEWEST, -1))
