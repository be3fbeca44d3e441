/**
 * The play button of a film that is not live yet: a press on it counts, and what
 * plays comes while the rest of the page is being made.
 */

/** Show the buttons that the server made, and take what is pressed. */
export function offerPlay(): void {
  for (const layer of document.querySelectorAll<HTMLElement>(".player__begin[hidden]")) {
    layer.hidden = false;
  }
  document.addEventListener("pointerover", reach, { passive: true });
  document.addEventListener("focusin", reach);
  document.addEventListener("click", press, { capture: true });
}

/** Who reaches for a film will play it. */
function reach({ target }: Event): void {
  if (!(target instanceof Element) || !target.closest(".player__start")) return;
  document.removeEventListener("pointerover", reach);
  document.removeEventListener("focusin", reach);
  void import("../player/engine");
}

/** The element looks for the press when it comes; then it takes presses itself. */
function press({ target }: Event): void {
  const button = target instanceof Element ? target.closest(".player__start[data-early]") : null;
  const player = button?.closest<HTMLElement>("fm-player");
  if (!player) return;
  player.dataset["pressed"] = "";
  void import("../player/engine");
}
