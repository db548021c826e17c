/** The page's height beside a phone's keyboard, and the size of type. */

const large = document.getElementById("large");
const root = document.documentElement;

/** Large type is remembered by the device, for all roles. */
export function setUpScreen() {
  enlarge(localStorage.getItem("large") === "true");
  large.addEventListener("click", () => enlarge(!root.classList.contains("large")));
  window.visualViewport?.addEventListener("resize", fit);
  fit();
}

function enlarge(on) {
  root.classList.toggle("large", on);
  large.setAttribute("aria-pressed", String(on));
  localStorage.setItem("large", String(on));
}

/** A keyboard covers the layout viewport on some phones; a reader's pinch is not a keyboard. */
function fit() {
  const { visualViewport: seen } = window;
  if (!seen || seen.scale > 1.01) return;
  root.style.setProperty("--screen", `${seen.height}px`);
  scrollTo(0, 0);
}
