// @vitest-environment happy-dom

import { beforeEach, expect, test, vi } from "vitest";

/** Microphones that a test opens when it likes; each knows whether it was let go. */
const studio = vi.hoisted(() => ({
  opening: [] as (() => void)[],
  on: 0,
  ending: [] as (() => void)[],
}));

vi.mock("../src/voice/recorder", () => ({
  MAX_SECONDS: 300,
  NoMicrophone: class extends Error {},
  sayLength: String,
  Recorder: {
    start: () =>
      new Promise((resolve) =>
        studio.opening.push(() => {
          studio.on += 1;
          const level = 0;
          const discard = (): void => void (studio.on -= 1);
          const stop = () =>
            new Promise((ended) =>
              studio.ending.push(() => {
                studio.on -= 1;
                ended({ blob: new Blob(["sound"]), seconds: 2, peaks: [] });
              }),
            );
          resolve({ level, seconds: 1, secondsLeft: 299, discard, stop });
        }),
      ),
  },
}));
vi.mock("../src/elements/voice-note", () => ({ drawBars: () => "" }));

interface Voice extends HTMLElement {
  updateComplete: Promise<boolean>;
  files(): Promise<unknown[]>;
}

async function show(): Promise<Voice> {
  await import("../src/elements/voice");
  document.body.innerHTML = `<form><textarea name="text"></textarea><fm-voice></fm-voice></form>`;
  const voice = document.querySelector<Voice>("fm-voice")!;
  await voice.updateComplete;
  return voice;
}

async function press(voice: Voice, words: string): Promise<void> {
  const all = [...voice.querySelectorAll("button")];
  all.find(({ textContent }) => textContent.includes(words))!.click();
  await settled(voice);
}

async function settled(voice: Voice): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  await voice.updateComplete;
}

beforeEach(() => {
  studio.opening.length = studio.ending.length = studio.on = 0;
});

test("a microphone that was asked for twice is open once, and ends", async () => {
  const voice = await show();
  await press(voice, "Voice note");
  await press(voice, "Voice note");
  for (const open of studio.opening) open();
  await settled(voice);
  expect(studio.on).toBe(1);
  await press(voice, "Discard");
  expect(studio.on).toBe(0);
});

test("a microphone that comes after its page has gone is let go", async () => {
  const voice = await show();
  await press(voice, "Voice note");
  voice.remove();
  studio.opening[0]!();
  await settled(voice);
  expect(studio.on).toBe(0);
});

test("who posts while a recording ends posts it", async () => {
  const voice = await show();
  await press(voice, "Voice note");
  studio.opening[0]!();
  await settled(voice);
  await press(voice, "Stop");
  const files = voice.files();
  studio.ending[0]!();
  expect(await files).toHaveLength(1);
  expect(studio.on).toBe(0);
});
