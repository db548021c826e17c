"""Pieces that the beginnings of Word forms are put together from (tests/roster_filing_form.py, tests/opinion_forms.py)."""

from __future__ import annotations

from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

SONG, FANG, HEI, KAI = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
SUPERFLUOUS = {"thumbnail", "stylesWithEffects", "customXml", "numbering", "extended-properties"}
KEPT = {"Normal", "Default Paragraph Font", "Normal Table", "No List"}


def blank() -> Any:
    """A document without what the library's own file carries besides: a picture of itself, styles twice, sources, lists."""
    document = Document()
    for rels in (document.part.package.rels, document.part.rels):
        for key in [key for key, one in rels.items() if one.reltype.rpartition("/")[2] in SUPERFLUOUS]:
            del rels[key]
    mode = OxmlElement("w:compatSetting")
    for name, value in (
        ("name", "compatibilityMode"),
        ("uri", "http://schemas.microsoft.com/office/word"),
        ("val", "15"),
    ):
        mode.set(qn(f"w:{name}"), value)
    compat = document.settings.element.find(qn("w:compat"))
    for former in compat.findall(qn("w:compatSetting")):
        compat.remove(former)
    compat.append(mode)
    _plain_styles(document)
    return document


def _plain_styles(document: Any) -> None:
    styles = document.styles
    for style in [one for one in styles if one.name not in KEPT]:
        style.delete()
    defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    faces(defaults, FANG)
    theme = document.settings.element.find(qn("w:themeFontLang"))
    for language in (defaults.find(qn("w:lang")), theme):
        language.set(qn("w:val"), "zh-CN")
        language.set(qn("w:eastAsia"), "zh-CN")
    face(styles["Normal"], FANG, 12)


def add_style(document: Any, name: str, identity: str, of: str, size: float, alignment: Any, after: float) -> Any:
    """A paragraph style of that name: typeface, points, alignment, points behind it."""
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.style_id, style.base_style = identity, document.styles["Normal"]
    face(style, of, size)
    style.paragraph_format.alignment = alignment
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(0), Pt(after)
    return style


def add_table_style(document: Any, name: str, identity: str) -> None:
    """Lines around every cell, its text in the middle of its height. A cell's own properties stay free for merging."""
    style = document.styles.add_style(name, WD_STYLE_TYPE.TABLE)
    style.style_id, style.base_style = identity, None
    borders, margins, cell = OxmlElement("w:tblBorders"), OxmlElement("w:tblCellMar"), OxmlElement("w:tcPr")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(element(f"w:{side}", val="single", sz="4", space="0", color="000000"))
    for side, width in (("top", "28"), ("left", "57"), ("bottom", "28"), ("right", "57")):
        margins.append(element(f"w:{side}", w=width, type="dxa"))
    cell.append(element("w:vAlign", val="center"))
    table = OxmlElement("w:tblPr")
    table.extend((borders, margins))
    style.element.extend((table, cell))


def face(style: Any, of: str, size: float) -> None:
    """Let a style have a typeface and a size in points."""
    style.font.name, style.font.size = of, Pt(size)
    faces(style.element.rPr, of)


def faces(properties: Any, of: str) -> None:
    """The typeface for every script. A theme's font, where one is named, would go before it."""
    fonts = properties.find(qn("w:rFonts"))
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), of)


def add_field(paragraph: Any, name: str) -> None:
    """A field that the word processor fills in: PAGE, NUMPAGES."""
    for part in ("begin", name, "separate", "1", "end"):
        run = paragraph.add_run()
        if part == name:
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {name} "
            run._r.append(code)
        elif part == "1":
            run.text = part
        else:
            run._r.append(element("w:fldChar", fldCharType=part))


def add_tag(table: Any, tag: str) -> None:
    """A row that repeats or leaves out the rows up to the next tag."""
    row = table.add_row()
    row.cells[0].merge(row.cells[-1]).paragraphs[0].text = f"{{%tr {tag} %}}"


def element(tag: str, **attributes: str) -> Any:
    """An element with attributes of the word processor's namespace."""
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made
