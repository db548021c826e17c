/** Keeping the phone's screen on, because with it off a browser sends nothing. Where that cannot be had, nothing happens. */

/** Keeps it on as long as `wanted()`; a page that was out of sight meanwhile asks again. */
export async function awake(wanted) {
  while (wanted()) {
    const lock = await navigator.wakeLock?.request("screen").catch(() => null);
    if (!lock) return;
    const asking = setInterval(() => wanted() || lock.release(), 1000);
    await new Promise((resolve) => lock.addEventListener("release", resolve));
    clearInterval(asking);
    await inSight();
  }
}

function inSight() {
  if (!document.hidden) return undefined;
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", () => resolve(), { once: true });
  });
}
