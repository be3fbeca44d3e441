/** The base of all elements: light DOM, so that the page's styles apply. */

import { LitElement, type PropertyValues } from "lit";

import type { Entry } from "../feed/fold";
import { liveMeeting, type LiveMeeting } from "../meeting";
import { Moments } from "../wording/moments";
import { filmShown } from "../player/begun";
import { keepTyped } from "./typed";

/** The element that was asked last to make itself: the next one comes after it. */
let turn: Promise<void> = Promise.resolve();

/**
 * Wait until the page has drawn and answered, until a film that begins shows its first
 * picture, and until all before have been made.
 */
function takeTurn(): Promise<void> {
  turn = turn.then(filmShown).then(() => new Promise((done) => setTimeout(done)));
  return turn;
}

/**
 * Shows the live meeting in place of what the server rendered. Until the first
 * state is there, and where there is no meeting, the page stays as it was made.
 */
export abstract class LiveElement extends LitElement {
  protected readonly meeting: LiveMeeting | null = liveMeeting();
  protected readonly moments = new Moments(this.meeting?.page.meeting?.timezone ?? "UTC");
  private taken = false;
  private stopListening: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopListening = this.meeting?.listen((feed, entry) => {
      if (this.concerns(feed, entry)) this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopListening?.();
  }

  /** Whether to be made before all else: what is most waited for. */
  protected get first(): boolean {
    return false;
  }

  /** What the server made stands there already, so its renewal lets the film go first. */
  protected override scheduleUpdate(): void | Promise<unknown> {
    if (this.taken || this.first) return super.scheduleUpdate();
    return takeTurn().then(() => super.scheduleUpdate());
  }

  /** Whether a change has to be shown; asked for each. */
  protected concerns(_feed: string, _entry: Entry | null): boolean {
    return true;
  }

  /** Whether what is needed to render is there. */
  protected get ready(): boolean {
    return this.meeting?.state != null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override shouldUpdate(_changed: PropertyValues): boolean {
    return this.ready;
  }

  protected override update(changed: PropertyValues): void {
    let restore: (() => void) | null = null;
    if (!this.taken) {
      this.taken = true;
      restore = keepTyped(this);
      this.replaceChildren();
    }
    super.update(changed);
    restore?.();
  }
}
