/** `<fm-timetable mode="list|board">`: rooms, times and sessions, live. */

import { nothing, type PropertyValues } from "lit";

import type { Board } from "../board/board";
import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import { withPendingMoves } from "../board/moves";
import type { Piece } from "../wording/pieces";
import { listTimes } from "../board/timetable-list";
import type { WireMeeting } from "../feed/types";
import { viewTimetable, type TimetableView } from "../views/timetable";

const CHANGED_MS = 2_000;
const CLOCK_MS = 15_000;

const TELLING = new Set<string>([
  "SessionProposed",
  "SessionPlaced",
  "SessionUnplaced",
  "SessionEdited",
  "SessionHostsChanged",
  "SessionsMerged",
  "SessionSplit",
  "SessionLabelled",
]);

export class Timetable extends LiveElement {
  readonly changedIds = new Set<string>();
  private tick: ReturnType<typeof setInterval> | undefined;
  private board: Board | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    // Times pass by themselves: now and next change without an entry.
    this.tick = setInterval(() => this.requestUpdate(), CLOCK_MS);
    if (this.isBoard) void this.loadBoard();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.tick);
    this.board?.close();
  }

  /** The timetable as it is shown: with what is still on its way. */
  view(): { table: TimetableView; state: WireMeeting } {
    const state = withPendingMoves(this.meeting!.state!, this.meeting!.pending);
    const table = viewTimetable(state, Date.now(), (at) => this.moments.date(at));
    return { table, state };
  }

  protected override concerns(feed: string, entry: Entry | null): boolean {
    if (entry && feed === "public" && TELLING.has(entry.kind)) {
      this.noteChange((entry.data as { session_id: string }).session_id);
    }
    return feed !== "staff" && feed !== "presence";
  }

  protected override get ready(): boolean {
    return super.ready && (!this.isBoard || this.board !== null);
  }

  protected override update(changed: PropertyValues): void {
    const settle = this.board?.beforeUpdate();
    super.update(changed);
    settle?.();
    if (this.board) document.dispatchEvent(new CustomEvent("fm-board-rendered"));
  }

  protected override render(): Piece {
    const { table, state } = this.view();
    if (this.isBoard) return this.board?.render(table, state) ?? nothing;
    return listTimes(table, this.meeting!, this.moments);
  }

  private get isBoard(): boolean {
    return this.getAttribute("mode") === "board";
  }

  private async loadBoard(): Promise<void> {
    if (!this.meeting) return;
    const { Board } = await import("../board/board");
    this.board = new Board(this, this.meeting, this.moments);
    this.requestUpdate();
  }

  private noteChange(id: string): void {
    this.changedIds.add(id);
    setTimeout(() => {
      this.changedIds.delete(id);
      this.requestUpdate();
    }, CHANGED_MS);
  }
}

customElements.define("fm-timetable", Timetable);
