/** `<fm-voice-note>`: plays a voice note; its picture shows how far it is. */

import { html, nothing, svg, type TemplateResult } from "lit";

const WIDTH = 3;
const HEIGHT = 28;

/** The picture of a note: one bar for each hundredth, `share` of it played. */
export function drawBars(peaks: readonly number[], share = 0): TemplateResult | typeof nothing {
  if (!peaks.length) return nothing;
  const bars = peaks.map((peak, n) => {
    const height = Math.max(2, (peak / 100) * HEIGHT);
    const played = n / peaks.length < share;
    return svg`<rect class=${played ? "bar bar--played" : "bar"} x=${n * WIDTH}
      y=${(HEIGHT - height) / 2} width="2" height=${height} rx="1"></rect>`;
  });
  return html`<svg
    class="voice__bars"
    viewBox="0 0 ${peaks.length * WIDTH} ${HEIGHT}"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    ${bars}
  </svg>`;
}

/** What stands around an `<audio>` that a page or a thread made. */
export class VoiceNote extends HTMLElement {
  connectedCallback(): void {
    const audio = this.querySelector("audio");
    audio?.addEventListener("timeupdate", this.show);
    audio?.addEventListener("ended", this.show);
    // Heard to its end in the room, it was read: its author sees when.
    if (this.dataset["reads"] !== undefined) audio?.addEventListener("ended", this.tell);
    // One voice at a time.
    audio?.addEventListener("play", this.alone);
  }

  private readonly show = (event: Event): void => {
    const { currentTime, duration, ended } = event.target as HTMLAudioElement;
    const share = ended || !duration ? 0 : currentTime / duration;
    const bars = this.querySelectorAll(".bar");
    bars.forEach((bar, n) => {
      bar.classList.toggle("bar--played", n / bars.length < share);
    });
  };

  private readonly tell = (): void => {
    const post = this.closest("li");
    const form = post?.querySelector<HTMLFormElement>(
      'form[data-command="contribution.read_aloud"]',
    );
    form?.requestSubmit();
  };

  private readonly alone = (event: Event): void => {
    for (const other of document.querySelectorAll("audio")) {
      if (other !== event.target) other.pause();
    }
  };
}

customElements.define("fm-voice-note", VoiceNote);
