"""An officer who knows an answer to everything that the self-assessment asks, and gives it by what is on show."""

import re

from playwright.sync_api import Page

from tests.e2e.officer import Officer, Shown

LEADS_ON = ("没有了，下一项", "更正数字", "不改，继续", "不改", "没有", "无", "今天")
"""Of the buttons shown, the first of these is pressed."""
VERDICTS = {9: "不符合", 21: "不涉及", 29: "不符合", 31: "跳过", 47: "不涉及"}
"""Every other indicator is 符合; one passed over is 符合 when it is asked again."""
STATEMENTS = {
    1: "梳理“五办”事项218项并向社会公布，平均办理时限压缩至法定时限的三成。",
    3: "证明事项清单已在门户网站和办事大厅公布，清单外无证明。",
    9: "尚有两份文件未完成公平竞争审查，计划年底前清理完毕。",
    11: "42个窗口实行综合受理，高频事项全部进驻政务服务中心。",
}
FIGURES = {"网上可办率": "九成二", "“一窗”": "８７", "公开的最长用时": "五", "学时": "四十二"}
"""What is typed for figures whose question names this; for the others the threshold itself."""
ANY_SENTENCE = "有关情况已逐项核对，台账和原件由法制科留存备查。"


class Assessor(Officer):
    """Answers whatever question is on show, so that the self-assessment goes on."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.number = 0
        """The indicator that was named last."""
        self._passed_over: set[int] = set()

    def answered(self) -> Shown:
        """As ever; and note which indicator it is about."""
        shown = super().answered()
        named = re.findall(r"第 (\d+)/60 项", shown.text)
        self.number = int(named[-1]) if named else self.number
        return shown

    def answer_until(self, number: int) -> None:
        """Answer what is asked until the first question about an indicator is on show."""
        while not (self.number == number and "符合" in self.shown.labels):
            self.answer()

    def answer(self) -> Shown:
        """Answer the question on show."""
        labels = self.shown.labels
        if "符合" in labels:
            return self._judge()
        if "实地核查时提供" in labels:
            return self.press("暂无" if self.number in VERDICTS else "实地核查时提供")
        if "尚未到期" in labels:
            return self.press("尚未到期")
        if "本期无此类事项" in labels:
            return self.say(self._figure())
        for label in LEADS_ON:
            if label in labels:
                return self.press(label)
        if "跳过" in labels and self.number not in STATEMENTS:
            return self.press("跳过")
        return self.say(STATEMENTS.get(self.number, ANY_SENTENCE))

    def _judge(self) -> Shown:
        verdict = VERDICTS.get(self.number, "符合")
        if self.number in self._passed_over:
            verdict = "符合"
        elif verdict == "跳过":
            self._passed_over.add(self.number)
        return self.press(verdict)

    def _figure(self) -> str:
        if "日期" in self.shown.text:
            return "2月25日"
        for named, typed in FIGURES.items():
            if named in self.shown.text:
                return typed
        asked = re.search(r"要求 [≥≤]? ?([\d.]+)", self.shown.text)
        assert asked, self.shown.text
        return asked[1]
