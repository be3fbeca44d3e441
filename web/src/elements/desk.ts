/** `<fm-desk>`: each room's picture, state and figures, and the way on air. */

import { html, render, type TemplateResult } from "lit";

import type { Monitor } from "../desk/monitor";
import { LiveElement } from "../frame/live-element";
import { formAddress, hidden, icon, roomBadge } from "../wording/pieces";
import type { WireRoom } from "../feed/types";
import { roomState, type RoomState } from "../views/timetable";

interface RoomStatus {
  room_id: string;
  connected: boolean;
  panel: string;
  problems: string[];
  codes: string[];
  thumbnail_url: string | null;
  preview_url: string | null;
}

const LOOK_MS = 1_000;
const PICTURE_MS = 4_000;

/**
 * Works on the cards that the server rendered, for they hold the rooms' keys,
 * which no state on the wire does.
 */
export class RoomDesk extends LiveElement {
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly states = new Map<string, RoomState>();
  private readonly reasons = new Map<string, string>();
  private readonly codes = new Map<string, string>();
  private readonly pictures = new Map<string, number>();
  private readonly monitors = new Map<string, Monitor>();
  private asking = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("click", this.press);
    document.addEventListener("visibilitychange", this.rest);
    for (const card of this.cards) {
      const reason = card.querySelector<HTMLInputElement>("[name=reason]")?.value;
      this.reasons.set(roomOf(card), reason ?? "Short break");
    }
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    void this.look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("click", this.press);
    document.removeEventListener("visibilitychange", this.rest);
    for (const card of this.cards) this.showStill(card);
    clearInterval(this.timer);
  }

  /** Nothing is replaced here; states are brought into the cards. */
  protected override shouldUpdate(): boolean {
    if (this.meeting?.state) this.cards.forEach((card) => this.showState(card));
    return false;
  }

  private get cards(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".desk-room")];
  }

  private showState(card: HTMLElement): void {
    const { state } = this.meeting!;
    const room = state!.rooms[roomOf(card)];
    if (!room) return;
    const standing = roomState(room, state!.phase);
    if (this.states.get(room.room_id) === standing) return;
    const first = !this.states.has(room.room_id);
    this.states.set(room.room_id, standing);
    if (first && card.dataset["state"] === standing) return;
    card.dataset["state"] = standing;
    const badge = card.querySelector<HTMLElement>(".desk-room__head .badge");
    if (badge) badge.replaceWith(drawn(roomBadge(room, state!.phase)));
    this.showReason(card, room, standing);
    this.showActions(card, room, standing);
  }

  private showReason(card: HTMLElement, room: WireRoom, standing: RoomState): void {
    card.querySelector(".desk-room__reason")?.remove();
    const reason = room.reason?.reason;
    if (standing !== "paused" || !reason) return;
    const line = html`<p class="desk-room__reason">${icon("pause")}${reason}</p>`;
    card.querySelector(".desk-room__head")?.after(drawn(line));
  }

  private showActions(card: HTMLElement, room: WireRoom, standing: RoomState): void {
    const box = card.querySelector<HTMLElement>(".desk-room__actions");
    if (!box) return;
    const hadFocus = box.contains(document.activeElement);
    box.replaceChildren(drawn(this.actions(room, standing)));
    if (hadFocus) box.querySelector<HTMLElement>("button")?.focus();
  }

  private actions(room: WireRoom, standing: RoomState): TemplateResult {
    if (standing === "ended") return html``;
    if (standing === "coming" || standing === "off") {
      return action(room, "channel.start", "Go on air", "button--primary", "live");
    }
    const stop = action(room, "channel.stop", "Go off air", "button--quiet", null);
    if (standing === "paused") {
      const release = action(
        room,
        "channel.release",
        "End the pause",
        "button--primary",
        "play",
      );
      return html`${release}${stop}`;
    }
    return html`${this.hold(room)}${stop}`;
  }

  private hold(room: WireRoom): TemplateResult {
    const field = `reason-${room.room_id}`;
    return html`<form
      class="hold-form"
      method="post"
      action="${formAddress()}#rooms"
      data-command="channel.hold"
    >
      ${hidden("channel.hold", { room_id: room.room_id })}
      <label class="visually-hidden" for=${field}
        >Reason for the pause in ${room.content?.name}</label
      >
      <input
        class="input"
        id=${field}
        name="reason"
        maxlength="300"
        list="reasons"
        value=${this.reasons.get(room.room_id) ?? ""}
      />
      <label class="visually-hidden" for="dump-${room.room_id}"
        >Take back the last seconds in ${room.content?.name}</label
      >
      <select class="input" id="dump-${room.room_id}" name="dump_seconds">
        <option value="0">Take nothing back</option>
        <option value="10">Take back 10 s</option>
        <option value="30">Take back 30 s</option>
        <option value="60">Take back 1 min</option>
        <option value="120">Take back 2 min</option>
      </select>
      <button class="button">${icon("pause")}Pause</button>
    </form>`;
  }

  // --- what the media report ----------------------------------------------

  /** Ask once a second, but only while somebody looks, and one question at a time. */
  private async look(): Promise<void> {
    const address = this.dataset["status"];
    if (!address || this.asking || document.visibilityState !== "visible") return;
    this.asking = true;
    try {
      const response = await fetch(address, { credentials: "same-origin" });
      if (!response.ok) return;
      for (const status of (await response.json()) as RoomStatus[]) this.show(status);
    } catch {
      // The line at the top says that we are off line.
    } finally {
      this.asking = false;
    }
  }

  private show(status: RoomStatus): void {
    const card = this.cards.find((one) => roomOf(one) === status.room_id);
    if (!card) return;
    card.dataset["connected"] = String(status.connected);
    showPanel(card, status.panel);
    this.sayProblems(card, status);
    card.dataset["preview"] = status.preview_url ?? "";
    this.offerMoving(card);
    if (this.monitors.has(status.room_id)) {
      if (!status.connected) this.showStill(card);
      return;
    }
    const now = Date.now();
    if (now - (this.pictures.get(status.room_id) ?? 0) < PICTURE_MS) return;
    this.pictures.set(status.room_id, now);
    showPicture(card, status);
  }

  // --- the moving picture ---------------------------------------------------

  /** A button on the picture: still as long as nobody asks for more. */
  private offerMoving(card: HTMLElement): void {
    const place = card.querySelector(".desk-room__picture");
    let button = card.querySelector<HTMLButtonElement>(".desk-room__look");
    const there = Boolean(card.dataset["preview"]) || this.monitors.has(roomOf(card));
    if (!there) {
      button?.remove();
      return;
    }
    if (!place) return;
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.className = "desk-room__look";
    }
    const moving = this.monitors.has(roomOf(card));
    const words = moving ? "Still picture" : "Moving picture";
    if (button.textContent !== words) button.textContent = words;
    button.setAttribute("aria-label", `${words} from ${nameOf(card)}`);
    if (button.parentElement !== place.parentElement) place.after(button);
  }

  private readonly press = (event: Event): void => {
    const button = (event.target as Element).closest(".desk-room__look");
    const card = button?.closest<HTMLElement>(".desk-room");
    if (!card) return;
    if (this.monitors.has(roomOf(card))) this.showStill(card);
    else void this.showMoving(card);
  };

  private async showMoving(card: HTMLElement): Promise<void> {
    const source = card.dataset["preview"];
    const box = card.querySelector(".desk-room__picture");
    if (!source || !box) return;
    const { Monitor } = await import("../desk/monitor");
    if (!card.isConnected || this.monitors.has(roomOf(card))) return;
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.setAttribute("aria-label", `Moving picture from ${nameOf(card)}, without sound`);
    box.append(video);
    const monitor = new Monitor(video, source, () => this.showStill(card));
    this.monitors.set(roomOf(card), monitor);
    this.offerMoving(card);
  }

  private showStill(card: HTMLElement): void {
    const room = roomOf(card);
    this.monitors.get(room)?.close();
    this.monitors.delete(room);
    card.querySelector(".desk-room__picture video")?.remove();
    this.pictures.delete(room);
    this.offerMoving(card);
  }

  /** Nothing is fetched for a page that nobody sees. */
  private readonly rest = (): void => {
    if (document.visibilityState !== "visible") this.cards.forEach((card) => this.showStill(card));
  };

  /** Seconds count up on the screen; who listens hears each problem once. */
  private sayProblems(card: HTMLElement, status: RoomStatus): void {
    const codes = status.codes.join(" ");
    const before = this.codes.get(status.room_id);
    this.codes.set(status.room_id, codes);
    if (before === undefined || before === codes) return;
    const line = card.querySelector(".desk-room__said");
    const words = status.problems.join(" ") || "All is well again.";
    if (line) line.textContent = `${nameOf(card)}: ${words}`;
  }
}

function action(
  room: WireRoom,
  type: string,
  word: string,
  style: string,
  symbol: string | null,
): TemplateResult {
  return html`<form method="post" action="${formAddress()}#rooms" data-command=${type}>
    ${hidden(type, { room_id: room.room_id })}
    <button class="button ${style}">
      ${symbol ? icon(symbol) : ""}${word}<span class="visually-hidden"
        >: ${room.content?.name}</span
      >
    </button>
  </form>`;
}

function roomOf(card: HTMLElement): string {
  return card.dataset["room"] ?? "";
}

/** A template as nodes to put anywhere. */
function drawn(template: TemplateResult): DocumentFragment {
  const fragment = document.createDocumentFragment();
  render(template, fragment);
  return fragment;
}

function nameOf(card: HTMLElement): string {
  return card.querySelector("h3")?.textContent?.trim() ?? "";
}

/** Put in what the server drew, where it differs: the rest keeps its selection. */
function showPanel(card: HTMLElement, panel: string): void {
  const box = card.querySelector(".desk-room__health");
  if (!box) return;
  const made = new DOMParser().parseFromString(panel, "text/html").body;
  if (box.innerHTML === made.innerHTML) return;
  box.replaceChildren(...[...made.childNodes].map((node) => document.importNode(node, true)));
}

function blank(word: string): TemplateResult {
  return html`<div class="desk-room__blank">${icon("video")}<span>${word}</span></div>`;
}

function showPicture(card: HTMLElement, status: RoomStatus): void {
  const box = card.querySelector(".desk-room__picture");
  if (!box) return;
  if (!status.thumbnail_url) {
    const word = status.connected ? "The picture comes in a moment" : "No encoder connected";
    if (box.textContent?.trim() !== word) box.replaceChildren(drawn(blank(word)));
    return;
  }
  const address = status.thumbnail_url;
  const fresh = `${address}${address.includes("?") ? "&" : "?"}now=${Date.now()}`;
  const image = new Image();
  image.alt = box.querySelector("img")?.alt ?? "Picture from this room";
  // Shown when it is there: no flicker in between.
  image.onload = () => {
    if (!box.querySelector("video")) box.replaceChildren(image);
  };
  image.src = fresh;
}

customElements.define("fm-desk", RoomDesk);
