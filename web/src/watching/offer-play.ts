/**
 * The play button of a film that is not live yet: a press on it counts, and what
 * plays comes while the rest of the page is being made.
 */

import { noteBegun } from "../player/begun";

/** Show the buttons that the server made, and take what is pressed. */
export function offerPlay(): void {
  for (const layer of document.querySelectorAll<HTMLElement>(".player__begin[hidden]")) {
    const player = layer.closest<HTMLElement>("fm-player");
    if (player && isMoment(player)) begin(player, layer);
    else layer.hidden = false;
  }
  document.addEventListener("pointerover", reach, { passive: true });
  document.addEventListener("focusin", reach);
  document.addEventListener("click", press, { capture: true });
}

/**
 * Fetch what the film of this page needs, if it was opened to show a moment of one:
 * before the page is read. Whether it was.
 */
export function fetchMoment(film: string | undefined): boolean {
  if (!film || !/[#&?](t=\d|at=)/u.test(location.search + location.hash)) return false;
  void import("../player/early");
  void import("../player/ahead").then(({ fetchAhead }) => fetchAhead(film));
  return true;
}

/** Whether this page was opened to show a moment: then it begins by itself. */
function isMoment(player: HTMLElement): boolean {
  const served = player.querySelector("video")?.getAttribute("src") ?? "";
  return Boolean(
    player.dataset["at"] || /[#&]t=\d/u.test(location.hash) || /[#&]t=\d/u.test(served),
  );
}

/** Who reaches for a film will play it. */
function reach({ target }: Event): void {
  if (!(target instanceof Element) || !target.closest(".player__start")) return;
  document.removeEventListener("pointerover", reach);
  document.removeEventListener("focusin", reach);
  void import("../player/early");
}

/** Until the element comes: then it takes presses itself. */
function press({ target }: Event): void {
  const button = target instanceof Element ? target.closest(".player__start[data-early]") : null;
  const player = button?.closest<HTMLElement>("fm-player");
  const layer = button?.closest<HTMLElement>(".player__begin");
  if (player && layer) begin(player, layer);
}

function begin(player: HTMLElement, layer: HTMLElement): void {
  layer.hidden = true;
  const engine = import("../player/early").then(({ beginEarly }) => beginEarly(player));
  noteBegun(player, engine);
  engine.catch(() => {
    layer.hidden = false; // its script didn't come: it can be pressed again
  });
}
