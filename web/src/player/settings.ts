/** The player's panel: picture and data, speed, captions. All of it are form fields. */

import { html, nothing, type TemplateResult } from "lit";

import type { Piece } from "../wording/pieces";
import { megabytesAnHour, type Offer } from "./ladder";
import type { CaptionLook, Quality } from "./preferences";

export const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];

export interface Settings {
  offers: readonly Offer[];
  quality: Quality;
  speed: number;
  /** At the live edge there is no other speed. */
  atEdge: boolean;
  captions: CaptionLook;
  chooseQuality(quality: Quality): void;
  chooseSpeed(speed: number): void;
  chooseCaptions(change: Partial<CaptionLook>): void;
  close(): void;
}

const SIZES: [CaptionLook["size"], string][] = [
  ["small", "Small"],
  ["medium", "Medium"],
  ["large", "Large"],
  ["huge", "Very large"],
];
const COLOURS: [CaptionLook["colour"], string][] = [
  ["white", "White on dark"],
  ["yellow", "Yellow on dark"],
  ["contrast", "White on black"],
  ["plain", "Black on white"],
];
const PLACES: [CaptionLook["place"], string][] = [
  ["bottom", "Bottom"],
  ["top", "Top"],
];

export function settingsPanel(settings: Settings): TemplateResult {
  return html`<div class="player__panel" role="dialog" aria-label="Picture, data and captions">
    ${closer(settings.close)} ${qualities(settings)} ${speeds(settings)} ${captions(settings)}
  </div>`;
}

export function closer(close: () => void): TemplateResult {
  return html`<button type="button" class="player__close" aria-label="Close" @click=${close}>
    <svg class="icon" aria-hidden="true"><use href="#i-close"></use></svg>
  </button>`;
}

function qualities({ offers, quality, chooseQuality }: Settings): TemplateResult {
  const best = offers[0];
  const choices: [Quality, string, string][] = [
    ["auto", "Automatic", best ? `up to ${weight(best.bandwidth)}` : ""],
    ...offers.map((offer): [Quality, string, string] => [
      offer.quality,
      offer.quality === "sound" ? "Sound only" : offer.quality,
      weight(offer.bandwidth),
    ]),
  ];
  return html`<fieldset class="player__set">
    <legend>Picture and data</legend>
    ${choices.map(
      ([value, word, cost]) =>
        html`<label class="player__option">
          <input
            type="radio"
            name="player-quality"
            .checked=${value === quality}
            @change=${() => chooseQuality(value)}
          />
          <span>${word}</span><span class="player__cost">${cost}</span>
        </label>`,
    )}
    <p class="player__hint">Kept on this device.</p>
  </fieldset>`;
}

function speeds({ speed, atEdge, chooseSpeed }: Settings): Piece {
  if (atEdge) return nothing;
  return html`<fieldset class="player__set">
    <legend>Speed</legend>
    <div class="player__chips">
      ${SPEEDS.map(
        (each) =>
          html`<label class="player__chip">
            <input
              type="radio"
              name="player-speed"
              .checked=${each === speed}
              @change=${() => chooseSpeed(each)}
            /><span>${each}×</span>
          </label>`,
      )}
    </div>
  </fieldset>`;
}

function captions({ captions: look, chooseCaptions }: Settings): TemplateResult {
  return html`<fieldset class="player__set">
    <legend>Captions</legend>
    <label class="player__option">
      <input
        type="checkbox"
        .checked=${look.shown}
        @change=${(event: Event) =>
          chooseCaptions({ shown: (event.target as HTMLInputElement).checked })}
      />
      <span>Show captions</span>
    </label>
    ${select("Size", SIZES, look.size, (size) => chooseCaptions({ size }))}
    ${select("Colour", COLOURS, look.colour, (colour) => chooseCaptions({ colour }))}
    ${select("Place", PLACES, look.place, (place) => chooseCaptions({ place }))}
  </fieldset>`;
}

function select<T extends string>(
  word: string,
  choices: readonly [T, string][],
  chosen: T,
  choose: (value: T) => void,
): TemplateResult {
  return html`<label class="player__field"
    ><span>${word}</span>
    <select
      class="player__select"
      @change=${(event: Event) => choose((event.target as HTMLSelectElement).value as T)}
    >
      ${choices.map(
        ([value, name]) =>
          html`<option value=${value} ?selected=${value === chosen}>${name}</option>`,
      )}
    </select>
  </label>`;
}

function weight(bandwidth: number): string {
  const megabytes = megabytesAnHour(bandwidth);
  return megabytes >= 1000
    ? `${(megabytes / 1000).toFixed(1)} GB an hour`
    : `${megabytes} MB an hour`;
}
