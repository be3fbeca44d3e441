/** `<fm-editor>`: a room's transcript, edited by several people at once. */

import "../../styles/editor.css";

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";

import { Blocks } from "../editor/blocks";
import { KEY_HELP, nameOf } from "../editor/keys";
import {
  Refused,
  Service,
  type Act,
  type Done,
  type News,
  type PastEdit,
  type Person,
} from "../editor/service";
import { addedOf, addOf, newId, timesOfAdded } from "../editor/adding";
import { readCue, Sheet, type Cue } from "../editor/sheet";
import { UnsentWords } from "../editor/unsent";
import { findIn, momentOfWord, spanAt, wordAt, type Found } from "../editor/words";
import { liveMeeting, type LiveMeeting } from "../meeting";
import { Moments } from "../wording/moments";
import { randomName } from "../offline/outbox-store";
import { avatar, icon, type Piece } from "../wording/pieces";
import { drawAvatar } from "../views/people";

const LOOK_MS = 1_500;
const AGAIN_MS = 3_000;
/** What somebody types is sent when the fingers rest so long. */
const REST_MS = 4_000;
const MOST_PREVIEW = 200;

const WHAT_WORDS: Record<string, string> = {
  words: "changed the words",
  speaker: "named the speaker",
  time: "changed the times",
  split: "divided it",
  merged: "joined it with the next",
  deleted: "deleted it",
  added: "added it",
  renamed: "renamed the speaker everywhere",
  checked: "checked it against the recording",
  unchecked: "took the check mark off",
  published: "published it",
  undone: "took a change back",
};
const ORIGIN_WORDS = { machine: "By machine", typed: "Typed live", imported: "From a file" };

interface Writing {
  id: string;
  /** As it was when somebody began to write. */
  base: Cue;
  text: string;
}

interface Conflict {
  mine: string;
  now: Cue;
}

type Panel =
  | { kind: "keys" }
  | { kind: "speaker" | "times"; cue: Cue; problem?: string }
  | { kind: "history"; cue: Cue; edits: PastEdit[] | null };

export class TranscriptEditor extends LitElement {
  private readonly meeting: LiveMeeting | null = liveMeeting();
  private readonly moments = new Moments(this.meeting?.page.meeting?.timezone ?? "UTC");
  private readonly client = randomName();
  private readonly sheet = new Sheet();
  private service!: Service;
  private unsent!: UnsentWords;
  private blocks: Blocks | null = null;
  private loaded = false;
  private number = 0;
  private currentId: string | null = null;
  private anchorId: string | null = null;
  private writing: Writing | null = null;
  private caret: number | null = null;
  private playing: Cue | null = null;
  private spoken: { at: string; told: number } | null = null;
  private people: Person[] = [];
  private readonly conflicts = new Map<string, Conflict>();
  private undoable: string[] = [];
  private redoable: string[] = [];
  private panel: Panel | null = null;
  private finding = { open: false, find: "", replace: "", matchCase: false, wholeWords: false };
  private skipped = new Set<string>();
  private said = "";
  private problem = "";
  private sending: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private lastOwn = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private timers: ReturnType<typeof setInterval>[] = [];
  private stopListening: (() => void) | undefined;
  private readonly headings = new Map<string, string>();
  private readonly suggested = new Map<string, string>();

  override connectedCallback(): void {
    super.connectedCallback();
    this.service = new Service(this.dataset["source"] ?? "");
    this.unsent = new UnsentWords(`folkmoot-editor|${this.dataset["source"]}`);
    document.addEventListener("fm-time", this.follow as EventListener);
    document.addEventListener("keydown", this.pressAnywhere);
    window.addEventListener("pagehide", this.leave);
    window.addEventListener("beforeunload", this.warn);
    this.timers = [setInterval(() => void this.look(), LOOK_MS)];
    this.stopListening = this.meeting?.listen((feed, entry) => {
      if (feed !== "public") return;
      if (!entry || entry.kind.startsWith("Marker")) this.readMarkers();
      else if (entry.kind === "TranscriptChanged") {
        const { room_id, from_at, to_at } = entry.data as Record<string, string>;
        if (room_id === this.roomId) void this.catchUp(from_at!, to_at!);
      }
    });
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fm-time", this.follow as EventListener);
    document.removeEventListener("keydown", this.pressAnywhere);
    window.removeEventListener("pagehide", this.leave);
    window.removeEventListener("beforeunload", this.warn);
    this.timers.forEach(clearInterval);
    this.stopListening?.();
    this.blocks?.close();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override shouldUpdate(): boolean {
    return this.loaded;
  }

  private get roomId(): string {
    return this.dataset["room"] ?? "";
  }

  private get current(): Cue | undefined {
    return this.sheet.get(this.currentId);
  }

  /** The lines that an act is about: those selected, else the one at hand. */
  private get selected(): Cue[] {
    const [from, to] = [this.sheet.placeOf(this.anchorId), this.sheet.placeOf(this.currentId)];
    if (to < 0) return [];
    if (from < 0) return [this.sheet.all[to]!];
    return this.sheet.all.slice(Math.min(from, to), Math.max(from, to) + 1);
  }

  // --- coming and going ---------------------------------------------------

  private async load(): Promise<void> {
    try {
      const { number, cues } = await this.service.read();
      this.number = number;
      this.sheet.take(cues);
    } catch {
      // What the server rendered stays, and works by forms.
      setTimeout(() => void this.load(), AGAIN_MS);
      return;
    }
    this.loaded = true;
    this.replaceChildren();
    this.currentId = this.sheet.all[0]?.cue_id ?? null;
    this.readMarkers();
    this.requestUpdate();
    await this.updateComplete;
    const list = this.querySelector<HTMLElement>(".lines")!;
    this.blocks = new Blocks(list, (place) => this.line(place));
    this.blocks.show(this.sheet.size);
    this.dataset["ready"] = "";
    for (const [id, { revision, text, added }] of this.unsent.all) {
      void this.submit(() =>
        added && !this.sheet.get(id)
          ? [{ do: "add", cue_id: id, text, ...added }]
          : [{ do: "change", cue_id: id, revision, text }],
      );
    }
  }

  /** Learn what others did, and say where one is. */
  private async look(): Promise<void> {
    if (!this.loaded || document.visibilityState === "hidden") return;
    let news: News;
    try {
      do {
        news = await this.service.look({
          client_id: this.client,
          after: this.number,
          cue_id: this.currentId,
          writes: this.writing !== null,
        });
        this.number = news.number;
        this.take(news.cues, news.removed);
      } while (news.more);
    } catch {
      return;
    }
    const before = JSON.stringify(this.people);
    this.people = news.people;
    if (before !== JSON.stringify(this.people)) this.refreshAll();
    const last = this.sheet.all.at(-1)?.end_at;
    if (news.last_end && (!last || news.last_end > last)) {
      await this.readSpan(last ?? null, null);
    }
  }

  /** Something was changed, by an editor or by an import: see what. */
  private async catchUp(from: string, to: string): Promise<void> {
    const before = this.number;
    await this.look();
    const own = Date.now() - this.lastOwn < 2_000;
    if (this.number === before && !own) await this.readSpan(from, to);
  }

  private async readSpan(from: string | null, to: string | null): Promise<void> {
    try {
      const { cues } = await this.service.read(from ?? undefined, to ?? undefined);
      const moved = this.sheet.takeSpan(cues, from, to);
      this.shown(moved);
    } catch {
      // The next look tries again.
    }
  }

  private take(cues: readonly Cue[], removed: readonly string[]): void {
    if (!cues.length && !removed.length) return;
    const place = this.sheet.placeOf(this.currentId);
    const moved = this.sheet.take(cues, removed);
    if (this.currentId && !this.sheet.get(this.currentId)) {
      const near = this.sheet.all[Math.max(0, Math.min(place, this.sheet.size - 1))];
      if (this.writing?.id === this.currentId) this.lostLine();
      this.currentId = near?.cue_id ?? null;
    }
    this.shown(moved, cues);
  }

  /** Somebody took the line away on which one was writing: the words stay. */
  private lostLine(): void {
    const { writing } = this;
    this.writing = null;
    if (!writing || writing.text === writing.base.text) return;
    this.problem = `Somebody took away the line that you were writing: “${writing.text}”`;
  }

  private shown(moved: boolean, cues: readonly Cue[] = []): void {
    if (moved || !cues.length) {
      this.readMarkers();
      this.blocks?.show(this.sheet.size);
    } else for (const cue of cues) this.refreshLine(cue.cue_id);
    this.requestUpdate();
  }

  private refreshLine(id: string | null): void {
    const place = this.sheet.placeOf(id);
    if (place >= 0) this.blocks?.refresh(place);
  }

  private refreshAll(): void {
    this.blocks?.show(this.sheet.size);
    this.requestUpdate();
  }

  /** Which item begins at which line, and who was marked as speaking. */
  private readMarkers(): void {
    this.headings.clear();
    this.suggested.clear();
    const markers = Object.values(this.meeting?.state?.markers ?? {})
      .filter((marker) => marker.room_id === this.roomId && marker.content)
      .sort((a, b) => (a.marked_at < b.marked_at ? -1 : 1));
    const { all } = this.sheet;
    for (const marker of markers.filter(({ kind }) => kind === "agenda")) {
      const first = all.find((cue) => cue.end_at > marker.marked_at);
      if (first) this.headings.set(first.cue_id, marker.content!.label);
    }
    const speakers = markers.filter(({ kind }) => kind === "speaker");
    let next = 0;
    for (const cue of speakers.length ? all : []) {
      while (next < speakers.length && speakers[next]!.marked_at <= cue.at) next += 1;
      const name = speakers[next - 1]?.content?.label;
      if (name && !cue.speaker) this.suggested.set(cue.cue_id, name);
    }
    this.requestUpdate();
  }

  // --- edits --------------------------------------------------------------

  /** Send an edit after those before it; `make` sees what those came to. */
  private submit(
    make: () => Act[],
    { said = "", way = "do" }: { said?: string; way?: "do" | "undo" | "redo" } = {},
  ): Promise<Done | null> {
    this.waiting += 1;
    const sent = this.sending.then(async () => {
      const acts = make();
      const done = acts.length ? await this.send(randomName(), acts) : null;
      if (done && (done.cues.length || done.removed.length)) {
        (way === "undo" ? this.redoable : this.undoable).push(done.edit_id);
        if (way === "do") this.redoable = [];
      }
      if (done && !done.conflicts.length && said) this.say(said);
      return done;
    });
    this.sending = sent.catch(() => null).finally(() => {
      this.waiting -= 1;
      this.requestUpdate();
    });
    this.requestUpdate();
    return sent.catch(() => null);
  }

  /** Until the server has it; what it refuses is said and rejected. */
  private async send(editId: string, acts: Act[]): Promise<Done> {
    for (;;) {
      try {
        const done = await this.service.edit(editId, acts);
        this.lastOwn = Date.now();
        this.problem = "";
        this.settle(acts, done);
        return done;
      } catch (error) {
        if (error instanceof Refused) {
          this.problem = error.message;
          for (const act of acts) this.unsent.drop(act["cue_id"] as string);
          this.refreshAll();
          throw error;
        }
        this.problem = "Not saved yet: no connection. It is tried again; the words stay here.";
        this.requestUpdate();
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  private settle(acts: readonly Act[], done: Done): void {
    for (const act of acts) {
      if (typeof act["text"] === "string") {
        this.unsent.drop(act["cue_id"] as string, act["text"]);
      }
    }
    for (const { act, now, cue_id: id } of done.conflicts) {
      if (now) {
        this.sheet.take([now]);
        if (act.do === "change" && typeof act["text"] === "string" && act["text"] !== now.text) {
          this.conflicts.set(id, { mine: act["text"], now });
        } else this.say("Somebody changed this line meanwhile: look at it, then do it again.");
      } else {
        this.problem =
          typeof act["text"] === "string"
            ? `This line is no longer there. You wrote: “${act["text"]}”`
            : "This line is no longer there.";
        this.take([], [id]);
      }
    }
    this.take(done.cues, done.removed);
    if (done.conflicts.length) this.refreshAll();
    const fresh = this.writing && done.cues.find((cue) => cue.cue_id === this.writing!.id);
    // One's own edit is what one goes on writing from.
    if (this.writing && fresh) this.writing.base = fresh;
  }

  private say(words: string): void {
    this.said = words;
    this.requestUpdate();
  }

  private undo(): void {
    const edit_id = this.undoable.pop();
    if (!edit_id) return this.say("There is nothing to take back.");
    void this.submit(() => [{ do: "undo", edit_id }], { said: "Taken back.", way: "undo" });
  }

  private redo(): void {
    const edit_id = this.redoable.pop();
    if (!edit_id) return this.say("There is nothing to do again.");
    void this.submit(() => [{ do: "undo", edit_id }], { said: "Done again.", way: "redo" });
  }

  private of(id: string): { cue_id: string; revision: number } {
    return { cue_id: id, revision: this.sheet.get(id)?.revision ?? 0 };
  }

  private checkOff(): void {
    this.keep();
    const cues = this.selected;
    const checked = cues.some((cue) => cue.provenance !== "verified");
    const about = cues.filter((cue) => (cue.provenance === "verified") !== checked);
    void this.submit(
      () => about.map(({ cue_id }) => ({ do: "check", ...this.of(cue_id), checked })),
      { said: checked ? `${countLines(about.length)} checked.` : "The check mark is off." },
    );
    if (checked && this.current) this.moveBy(1, false, cues.at(-1)!.cue_id);
  }

  private publish(): void {
    this.keep();
    const about = this.selected.filter((cue) => cue.waits);
    if (!about.length) return this.say("This is public already.");
    void this.submit(
      () => about.map(({ cue_id }) => ({ do: "publish", ...this.of(cue_id) })),
      { said: `${countLines(about.length)} published.` },
    );
  }

  private deleteLines(): void {
    if (this.writing && this.sheet.get(this.writing.id)?.fresh) return this.dropFresh();
    this.keep();
    const ids = this.selected.map(({ cue_id }) => cue_id);
    if (!ids.length) return;
    this.anchorId = null;
    void this.submit(() => ids.map((id) => ({ do: "delete", ...this.of(id) })), {
      said: `${countLines(ids.length)} deleted. Ctrl Z brings back.`,
    }).then(() => this.focusLine());
  }

  /** Join a line with the one after it, with the words that stand in the field. */
  private join(id: string, caret: number | null = null): void {
    const place = this.sheet.placeOf(id);
    const [cue, next] = [this.sheet.all[place], this.sheet.all[place + 1]];
    if (!cue || !next) return this.say("There is no line after this one.");
    const writes = this.writing;
    const first = writes?.id === id ? writes.text : cue.text;
    const second = writes?.id === next.cue_id ? writes.text : next.text;
    const text = `${first.trim()} ${second.trim()}`.trim();
    if (cue.fresh) this.keep(false);
    clearTimeout(this.rest);
    this.writing = null;
    this.anchorId = null;
    void this.submit(
      () => [
        {
          do: "merge",
          ...this.of(id),
          next_id: next.cue_id,
          next_revision: this.sheet.get(next.cue_id)?.revision ?? 0,
          text,
        },
      ],
      { said: "Joined." },
    ).then((done) => {
      this.currentId = id;
      if (done && !done.conflicts.length && caret !== null) this.write(id, caret);
      else this.focusLine();
    });
  }

  private divide(): void {
    const field = this.field;
    const { writing } = this;
    if (!writing || !field) {
      if (this.currentId) this.write(this.currentId, 0);
      return this.say("Put the caret where the second line begins, then divide.");
    }
    const [text, offset] = [field.value, field.selectionStart];
    if (!text.slice(0, offset).trim() || !text.slice(offset).trim()) {
      return this.say("Put the caret between two words.");
    }
    if (this.sheet.get(writing.id)?.fresh) this.keep(false);
    const second = newId();
    clearTimeout(this.rest);
    this.writing = null;
    void this.submit(
      () => [{ do: "split", ...this.of(writing.id), text, offset, new_id: second }],
      { said: "Divided." },
    ).then((done) => {
      if (!done || done.conflicts.length) return this.write(writing.id, offset, text);
      this.currentId = second;
      this.write(second, 0);
    });
  }

  /** Begin a line that is missing: after the one at hand, or where the picture stands. */
  private add(): void {
    this.keep();
    const { current } = this;
    const next = this.sheet.all[this.sheet.placeOf(this.currentId) + 1];
    const times = timesOfAdded(current, next, this.spoken?.at ?? null);
    if (!times) return this.say("Play the recording to where it is said, then add the line.");
    const cue_id = newId();
    const fresh = { revision: 0, text: "", origin: "typed", provenance: "typed" } as const;
    this.sheet.take([readCue({ ...fresh, ...times, cue_id, fresh: true })]);
    this.refreshAll();
    this.write(cue_id, 0);
    this.lineOf(cue_id)?.scrollIntoView({ block: "nearest" });
    this.say("A new line: write what is said. Escape keeps it; left empty, it goes.");
  }

  /** What was begun and never kept goes, and nobody hears of it. */
  private dropFresh(): void {
    const id = this.writing?.id;
    if (!id) return;
    clearTimeout(this.rest);
    this.writing = null;
    this.unsent.drop(id);
    const place = this.sheet.placeOf(id);
    this.sheet.take([], [id]);
    this.currentId = this.sheet.all[Math.max(0, place - 1)]?.cue_id ?? null;
    this.refreshAll();
    this.focusLine();
  }

  // --- writing ------------------------------------------------------------

  private get field(): HTMLTextAreaElement | null {
    return this.querySelector(".line__field");
  }

  private write(id: string, caret: number | null = null, text?: string): void {
    const cue = this.sheet.get(id);
    if (!cue) return;
    if (this.writing && this.writing.id !== id) this.keep();
    this.select(id);
    this.writing = { id, base: cue, text: text ?? cue.text };
    this.caret = caret;
    this.blocks?.reveal(this.sheet.placeOf(id));
    this.refreshLine(id);
    const { field } = this;
    if (!field) return;
    field.focus();
    const at = this.caret ?? field.value.length;
    field.setSelectionRange(at, at);
    fit(field);
  }

  private readonly typed = (event: Event): void => {
    const field = event.target as HTMLTextAreaElement;
    if (!this.writing) return;
    this.writing.text = field.value;
    fit(field);
    const { id, base } = this.writing;
    this.unsent.keep(id, { revision: base.revision, text: field.value, ...addedOf(base) });
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.keep(false), REST_MS);
  };

  /** Send what was written, if it is another text; leave the field unless `stay`. */
  private keep(close = true): void {
    clearTimeout(this.rest);
    const { writing } = this;
    if (!writing) return;
    const text = writing.text.split(/\s+/u).filter(Boolean).join(" ");
    const { id, base } = writing;
    if (close) this.writing = null;
    const same = text === base.text;
    if (!text && this.sheet.get(id)?.fresh) {
      if (!close) return;
      this.writing = writing;
      return this.dropFresh();
    }
    if (same || !text) {
      this.unsent.drop(id);
      if (!text) this.say("A line can’t be empty; delete it instead.");
    } else {
      const optimistic = this.sheet.get(id);
      if (optimistic && close) this.sheet.take([{ ...optimistic, text, words: [], doubtful: [] }]);
      // The revision that one saw, so that nobody's words are written over unseen.
      const { revision } = base;
      void this.submit(() => {
        const now = this.sheet.get(id);
        if (now?.fresh) return [addOf({ ...now, text })];
        const mine = this.ownRevisions.get(id);
        const known = mine && mine.from >= revision && now?.revision === mine.to;
        return [{ do: "change", cue_id: id, revision: known ? mine.to : revision, text }];
      }).then((done) => {
        const fresh = done?.cues.find((cue) => cue.cue_id === id);
        if (fresh) this.ownRevisions.set(id, { from: revision, to: fresh.revision });
      });
    }
    if (close) this.refreshLine(id);
  }

  /** Revisions that came of one's own writing while more of it was on the way. */
  private readonly ownRevisions = new Map<string, { from: number; to: number }>();

  private readonly left = (event: FocusEvent): void => {
    // Leaving the field for a button of the same line is no end of writing.
    const to = event.relatedTarget as Element | null;
    const line = (event.target as Element).closest(".line");
    if (to && line?.contains(to)) return;
    if (this.field === event.target) this.keep();
  };

  private readonly leave = (): void => this.keep();

  private readonly warn = (event: BeforeUnloadEvent): void => {
    if (this.waiting && this.problem) event.preventDefault();
  };

  private settleConflict(id: string, mine: boolean): void {
    const conflict = this.conflicts.get(id);
    this.conflicts.delete(id);
    if (conflict && mine) {
      const { mine: text } = conflict;
      void this.submit(() => [{ do: "change", ...this.of(id), text }], { said: "Yours stands." });
    }
    this.currentId = id;
    this.refreshLine(id);
    this.focusLine();
  }

  // --- where one is -------------------------------------------------------

  private select(id: string, extend = false): void {
    const before = this.selected.map(({ cue_id }) => cue_id);
    if (extend) this.anchorId ??= this.currentId;
    else this.anchorId = null;
    this.currentId = id;
    const after = this.selected.map(({ cue_id }) => cue_id);
    const blocks = new Set([...before, ...after].map((one) => this.sheet.placeOf(one)));
    for (const place of blocks) if (place >= 0) this.blocks?.refresh(place);
  }

  private moveBy(step: number, extend = false, from: string | null = this.currentId): void {
    const place = this.sheet.placeOf(from) + step;
    const cue = this.sheet.all[Math.max(0, Math.min(place, this.sheet.size - 1))];
    if (!cue) return;
    this.select(cue.cue_id, extend);
    this.focusLine();
  }

  private focusLine(): void {
    const place = this.sheet.placeOf(this.currentId);
    if (place < 0) return;
    this.blocks?.reveal(place);
    this.refreshLine(this.currentId);
    const line = this.lineOf(this.currentId);
    line?.focus({ preventScroll: true });
    line?.scrollIntoView({ block: "nearest" });
  }

  private lineOf(id: string | null): HTMLElement | null {
    return id ? this.querySelector(`#line-${CSS.escape(id)}`) : null;
  }

  private goToUnchecked(): void {
    const { all } = this.sheet;
    const from = this.sheet.placeOf(this.currentId);
    const next =
      all.find((cue, place) => place > from && cue.provenance !== "verified") ??
      all.find((cue) => cue.provenance !== "verified");
    if (!next) return this.say("Every line is checked.");
    this.select(next.cue_id);
    this.focusLine();
  }

  // --- the picture --------------------------------------------------------

  private get video(): HTMLVideoElement | null {
    return document.querySelector("fm-player video");
  }

  private playFrom(at: string): void {
    const detail = { room_id: this.roomId, at };
    document.dispatchEvent(new CustomEvent("fm-seek", { detail }));
    void this.video?.play().catch(() => undefined);
  }

  private toggle(cue?: Cue): void {
    const { video } = this;
    if (!video) return this.say("There is no recording to play.");
    if (video.paused && cue && this.playing?.cue_id !== cue.cue_id) this.playFrom(cue.at);
    else if (video.paused) {
      if (video.readyState || !cue) void video.play().catch(() => undefined);
      else this.playFrom(cue.at);
    } else video.pause();
  }

  private skip(seconds: number): void {
    if (this.video) this.video.currentTime += seconds;
  }

  private playWord(): void {
    const cue = this.current;
    const { field } = this;
    if (!cue) return;
    const place = field ? wordAt(field.value, field.selectionStart) : 0;
    this.playFrom(momentOfWord({ ...cue, text: field?.value ?? cue.text }, place));
  }

  private readonly follow = (event: CustomEvent): void => {
    const { room_id, at } = event.detail as { room_id: string; at: string | null };
    if (room_id !== this.roomId || !at || !this.loaded) return;
    this.spoken = { at, told: Date.now() };
    const cue = this.sheet.lineAt(at) ?? null;
    const before = this.playing;
    this.playing = cue;
    if (before?.cue_id !== cue?.cue_id) {
      if (before) delete this.lineOf(before.cue_id)?.dataset["playing"];
      if (cue) {
        const line = this.lineOf(cue.cue_id);
        if (line) line.dataset["playing"] = "";
        if (!this.writing && this.video?.paused === false) this.keepInSight(cue);
      }
    }
    this.markWord(cue, Date.parse(at));
  };

  /** Keep what is said in sight, unless one is at work elsewhere. */
  private keepInSight(cue: Cue): void {
    if (this.contains(document.activeElement) && this.currentId !== cue.cue_id) {
      const near = Math.abs(this.sheet.placeOf(this.currentId) - this.sheet.placeOf(cue.cue_id));
      if (near > 3) return;
    }
    this.blocks?.reveal(this.sheet.placeOf(cue.cue_id));
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.lineOf(cue.cue_id)?.scrollIntoView({
      block: "nearest",
      behavior: still ? "auto" : "smooth",
    });
  }

  private markWord(cue: Cue | null, at: number): void {
    const highlights = (CSS as { highlights?: HighlightRegistry }).highlights;
    if (!highlights) return;
    highlights.delete("spoken");
    const text = cue && this.lineOf(cue.cue_id)?.querySelector(".line__text");
    const span = cue && spanAt(cue, at);
    const range = text && span ? rangeOf(text, span) : null;
    if (range) highlights.set("spoken", new Highlight(range));
  }

  // --- keys and clicks ----------------------------------------------------

  private readonly pressAnywhere = (event: KeyboardEvent): void => {
    if (!this.loaded || event.defaultPrevented) return;
    const target = event.target as Element;
    if (target.closest("dialog, fm-player")) return;
    const key = nameOf(event);
    const within = this.contains(target);
    const field = target.closest("input, textarea, select");
    let act: (() => void) | undefined;
    if (key === "Ctrl F" && (within || target === document.body)) act = () => this.openFind();
    else if (key === "Ctrl Space") act = () => this.toggle(this.current);
    else if (within && this.field !== target && !field) {
      if (key === "Ctrl Z") act = () => this.undo();
      if (key === "Ctrl Shift Z" || key === "Ctrl Y") act = () => this.redo();
      if (key === "A" && !this.sheet.size) act = () => this.add();
      if (key === "?") act = () => this.open({ kind: "keys" });
    }
    if (!act) return;
    event.preventDefault();
    act();
  };

  private readonly pressLine = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    if (event.target === this.field) return this.pressField(event);
    // Buttons of a line have Enter and Space for themselves.
    const button = (event.target as Element).matches("button");
    if (button && /^(?:Enter| )$/u.test(event.key)) return;
    const cue = this.current;
    if (!cue) return;
    const act = this.actsOfLine(cue)[nameOf(event)];
    if (!act) return;
    event.preventDefault();
    act();
  };

  private actsOfLine(cue: Cue): Record<string, () => void> {
    return {
      ArrowDown: () => this.moveBy(1),
      ArrowUp: () => this.moveBy(-1),
      J: () => this.moveBy(1),
      K: () => this.moveBy(-1),
      "Shift ArrowDown": () => this.moveBy(1, true),
      "Shift ArrowUp": () => this.moveBy(-1, true),
      PageDown: () => this.moveBy(10),
      PageUp: () => this.moveBy(-10),
      Home: () => this.moveBy(-this.sheet.size),
      End: () => this.moveBy(this.sheet.size),
      Escape: () => this.select(cue.cue_id),
      Enter: () => this.write(cue.cue_id),
      F2: () => this.write(cue.cue_id),
      Space: () => this.toggle(cue),
      V: () => this.checkOff(),
      N: () => this.goToUnchecked(),
      S: () => this.open({ kind: "speaker", cue }),
      T: () => this.open({ kind: "times", cue }),
      M: () => this.join(cue.cue_id),
      P: () => this.publish(),
      H: () => this.openHistory(cue),
      A: () => this.add(),
      Delete: () => this.deleteLines(),
      Backspace: () => this.deleteLines(),
    };
  }

  private pressField(event: KeyboardEvent): void {
    const field = event.target as HTMLTextAreaElement;
    const { writing } = this;
    if (!writing || event.isComposing) return;
    const at = field.selectionStart;
    const nothingSelected = at === field.selectionEnd;
    const place = this.sheet.placeOf(writing.id);
    const before = this.sheet.all[place - 1];
    const after = this.sheet.all[place + 1];
    const untouched = writing.text === writing.base.text;
    const acts: Record<string, (() => void) | false | undefined> = {
      Enter: () => {
        this.keep();
        if (after) this.write(after.cue_id, 0);
        else this.focusLine();
      },
      Escape: () => {
        this.keep();
        this.focusLine();
      },
      "Ctrl Enter": () => this.divide(),
      "Ctrl J": () => this.join(writing.id, writing.text.trim().length),
      "Ctrl Shift Space": () => this.playWord(),
      "Alt ArrowLeft": () => this.skip(-3),
      "Alt ArrowRight": () => this.skip(3),
      // The browser takes back letters; what was sent before is ours.
      "Ctrl Z": untouched && (() => this.undo()),
      "Ctrl Shift Z": untouched && (() => this.redo()),
      "Ctrl Y": untouched && (() => this.redo()),
      ArrowUp: nothingSelected && before && isFirstRow(field) && (() => this.write(before.cue_id)),
      ArrowDown:
        nothingSelected && after && isLastRow(field) && (() => this.write(after.cue_id, 0)),
    };
    const act = acts[nameOf(event)];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** A click on a word puts the caret there and the picture to where it is said. */
  private readonly clickText = (event: MouseEvent): void => {
    const text = event.currentTarget as HTMLElement;
    const cue = this.sheet.get(text.closest<HTMLElement>(".line")?.dataset["id"] ?? null);
    if (!cue || getSelection()?.isCollapsed === false) return;
    if (event.shiftKey) return this.select(cue.cue_id, true);
    const offset = offsetAt(text, event.clientX, event.clientY) ?? cue.text.length;
    this.write(cue.cue_id, offset);
    const { video } = this;
    if (video?.readyState) {
      const detail = { room_id: this.roomId, at: momentOfWord(cue, wordAt(cue.text, offset)) };
      document.dispatchEvent(new CustomEvent("fm-seek", { detail }));
    }
  };

  // --- panels -------------------------------------------------------------

  private open(panel: Panel): void {
    this.keep();
    this.panel = panel;
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const dialog = this.querySelector<HTMLDialogElement>(".editor-panel");
      if (dialog && !dialog.open) dialog.showModal();
      this.querySelector<HTMLElement>(".editor-panel [data-first]")?.focus();
    });
  }

  private openHistory(cue: Cue): void {
    this.open({ kind: "history", cue, edits: null });
    void this.service.history(cue.cue_id).then((edits) => {
      if (this.panel?.kind !== "history") return;
      this.panel = { kind: "history", cue, edits };
      this.requestUpdate();
    });
  }

  private readonly closed = (): void => {
    this.panel = null;
    this.requestUpdate();
    this.focusLine();
  };

  private shut(): void {
    this.querySelector<HTMLDialogElement>(".editor-panel")?.close();
  }

  private openFind(): void {
    this.keep();
    this.finding.open = true;
    this.skipped.clear();
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const field = this.querySelector<HTMLInputElement>(".editor-find [name=find]");
      field?.focus();
      field?.select();
    });
  }

  private closeFind(): void {
    this.finding.open = false;
    this.requestUpdate();
    this.focusLine();
  }

  private replaceAll(found: Found[]): void {
    const wanted = found.filter(({ cue }) => !this.skipped.has(cue.cue_id));
    if (!wanted.length) return;
    void this.submit(
      () =>
        wanted.map(({ cue, after }) => ({
          do: "change",
          cue_id: cue.cue_id,
          revision: cue.revision,
          text: after,
        })),
      { said: `Replaced in ${countLines(wanted.length)}.` },
    );
  }

  private nameFromMarkers(): void {
    const names = [...this.suggested];
    void this.submit(
      () => names.map(([id, speaker]) => ({ do: "change", ...this.of(id), speaker })),
      { said: `${countLines(names.length)} named.` },
    );
  }

  private readonly nameSpeaker = (event: SubmitEvent): void => {
    event.preventDefault();
    const { panel } = this;
    if (panel?.kind !== "speaker") return;
    const form = event.target as HTMLFormElement;
    const name = new FormData(form).get("speaker") as string;
    const everywhere = (event.submitter as HTMLButtonElement | null)?.value === "all";
    const ids = this.selected.map(({ cue_id }) => cue_id);
    const before = panel.cue.speaker;
    this.shut();
    if (everywhere && before) {
      void this.submit(() => [{ do: "rename", speaker: before, to: name || null }], {
        said: `${before} is now ${name || "not named"} everywhere.`,
      });
    } else {
      void this.submit(
        () => ids.map((id) => ({ do: "change", ...this.of(id), speaker: name || null })),
        { said: "Named." },
      );
    }
  };

  private readonly setTimes = (event: SubmitEvent): void => {
    event.preventDefault();
    const { panel } = this;
    if (panel?.kind !== "times") return;
    const fields = new FormData(event.target as HTMLFormElement);
    const [at, end] = (["starts", "ends"] as const).map((name) =>
      readTime(fields.get(name) as string, name === "starts" ? panel.cue.at : panel.cue.end_at, this.moments),
    );
    if (!at || !end || at >= end) {
      const problem = at && end ? "It ends after it begins." : "Write a time such as 10:03:12.500.";
      this.panel = { ...panel, problem };
      this.requestUpdate();
      return;
    }
    const { cue } = panel;
    this.shut();
    void this.submit(
      () => [
        {
          do: "change",
          ...this.of(cue.cue_id),
          ...(at === cue.at ? {} : { at }),
          ...(end === cue.end_at ? {} : { end_at: end }),
        },
      ],
      { said: "Its times are changed." },
    );
  };

  private takeTime(name: "starts" | "ends"): void {
    const field = this.querySelector<HTMLInputElement>(`.editor-panel [name=${name}]`);
    if (field && this.spoken) field.value = writeTime(this.spoken.at, this.moments);
  }

  private revert(edit: PastEdit): void {
    const before = edit.before!;
    this.shut();
    void this.submit(
      () => [
        {
          do: "change",
          ...this.of(edit.cue_id),
          text: before.text,
          speaker: before.speaker ?? null,
          at: before.at,
          end_at: before.end_at,
        },
      ],
      { said: "It is as it was." },
    );
  }

  // --- what is shown ------------------------------------------------------

  protected override render(): TemplateResult {
    const { lines, checked, waiting } = this.sheet.counts();
    const share = lines ? Math.floor((100 * checked) / lines) : 0;
    return html`<div class="editor__tools">
        <div class="editor__progress">
          <progress max=${lines || 1} value=${checked} aria-label="Lines checked"></progress>
          <span
            ><strong>${share} %</strong> ${checked.toLocaleString("en")} of
            ${countLines(lines)} checked${waiting
              ? html`, <span class="editor__waiting">${waiting.toLocaleString("en")} not public yet</span>`
              : nothing}</span
          >
          ${this.whoElse()}
        </div>
        <div class="editor__buttons" role="group" aria-label="Edit">
          ${this.button("Take back", "undo", () => this.undo(), !this.undoable.length)}
          ${this.button("Do again", "redo", () => this.redo(), !this.redoable.length)}
          ${this.wordButton("Find and replace", "search", () =>
            this.finding.open ? this.closeFind() : this.openFind(),
          )}
          ${this.wordButton("Next unchecked", "check", () => this.goToUnchecked())}
          ${this.suggested.size
            ? this.wordButton(`Take ${this.suggested.size.toLocaleString("en")} names from the marks`, "mic", () =>
                this.nameFromMarkers(),
              )
            : nothing}
          ${this.wordButton("Keys", "keys", () => this.open({ kind: "keys" }))}
          <span class="editor__saved" data-waits=${this.waiting > 0}
            >${this.waiting ? "Saving …" : "All saved"}</span
          >
        </div>
        ${this.finding.open ? this.findPanel() : nothing}
        ${this.problem ? html`<p class="refusal" role="alert">${icon("warning")}<span>${this.problem}</span></p>` : nothing}
        <p class="visually-hidden" role="status">${this.said}</p>
      </div>
      ${lines
        ? nothing
        : html`<div class="empty empty--small"><h2>Nothing was said here yet</h2>
            <p>Captions appear here as people speak.</p>
            ${this.spoken ? this.wordButton("Add a line where the picture stands", "plus", () => this.add()) : nothing}
          </div>`}
      <div
        class="lines"
        role="list"
        aria-label="What was said"
        @keydown=${this.pressLine}
      ></div>
      ${this.dialog()}`;
  }

  private button(word: string, name: string, act: () => void, disabled = false): TemplateResult {
    return html`<button
      type="button"
      class="icon-button"
      data-icon=${name}
      aria-label=${word}
      title=${word}
      ?disabled=${disabled}
      @click=${act}
    >
      ${icon(name === "redo" ? "undo" : name)}
    </button>`;
  }

  private wordButton(word: string, name: string, act: () => void): TemplateResult {
    return html`<button type="button" class="button button--small button--quiet" @click=${act}>
      ${icon(name)}${word}
    </button>`;
  }

  private whoElse(): Piece {
    if (!this.people.length) return nothing;
    const names = [...new Set(this.people.map(({ name }) => name))];
    return html`<span class="editor__people"
      >${names.map((name) => avatar(name))}
      <span>${names.join(", ")} ${names.length === 1 ? "is" : "are"} here too</span></span
    >`;
  }

  private line(place: number): TemplateResult {
    const cue = this.sheet.all[place]!;
    const id = cue.cue_id;
    const at = id === this.currentId;
    const other = this.people.find((person) => person.cue_id === id);
    const heading = this.headings.get(id);
    const conflict = this.conflicts.get(id);
    const writes = this.writing?.id === id;
    const tab = at ? 0 : -1;
    const selected = this.anchorId !== null && this.isSelected(place);
    const words = `${this.moments.exact(cue.at)}, ${cue.speaker ?? "speaker not named"}: ${cue.text}${stateWords(cue)}`;
    return html`${heading
        ? html`<div class="lines__item" role="presentation"><span>${heading}</span></div>`
        : nothing}
      <div
        class="line"
        role="listitem"
        id=${`line-${id}`}
        data-id=${id}
        data-origin=${cue.origin}
        data-state=${cue.provenance === "verified" ? "checked" : cue.waits ? "waits" : "open"}
        ?data-current=${at}
        ?data-selected=${selected}
        ?data-playing=${this.playing?.cue_id === id}
        ?data-conflict=${conflict !== undefined}
        aria-current=${at ? "true" : nothing}
        aria-setsize=${this.sheet.size}
        aria-posinset=${place + 1}
        aria-label=${words}
        tabindex=${tab}
        @focus=${() => at || this.select(id)}
      >
        <button
          type="button"
          class="line__time"
          tabindex=${tab}
          title="Play from here"
          @click=${() => {
            this.select(id);
            this.playFrom(cue.at);
          }}
        >
          <time datetime=${cue.at}>${this.moments.exact(cue.at)}</time>
        </button>
        <div class="line__body">
          <button
            type="button"
            class="line__speaker"
            tabindex=${tab}
            data-named=${cue.speaker !== null}
            @click=${() => {
              this.select(id);
              this.open({ kind: "speaker", cue });
            }}
          >
            ${cue.speaker ?? (this.suggested.has(id) ? `${this.suggested.get(id)}?` : "Who speaks?")}
          </button>
          ${other ? this.otherHere(other) : nothing}
          ${writes
            ? html`<textarea
                class="line__field"
                aria-label=${`Words of ${this.moments.exact(cue.at)}`}
                rows="1"
                .value=${this.writing!.text}
                @input=${this.typed}
                @blur=${this.left}
                ${ref((field) => field && fit(field as HTMLTextAreaElement))}
              ></textarea>`
            : html`<p class="line__text" @click=${this.clickText}>${textOf(cue)}</p>`}
          ${conflict ? this.conflictOf(id, conflict) : nothing} ${at ? this.actions(cue) : nothing}
        </div>
        <span class="line__marks">${marks(cue)}</span>
      </div>`;
  }

  private isSelected(place: number): boolean {
    const [from, to] = [this.sheet.placeOf(this.anchorId), this.sheet.placeOf(this.currentId)];
    return place >= Math.min(from, to) && place <= Math.max(from, to);
  }

  private otherHere(other: Person): TemplateResult {
    const { hue } = drawAvatar(other.name);
    return html`<span class="line__other avatar" data-hue=${hue}
      >${other.name} ${other.writes ? "writes here" : "is here"}</span
    >`;
  }

  private conflictOf(id: string, { mine, now }: Conflict): TemplateResult {
    return html`<div class="line__conflict" role="group" aria-label="Two versions of this line">
      <p><strong>Somebody else changed this line meanwhile.</strong></p>
      <dl class="versions">
        <div><dt>Theirs, as it stands</dt><dd>${now.text}</dd></div>
        <div><dt>Yours</dt><dd>${mine}</dd></div>
      </dl>
      <p class="line__actions">
        <button type="button" class="button button--small" @click=${() => this.settleConflict(id, false)}>Leave theirs</button>
        <button type="button" class="button button--small" @click=${() => this.settleConflict(id, true)}>Put yours</button>
        <button
          type="button"
          class="button button--small button--quiet"
          @click=${() => {
            this.conflicts.delete(id);
            this.write(id, null, `${now.text} ${mine}`);
          }}
        >Edit both</button>
      </p>
    </div>`;
  }

  /** The same as the keys, for who has none. */
  private actions(cue: Cue): TemplateResult {
    const one = (word: string, key: string, act: () => void): TemplateResult =>
      html`<button
        type="button"
        class="line__action"
        title=${`${word} (${key})`}
        @mousedown=${(event: Event) => event.preventDefault()}
        @click=${act}
      >
        ${word}
      </button>`;
    return html`<div class="line__actions" role="group" aria-label="This line">
      ${one(cue.provenance === "verified" ? "Not checked" : "Checked", "V", () => this.checkOff())}
      ${cue.waits ? one("Publish", "P", () => this.publish()) : nothing}
      ${one("Divide", "Ctrl Enter", () => this.divide())}
      ${one("Add a line after it", "A", () => this.add())}
      ${one("Join with next", "M", () => this.join(cue.cue_id))}
      ${one("Times", "T", () => this.open({ kind: "times", cue }))}
      ${one("History", "H", () => this.openHistory(cue))}
      ${one("Delete", "Delete", () => this.deleteLines())}
    </div>`;
  }

  private findPanel(): TemplateResult {
    const { find, replace, matchCase, wholeWords } = this.finding;
    const found = findIn(this.sheet.all, this.finding);
    const times = found.reduce((sum, one) => sum + one.times, 0);
    const set = (name: "find" | "replace") => (event: Event) => {
      this.finding[name] = (event.target as HTMLInputElement).value;
      this.skipped.clear();
      this.requestUpdate();
    };
    const tick = (name: "matchCase" | "wholeWords") => (event: Event) => {
      this.finding[name] = (event.target as HTMLInputElement).checked;
      this.requestUpdate();
    };
    const left = found.filter(({ cue }) => !this.skipped.has(cue.cue_id)).length;
    return html`<form
      class="editor-find"
      role="search"
      @submit=${(event: Event) => {
        event.preventDefault();
        this.replaceAll(found);
      }}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === "Escape") this.closeFind();
      }}
    >
      <label class="field"><span class="field__label">Find</span
        ><input class="input" name="find" autocomplete="off" .value=${find} @input=${set("find")} /></label>
      <label class="field"><span class="field__label">Put instead</span
        ><input class="input" name="replace" autocomplete="off" .value=${replace} @input=${set("replace")} /></label>
      <div class="editor-find__ticks">
        <label class="check"><input type="checkbox" .checked=${matchCase} @change=${tick("matchCase")} /> Capitals as written</label>
        <label class="check"><input type="checkbox" .checked=${wholeWords} @change=${tick("wholeWords")} /> Whole words</label>
      </div>
      <p class="editor-find__sum" role="status">
        ${find.trim() ? `${times.toLocaleString("en")} in ${countLines(found.length)}` : ""}
      </p>
      ${found.length
        ? html`<ol class="editor-find__list">
              ${found.slice(0, MOST_PREVIEW).map((one) => this.preview(one))}
            </ol>
            ${found.length > MOST_PREVIEW
              ? html`<p class="quiet">And ${countLines(found.length - MOST_PREVIEW)} more.</p>`
              : nothing}`
        : nothing}
      <p class="line__actions">
        <button class="button button--primary" ?disabled=${!left}>Replace in ${countLines(left)}</button>
        <button type="button" class="button button--quiet" @click=${() => this.closeFind()}>Close</button>
      </p>
    </form>`;
  }

  private preview({ cue, after }: Found): TemplateResult {
    return html`<li>
      <label class="check"
        ><input
          type="checkbox"
          .checked=${!this.skipped.has(cue.cue_id)}
          @change=${(event: Event) => {
            if ((event.target as HTMLInputElement).checked) this.skipped.delete(cue.cue_id);
            else this.skipped.add(cue.cue_id);
            this.requestUpdate();
          }}
        /><span><del>${cue.text}</del> <ins>${after}</ins></span></label
      ><button
        type="button"
        class="line__action"
        @click=${() => {
          this.select(cue.cue_id);
          this.focusLine();
        }}
      >
        ${this.moments.exact(cue.at)}<span class="visually-hidden">: go to this line</span>
      </button>
    </li>`;
  }

  private dialog(): TemplateResult {
    const { panel } = this;
    const title = panel
      ? { keys: "Keys", speaker: "Who speaks?", times: "When is it said?", history: "What was done to this line" }[panel.kind]
      : "";
    return html`<dialog class="dialog editor-panel" aria-label=${title} @close=${this.closed}>
      ${panel
        ? html`<h2>${title}</h2>
            ${panel.kind === "keys"
              ? this.keysPanel()
              : panel.kind === "history"
                ? this.historyPanel(panel.cue, panel.edits)
                : panel.kind === "speaker"
                  ? this.speakerPanel(panel.cue)
                  : this.timesPanel(panel.cue, panel.problem)}`
        : nothing}
    </dialog>`;
  }

  private keysPanel(): TemplateResult {
    return html`<div class="editor-keys">
        ${KEY_HELP.map(
          ([title, keys]) => html`<section>
            <h3>${title}</h3>
            <dl>${keys.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
          </section>`,
        )}
      </div>
      <p class="dialog__actions"><button type="button" class="button" data-first @click=${() => this.shut()}>Close</button></p>`;
  }

  private speakerPanel(cue: Cue): TemplateResult {
    const known = this.sheet.speakers();
    const lines = known.find(([name]) => name === cue.speaker)?.[1] ?? 0;
    const several = this.selected.length;
    return html`<form class="editor-form" @submit=${this.nameSpeaker}>
      <label class="field"><span class="field__label">Name</span
        ><input class="input" name="speaker" maxlength="200" autocomplete="off" list="editor-speakers" data-first
          .value=${cue.speaker ?? this.suggested.get(cue.cue_id) ?? ""} /></label>
      <datalist id="editor-speakers">${known.map(([name]) => html`<option value=${name}></option>`)}</datalist>
      <p class="dialog__actions">
        <button class="button button--primary" value="here">${several > 1 ? `In these ${several} lines` : "Only here"}</button>
        ${lines > 1 ? html`<button class="button" value="all">Everywhere (${countLines(lines)})</button>` : nothing}
        <button type="button" class="button button--quiet" @click=${() => this.shut()}>Cancel</button>
      </p>
    </form>`;
  }

  private timesPanel(cue: Cue, problem?: string): TemplateResult {
    const one = (name: "starts" | "ends", word: string, at: string): TemplateResult =>
      html`<div class="span-field">
        <label class="field"><span class="field__label">${word}</span
          ><input class="input" name=${name} autocomplete="off" ?data-first=${name === "starts"} .value=${writeTime(at, this.moments)} /></label>
        ${this.spoken
          ? html`<button type="button" class="button button--small button--quiet" @click=${() => this.takeTime(name)}>As shown now</button>`
          : nothing}
      </div>`;
    return html`<form class="editor-form" @submit=${this.setTimes}>
      ${problem ? html`<p class="refusal" role="alert">${problem}</p>` : nothing}
      ${one("starts", "Begins", cue.at)} ${one("ends", "Ends", cue.end_at)}
      <p class="dialog__actions">
        <button class="button button--primary">Keep</button>
        <button type="button" class="button button--quiet" @click=${() => this.shut()}>Cancel</button>
      </p>
    </form>`;
  }

  private historyPanel(cue: Cue, edits: PastEdit[] | null): TemplateResult {
    return html`<p class="quiet">${ORIGIN_WORDS[cue.origin]}.</p>
      ${edits === null
        ? html`<p class="quiet">One moment …</p>`
        : edits.length === 0
          ? html`<p>Nothing was changed.</p>`
          : html`<ol class="line-history">
              ${edits.map(
                (edit) => html`<li>
                  <p>
                    <strong>${edit.name}</strong> ${WHAT_WORDS[edit.what] ?? edit.what},
                    <time datetime=${edit.at}>${this.moments.day(edit.at)} ${this.moments.clock(edit.at)}</time>
                  </p>
                  ${edit.before && edit.after && edit.before.text !== edit.after.text
                    ? html`<p class="line-history__text"><del>${edit.before.text}</del> <ins>${edit.after.text}</ins></p>`
                    : nothing}
                  ${edit.before && edit.after && (edit.before.speaker ?? "") !== (edit.after.speaker ?? "")
                    ? html`<p class="line-history__text"><del>${edit.before.speaker ?? "not named"}</del> <ins>${edit.after.speaker ?? "not named"}</ins></p>`
                    : nothing}
                  ${edit.before
                    ? html`<button type="button" class="button button--small button--quiet" @click=${() => this.revert(edit)}>Back to what it was before</button>`
                    : nothing}
                </li>`,
              )}
            </ol>`}
      <p class="dialog__actions"><button type="button" class="button" data-first @click=${() => this.shut()}>Close</button></p>`;
  }
}

function countLines(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "line" : "lines"}`;
}

function stateWords(cue: Cue): string {
  if (cue.provenance === "verified") return ". Checked";
  return cue.waits ? ". Not public yet" : "";
}

function marks(cue: Cue): Piece {
  const from = html`<span class="line__origin" ?data-kept=${cue.by_person} title=${ORIGIN_WORDS[cue.origin] + (cue.by_person ? ", corrected" : "")}
    >${cue.by_person ? "Corrected" : ORIGIN_WORDS[cue.origin]}</span
  >`;
  if (cue.provenance === "verified") {
    return html`<span class="line__checked" title=${`Checked by ${cue.checked_by ?? "somebody"}`}>${icon("check")}Checked</span>`;
  }
  return cue.waits ? html`<span class="badge badge--paused">Not public yet</span>${from}` : from;
}

/** The words; those that the machine was not sure of stand apart. */
function textOf(cue: Cue): Piece | string {
  if (!cue.doubtful.length) return cue.text;
  const doubtful = new Set(cue.doubtful);
  const parts = cue.text.split(/(\s+)/u);
  return html`${parts.map((part, index) =>
    index % 2 === 0 && doubtful.has(index / 2) ? html`<span class="doubtful">${part}</span>` : part,
  )}`;
}

function fit(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

function isFirstRow(field: HTMLTextAreaElement): boolean {
  return field.selectionStart === 0 || field.clientHeight < 1.9 * rowHeight(field);
}

function isLastRow(field: HTMLTextAreaElement): boolean {
  return field.selectionEnd === field.value.length || field.clientHeight < 1.9 * rowHeight(field);
}

function rowHeight(field: HTMLTextAreaElement): number {
  return parseFloat(getComputedStyle(field).lineHeight) || 24;
}

/** The letter of a line at a place on the screen. */
function offsetAt(text: HTMLElement, x: number, y: number): number | null {
  const found = document.caretRangeFromPoint?.(x, y);
  const modern = document as Document & {
    caretPositionFromPoint?(x: number, y: number): { offsetNode: Node; offset: number } | null;
  };
  const place = found
    ? { offsetNode: found.startContainer, offset: found.startOffset }
    : modern.caretPositionFromPoint?.(x, y);
  if (!place || !text.contains(place.offsetNode)) return null;
  const range = document.createRange();
  range.setStart(text, 0);
  range.setEnd(place.offsetNode, place.offset);
  return range.toString().length;
}

/** A span of letters of an element whose text may stand in several nodes. */
function rangeOf(element: Element, [from, to]: [number, number]): Range | null {
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let passed = 0;
  let begun = false;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const length = node.nodeValue!.length;
    if (!begun && from < passed + length) {
      range.setStart(node, from - passed);
      begun = true;
    }
    if (begun && to <= passed + length) {
      range.setEnd(node, to - passed);
      return range;
    }
    passed += length;
  }
  return null;
}

function writeTime(at: string, moments: Moments): string {
  const millis = String(new Date(at).getMilliseconds()).padStart(3, "0");
  return `${moments.exact(at)}.${millis}`;
}

/** The moment near another that has this time of day; null for what is none. */
function readTime(text: string, near: string, moments: Moments): string | null {
  const match = /^\s*(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,3}))?\s*$/u.exec(text);
  if (!match) return null;
  const ms = (clock: readonly number[]): number =>
    ((clock[0]! * 60 + clock[1]!) * 60 + clock[2]!) * 1_000;
  const wanted = ms(match.slice(1, 4).map(Number)) + Number((match[4] ?? "0").padEnd(3, "0"));
  if (Number(match[1]) > 23 || Number(match[2]) > 59 || Number(match[3]) > 59) return null;
  const there = ms(moments.exact(near).split(":").map(Number)) + new Date(near).getMilliseconds();
  const day = 86_400_000;
  const by = ((((wanted - there + day / 2) % day) + day) % day) - day / 2;
  return new Date(Date.parse(near) + by).toISOString();
}

customElements.define("fm-editor", TranscriptEditor);
