/** One piece of a file on its way. XMLHttpRequest, because fetch does not tell how far a body has gone. */

import { judge, Unreachable } from "./api.js";
import { settings } from "./page.js";

const STALLED_MS = 20_000;

/**
 * Sends `bytes` as the part of the upload at `path` that begins at `offset`; returns the offset the server has now,
 * which after a disagreement (409) is the one to go on from. `onProgress(bytes)` counts within the piece.
 */
export async function sendPiece(path, offset, bytes, { onProgress, signal }) {
  const { status, text } = await transfer(path, offset, bytes, onProgress, signal);
  return judge(status === 409 ? 200 : status, text).offset;
}

function transfer(path, offset, bytes, onProgress, signal) {
  const request = new XMLHttpRequest();
  request.open("PATCH", path);
  request.setRequestHeader("X-Key", settings.key);
  request.setRequestHeader("Upload-Offset", offset);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  let stalled;
  const moving = () => {
    clearTimeout(stalled);
    stalled = setTimeout(() => request.abort(), STALLED_MS);
  };
  request.upload.onprogress = ({ loaded }) => {
    moving();
    onProgress(loaded);
  };
  const cut = () => request.abort();
  signal.addEventListener("abort", cut);
  return new Promise((resolve, reject) => {
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = request.onabort = () => reject(new Unreachable());
    moving();
    request.send(bytes);
  }).finally(() => {
    clearTimeout(stalled);
    signal.removeEventListener("abort", cut);
  });
}
