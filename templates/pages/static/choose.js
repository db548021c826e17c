/** The ways in which files are chosen: a button and its input, dropping, pasting. */

/** Lets the button open the input; `onFiles(files)` hears what was chosen. */
export function chooser(buttonId, inputId, onFiles) {
  const input = document.getElementById(inputId);
  document.getElementById(buttonId).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = Array.from(input.files);
    input.value = "";
    onFiles(files);
  });
}

/** Lets files be dropped anywhere; `zone` shows it meanwhile. */
export function drops(zone, onFiles) {
  const over = (event, dragging) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("dropping", dragging);
  };
  addEventListener("dragover", (event) => over(event, true));
  addEventListener("dragleave", (event) => event.relatedTarget || over(event, false));
  addEventListener("drop", (event) => {
    over(event, false);
    if (event.dataTransfer.files.length) onFiles(Array.from(event.dataTransfer.files));
  });
}

/** Lets files be pasted. Office programs put a picture of the text beside the text: then the text is meant. */
export function pastes(onFiles) {
  document.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    onFiles(Array.from(files));
  });
}
