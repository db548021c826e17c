"""The pictures of the README, taken of the page while it is used, and small enough to be kept with the source."""

import base64
import struct
import zlib
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, FilePayload, Page

from tests.sample_files import chunk

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
MOST_BYTES = 200 * 1024

_FEW_COLOURS = """async (png) => {
    const bytes = Uint8Array.from(atob(png), (one) => one.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, image.width, image.height);
    const colours = new Uint32Array(data.buffer).map((one) => one & 0xffffff);
    const often = new Map();
    for (const one of colours) often.set(one, (often.get(one) ?? 0) + 1);
    const palette = Array.from(often.keys()).sort((a, b) => often.get(b) - often.get(a)).slice(0, 256);
    const apart = (a, b) => [0, 8, 16].reduce((sum, at) => sum + (((a >> at) & 255) - ((b >> at) & 255)) ** 2, 0);
    const nearest = new Map();
    for (const one of often.keys()) {
        const distances = palette.map((other) => apart(one, other));
        nearest.set(one, distances.indexOf(Math.min(...distances)));
    }
    const pixels = Array.from(colours, (one) => String.fromCharCode(nearest.get(one))).join("");
    return { width: image.width, height: image.height, palette, pixels };
}"""
_BOARD = """<style>
  body { margin: 0; height: 100vh; display: grid; place-items: center; background: #b9a88a; font-family: sans-serif; }
  main { width: 88%; border: 10px solid #7a2a1e; background: #f7f4ec; box-shadow: 8px 12px 9px #0006; rotate: -1deg; }
  h1 { margin: 0; padding: 10px; background: #b3261e; color: #fff; font-size: 22px; text-align: center; }
  section { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 16px; padding: 18px; }
  article { height: 96px; padding: 10px; background: #fff; box-shadow: 1px 2px 4px #0004; font-size: 13px; }
  i { display: block; height: 4px; margin: 6px 0; background: #9aa; }
</style><main><h1>政务公开栏</h1><section>SHEETS</section></main>"""
_LINES = "".join(f'<i style="width: {width}%"></i>' for width in (96, 88, 92, 70, 94, 60))
_TITLES = ("权责清单", "证明事项清单", "收费目录", "办事指南", "监督电话", "年度报告")


class Camera:
    """Takes pictures of a page where they are wanted; without a folder it keeps none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def shoot(self, page: Page, name: str) -> None:
        """Keep what the page shows now as `name`.png. AssertionError: it is too large for its purpose."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        page.mouse.move(0, 0)  # so that nothing looks pointed at
        picture = reduced(page, page.screenshot())
        assert len(picture) < MOST_BYTES, f"{name}: {len(picture)} bytes"
        (self._folder / f"{name}.png").write_bytes(picture)


def reduced(page: Page, png: bytes) -> bytes:
    """The same picture in its 256 most frequent colours, each other replaced by the nearest of them."""
    drawn: dict[str, Any] = page.evaluate(_FEW_COLOURS, base64.b64encode(png).decode())
    width, height = drawn["width"], drawn["height"]
    # Chromium hands colours out as it stores them: red in the lowest byte.
    palette = b"".join(struct.pack("<I", colour)[:3] for colour in drawn["palette"])
    pixels = drawn["pixels"].encode("latin-1")
    rows = b"".join(b"\0" + pixels[start : start + width] for start in range(0, width * height, width))
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)), (b"PLTE", palette))
    data = (*parts, (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in data)


def photo(context: BrowserContext, name: str) -> FilePayload:
    """A picture such as a phone takes of the notice board in the hall, as a file called `name`."""
    page = context.new_page()
    page.set_viewport_size({"width": 800, "height": 440})
    sheets = "".join(f"<article><b>{title}</b><hr>{_LINES}</article>" for title in _TITLES)
    page.set_content(_BOARD.replace("SHEETS", sheets))
    taken = page.screenshot(type="jpeg", quality=80)
    page.close()
    return {"name": name, "mimeType": "image/jpeg", "buffer": taken}
