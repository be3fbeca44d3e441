/** Dragging session cards over the board; forms do the same by keyboard. */

import {
  draggable,
  dropTargetForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";

import type { LiveMeeting } from "../meeting";
import type { Moments } from "../moments";
import { moveSession, placeOf, type Place } from "../moves";
import type { WireSession } from "../types";

export class BoardDrag {
  private readonly cleanups = new Map<HTMLElement, () => void>();
  /** The session as it stood when it was taken up: that is what was seen. */
  private seen: WireSession | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly meeting: LiveMeeting,
    private readonly moments: Moments,
  ) {}

  /** Make what has been rendered draggable, and let go of what is no more. */
  refresh(): void {
    for (const [element, cleanup] of this.cleanups) {
      if (element.isConnected && !isStill(element)) continue;
      cleanup();
      this.cleanups.delete(element);
    }
    const cards = this.root.querySelectorAll<HTMLElement>(".session-card[data-movable]");
    const targets = this.root.querySelectorAll<HTMLElement>(".board__cell, .proposals");
    for (const card of cards) this.once(card, () => this.makeDraggable(card));
    for (const target of targets) this.once(target, () => this.makeTarget(target));
  }

  close(): void {
    for (const cleanup of this.cleanups.values()) cleanup();
    this.cleanups.clear();
  }

  private once(element: HTMLElement, make: () => () => void): void {
    if (!this.cleanups.has(element)) this.cleanups.set(element, make());
  }

  private makeDraggable(card: HTMLElement): () => void {
    return draggable({
      element: card,
      // Text in an open form must stay selectable.
      canDrag: () => card.querySelector("details[open]") === null,
      onDragStart: () => {
        const session = this.meeting.state?.sessions[card.dataset["session"] ?? ""];
        this.seen = session ? { ...session } : null;
        card.dataset["dragging"] = "";
      },
      onDrop: () => {
        delete card.dataset["dragging"];
      },
    });
  }

  private makeTarget(element: HTMLElement): () => void {
    const leave = (): void => {
      delete element.dataset["over"];
    };
    return dropTargetForElements({
      element,
      canDrop: () => this.isFree(element),
      onDragEnter: () => {
        element.dataset["over"] = "";
      },
      onDragLeave: leave,
      onDrop: () => {
        leave();
        this.drop(targetOf(element));
      },
    });
  }

  private isFree(element: HTMLElement): boolean {
    const card = element.querySelector<HTMLElement>(".session-card");
    return element.matches(".proposals") || card === null;
  }

  private drop(target: Place): void {
    const session = this.seen;
    this.seen = null;
    if (!session || isSame(placeOf(session), target)) return;
    void moveSession(this.meeting, this.moments, session, target);
  }
}

function isStill(element: HTMLElement): boolean {
  return element.matches(".session-card:not([data-movable])");
}

function targetOf(element: HTMLElement): Place {
  const { room, slot } = element.dataset;
  return room && slot ? { room_id: room, slot_id: slot } : null;
}

function isSame(a: Place, b: Place): boolean {
  return a?.room_id === b?.room_id && a?.slot_id === b?.slot_id;
}
