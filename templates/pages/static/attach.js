/** The ways a file comes in: the sheet behind ＋, dropping, pasting. */

const sheet = document.getElementById("attach");
const more = document.getElementById("more");
const phone = document.getElementById("phone");

/** Wires them all to `onFiles(files)`. */
export function attach(onFiles) {
  more.addEventListener("click", () => show(sheet.hidden));
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  document.addEventListener("click", ({ target }) => sheet.contains(target) || more.contains(target) || show(false));
  chooser("pick", "files", onFiles);
  chooser("shoot", "camera", onFiles);
  drops(onFiles);
  document.addEventListener("paste", (event) => pasted(event, onFiles));
}

function show(open) {
  sheet.hidden = !open;
  more.setAttribute("aria-expanded", String(open));
  if (open) sheet.querySelector("button").focus();
}

function close() {
  const inside = sheet.contains(document.activeElement);
  show(false);
  if (inside) more.focus();
}

function chooser(buttonId, inputId, onFiles) {
  const input = document.getElementById(inputId);
  document.getElementById(buttonId).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = Array.from(input.files);
    input.value = "";
    close();
    onFiles(files);
  });
}

function drops(onFiles) {
  const over = (event, dragging) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    phone.classList.toggle("dropping", dragging);
  };
  addEventListener("dragover", (event) => over(event, true));
  addEventListener("dragleave", (event) => event.relatedTarget || over(event, false));
  addEventListener("drop", (event) => {
    over(event, false);
    if (event.dataTransfer.files.length) onFiles(Array.from(event.dataTransfer.files));
  });
}

/** Office programs put a picture of the text beside the text: then the text is meant. */
function pasted(event, onFiles) {
  const { files, types } = event.clipboardData;
  if (!files.length || types.includes("text/plain")) return;
  event.preventDefault();
  onFiles(Array.from(files));
}
