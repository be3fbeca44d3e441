/** `<fm-editor>`: a room's transcript, edited by several people at once. */

import "../../styles/editor.css";

import { html, LitElement, nothing, type TemplateResult } from "lit";

import { addedOf, addOf, newId, timesOfAdded } from "../editor/adding";
import { Blocks } from "../editor/blocks";
import { countLines, iconButton, refusal, wordButton } from "../editor/drawing";
import { Finding } from "../editor/finding";
import { nameOf } from "../editor/keys";
import { fit, isFirstRow, isLastRow, offsetAt } from "../editor/letters";
import { drawLine, type Conflict, type LineActs } from "../editor/line";
import { marksOf, type Marked } from "../editor/markers";
import { drawPanel, type Panel, type PanelActs } from "../editor/panels";
import { Picture } from "../editor/picture";
import { Place } from "../editor/place";
import { Refusals } from "../editor/refusals";
import { Saving } from "../editor/saving";
import { Service, type Act, type Done, type News, type Person } from "../editor/service";
import { readCue, Sheet, type Cue } from "../editor/sheet";
import { UnsentWords } from "../editor/unsent";
import { momentOfWord, wordAt, type Found } from "../editor/words";
import { liveMeeting, type LiveMeeting } from "../meeting";
import { randomName } from "../offline/outbox-store";
import { Moments } from "../wording/moments";
import { avatar, type Piece } from "../wording/pieces";

const LOOK_MS = 1_500;
const AGAIN_MS = 3_000;
/** What somebody types is sent when the fingers rest so long. */
const REST_MS = 4_000;
interface Writing {
  id: string;
  /** As it was when somebody began to write. */
  base: Cue;
  text: string;
}

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
  private readonly place = new Place(this.sheet, {
    refresh: (number) => this.blocks?.refresh(number),
    reveal: (number) => this.blocks?.reveal(number),
    lineOf: (id) => this.lineOf(id),
  });
  private writing: Writing | null = null;
  private caret: number | null = null;
  private picture!: Picture;
  private people: Person[] = [];
  private readonly conflicts = new Map<string, Conflict>();
  private readonly refusals = new Refusals();
  private saving!: Saving;
  private panel: Panel | null = null;
  private isOpening = false;
  private finding!: Finding;
  private said = "";
  /** Words of a line that is gone, or why something can't be done. */
  private lost = "";
  private rest: ReturnType<typeof setTimeout> | undefined;
  private timers: ReturnType<typeof setInterval>[] = [];
  private stopListening: (() => void) | undefined;
  private marked: Marked = { headings: new Map(), suggested: new Map() };

  override connectedCallback(): void {
    super.connectedCallback();
    this.service = new Service(this.dataset["source"] ?? "");
    this.unsent = new UnsentWords(`folkmoot-editor|${this.dataset["source"]}`);
    this.saving = new Saving(this.service, {
      settle: (acts, done) => this.settle(acts, done),
      refused: (acts, why) => {
        this.refusals.keep(acts, why).forEach((id) => this.refreshLine(id));
        this.requestUpdate();
      },
      say: (words) => this.say(words),
      changed: () => this.requestUpdate(),
    });
    this.picture = new Picture(this.roomId, this.sheet, {
      lineOf: (id) => this.lineOf(id),
      turned: (cue, plays) => cue && plays && !this.writing && this.keepInSight(cue),
      say: (words) => this.say(words),
    });
    this.finding = new Finding(this.sheet, this.moments, {
      replace: (found) => this.replaceAll(found),
      goTo: (cue) => this.place.goTo(cue.cue_id),
      close: () => this.closeFind(),
      changed: () => this.requestUpdate(),
    });
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
    this.picture.close();
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
    this.place.id = this.sheet.all[0]?.cue_id ?? null;
    this.readMarkers();
    this.requestUpdate();
    await this.updateComplete;
    const list = this.querySelector<HTMLElement>(".lines")!;
    this.blocks = new Blocks(list, (place) => this.line(place));
    this.blocks.show(this.sheet.size);
    this.dataset["ready"] = "";
    for (const [id, { revision, text, added }] of this.unsent.all) {
      void this.saving.submit(() =>
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
          cue_id: this.place.id,
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
    if (this.number === before && !this.saving.isOwn(2_000)) await this.readSpan(from, to);
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
    const place = this.sheet.placeOf(this.place.id);
    const moved = this.sheet.take(cues, removed);
    if (this.place.id && !this.sheet.get(this.place.id)) {
      const near = this.sheet.all[Math.max(0, Math.min(place, this.sheet.size - 1))];
      if (this.writing?.id === this.place.id) this.lostLine();
      this.place.id = near?.cue_id ?? null;
    }
    this.shown(moved, cues);
  }

  /** Somebody took the line away on which one was writing: the words stay. */
  private lostLine(): void {
    const { writing } = this;
    this.writing = null;
    if (!writing || writing.text === writing.base.text) return;
    this.lost = `Somebody took away the line that you were writing: “${writing.text}”`;
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
    const known = Object.values(this.meeting?.state?.markers ?? {});
    this.marked = marksOf(known, this.roomId, this.sheet.all);
    this.requestUpdate();
  }

  // --- edits --------------------------------------------------------------

  private settle(acts: readonly Act[], done: Done): void {
    for (const act of acts) {
      if (typeof act["text"] === "string") {
        this.unsent.drop(act["cue_id"] as string, act["text"]);
        this.refusals.drop(act["cue_id"] as string);
      }
    }
    for (const { act, now, cue_id: id } of done.conflicts) {
      if (now) {
        this.sheet.take([now]);
        if (act.do === "change" && typeof act["text"] === "string" && act["text"] !== now.text) {
          this.conflicts.set(id, { mine: act["text"], now });
        } else this.say("Somebody changed this line meanwhile: look at it, then do it again.");
      } else {
        this.lost =
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

  private of(id: string): { cue_id: string; revision: number } {
    return { cue_id: id, revision: this.sheet.get(id)?.revision ?? 0 };
  }

  private checkOff(): void {
    this.keep();
    const cues = this.place.selected;
    const checked = cues.some((cue) => cue.provenance !== "verified");
    const about = cues.filter((cue) => (cue.provenance === "verified") !== checked);
    void this.saving.submit(
      () => about.map(({ cue_id }) => ({ do: "check", ...this.of(cue_id), checked })),
      { said: checked ? `${countLines(about.length)} checked.` : "The check mark is off." },
    );
    if (checked && this.place.cue) this.place.moveBy(1, false, cues.at(-1)!.cue_id);
  }

  private publish(): void {
    this.keep();
    const about = this.place.selected.filter((cue) => cue.waits);
    if (!about.length) return this.say("This is public already.");
    void this.saving.submit(
      () => about.map(({ cue_id }) => ({ do: "publish", ...this.of(cue_id) })),
      { said: `${countLines(about.length)} published.` },
    );
  }

  private deleteLines(): void {
    if (this.writing && this.sheet.get(this.writing.id)?.fresh) return this.dropFresh();
    this.keep();
    const ids = this.place.selected.map(({ cue_id }) => cue_id);
    if (!ids.length) return;
    this.place.letGo();
    void this.saving.submit(() => ids.map((id) => ({ do: "delete", ...this.of(id) })), {
      said: `${countLines(ids.length)} deleted. Ctrl Z brings back.`,
    }).then(() => this.place.focus());
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
    this.place.letGo();
    void this.saving.submit(
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
      this.place.id = id;
      if (done && !done.conflicts.length && caret !== null) this.write(id, caret);
      else this.place.focus();
    });
  }

  private divide(): void {
    const field = this.field;
    const { writing } = this;
    if (!writing || !field) {
      if (this.place.id) this.write(this.place.id, 0);
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
    void this.saving.submit(
      () => [{ do: "split", ...this.of(writing.id), text, offset, new_id: second }],
      { said: "Divided." },
    ).then((done) => {
      if (!done || done.conflicts.length) return this.write(writing.id, offset, text);
      this.place.id = second;
      this.write(second, 0);
    });
  }

  /** Begin a line that is missing: after the one at hand, or where the picture stands. */
  private add(): void {
    this.keep();
    const current = this.place.cue;
    const next = this.sheet.all[this.sheet.placeOf(this.place.id) + 1];
    const times = timesOfAdded(current, next, this.picture.at);
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
    this.place.id = this.sheet.all[Math.max(0, place - 1)]?.cue_id ?? null;
    this.refreshAll();
    this.place.focus();
  }

  // --- writing ------------------------------------------------------------

  private get field(): HTMLTextAreaElement | null {
    return this.querySelector(".line__field");
  }

  private write(id: string, caret: number | null = null, text?: string): void {
    const cue = this.sheet.get(id);
    if (!cue) return;
    if (this.writing && this.writing.id !== id) this.keep();
    this.place.select(id);
    // Who goes on writing takes up what was not saved.
    const refused = this.refusals.drop(id);
    this.writing = { id, base: cue, text: text ?? refused?.text ?? cue.text };
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
      void this.saving.submit(() => {
        const now = this.sheet.get(id);
        if (now?.fresh) return [addOf({ ...now, text })];
        const mine = this.ownRevisions.get(id);
        const known = mine && mine.from >= revision && now?.revision === mine.to;
        return [{ do: "change", cue_id: id, revision: known ? mine.to : revision, text }];
      }).then((done) => {
        // What stands on the server is shown again; the words stand beneath it.
        if (!done && close && optimistic && !optimistic.fresh) this.sheet.take([optimistic]);
        if (!done) this.refreshLine(id);
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
    if (this.refusals.size || (this.saving.isBusy && this.saving.problem)) event.preventDefault();
  };

  private sendRefusedAgain(): void {
    for (const { act } of this.refusals.all) void this.saving.submit(() => [act]);
  }

  private settleRefused(id: string, how: "again" | "change" | "throwAway"): void {
    const refused = this.refusals.of(id);
    if (!refused) return;
    if (how === "again") return void this.saving.submit(() => [refused.act], { said: "Saved." });
    if (how === "change") return this.write(id);
    this.refusals.drop(id);
    this.unsent.drop(id);
    if (this.sheet.get(id)?.fresh) this.take([], [id]);
    this.requestUpdate();
    this.refreshLine(id);
    this.place.focus();
  }

  private settleConflict(id: string, how: "theirs" | "mine" | "both"): void {
    const conflict = this.conflicts.get(id);
    this.conflicts.delete(id);
    if (!conflict) return;
    const { mine: text, now } = conflict;
    if (how === "both") return this.write(id, null, `${now.text} ${text}`);
    if (how === "mine") {
      void this.saving.submit(() => [{ do: "change", ...this.of(id), text }], {
        said: "Yours stands.",
      });
    }
    this.place.goTo(id);
  }

  private lineOf(id: string | null): HTMLElement | null {
    return id ? this.querySelector(`#line-${CSS.escape(id)}`) : null;
  }

  private goToUnchecked(): void {
    const { all } = this.sheet;
    const from = this.sheet.placeOf(this.place.id);
    const next =
      all.find((cue, place) => place > from && cue.provenance !== "verified") ??
      all.find((cue) => cue.provenance !== "verified");
    if (!next) return this.say("Every line is checked.");
    this.place.goTo(next.cue_id);
  }

  // --- the picture --------------------------------------------------------

  private playWord(): void {
    const cue = this.place.cue;
    const { field } = this;
    if (!cue) return;
    const place = field ? wordAt(field.value, field.selectionStart) : 0;
    this.picture.playFrom(momentOfWord({ ...cue, text: field?.value ?? cue.text }, place));
  }

  /** Keep what is said in sight, unless one is at work elsewhere. */
  private keepInSight(cue: Cue): void {
    if (this.contains(document.activeElement) && this.place.id !== cue.cue_id) {
      const near = Math.abs(this.sheet.placeOf(this.place.id) - this.sheet.placeOf(cue.cue_id));
      if (near > 3) return;
    }
    this.blocks?.reveal(this.sheet.placeOf(cue.cue_id));
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.lineOf(cue.cue_id)?.scrollIntoView({
      block: "nearest",
      behavior: still ? "auto" : "smooth",
    });
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
    else if (key === "Ctrl Space") act = () => this.picture.toggle(this.place.cue);
    else if (within && this.field !== target && !field) {
      if (key === "Ctrl Z") act = () => this.saving.undo();
      if (key === "Ctrl Shift Z" || key === "Ctrl Y") act = () => this.saving.redo();
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
    const cue = this.place.cue;
    if (!cue) return;
    const act = this.actsOfLine(cue)[nameOf(event)];
    if (!act) return;
    event.preventDefault();
    act();
  };

  private actsOfLine(cue: Cue): Record<string, () => void> {
    return {
      ArrowDown: () => this.place.moveBy(1),
      ArrowUp: () => this.place.moveBy(-1),
      J: () => this.place.moveBy(1),
      K: () => this.place.moveBy(-1),
      "Shift ArrowDown": () => this.place.moveBy(1, true),
      "Shift ArrowUp": () => this.place.moveBy(-1, true),
      PageDown: () => this.place.moveBy(10),
      PageUp: () => this.place.moveBy(-10),
      Home: () => this.place.moveBy(-this.sheet.size),
      End: () => this.place.moveBy(this.sheet.size),
      Escape: () => this.place.select(cue.cue_id),
      Enter: () => this.write(cue.cue_id),
      F2: () => this.write(cue.cue_id),
      Space: () => this.picture.toggle(cue),
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
        else this.place.focus();
      },
      Escape: () => {
        this.keep();
        this.place.focus();
      },
      "Ctrl Enter": () => this.divide(),
      "Ctrl J": () => this.join(writing.id, writing.text.trim().length),
      "Ctrl Shift Space": () => this.playWord(),
      "Alt ArrowLeft": () => this.picture.skip(-3),
      "Alt ArrowRight": () => this.picture.skip(3),
      // The browser takes back letters; what was sent before is ours.
      "Ctrl Z": untouched && (() => this.saving.undo()),
      "Ctrl Shift Z": untouched && (() => this.saving.redo()),
      "Ctrl Y": untouched && (() => this.saving.redo()),
      ArrowUp: nothingSelected && before && isFirstRow(field) && (() => this.write(before.cue_id)),
      ArrowDown:
        nothingSelected && after && isLastRow(field) && (() => this.write(after.cue_id, 0)),
    };
    const act = acts[nameOf(event)];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /**
   * A press on a word puts the caret there and the picture to where it is said. What
   * was pressed is known from its beginning: the focus moves the lines under the pointer
   * before it is let go. Drawn over words it marks them, and nothing else.
   */
  private readonly pressText = (event: MouseEvent): void => {
    const text = event.currentTarget as HTMLElement;
    const id = text.closest<HTMLElement>(".line")?.dataset["id"] ?? null;
    if (event.button !== 0 || !id) return;
    const offset = offsetAt(text, event.clientX, event.clientY);
    const letGo = (end: MouseEvent): void => {
      const cue = this.sheet.get(id);
      const drawn = Math.hypot(end.clientX - event.clientX, end.clientY - event.clientY);
      if (!cue || drawn > 3 || end.detail > 1) return;
      if (event.shiftKey) return this.place.select(id, true);
      const at = offset ?? cue.text.length;
      this.write(id, at);
      this.picture.show(momentOfWord(cue, wordAt(cue.text, at)));
    };
    document.addEventListener("mouseup", letGo, { once: true });
  };

  // --- panels -------------------------------------------------------------

  private open(panel: Panel): void {
    this.keep();
    this.panel = panel;
    this.isOpening = true;
    this.requestUpdate();
    void this.updateComplete.then(() => {
      this.isOpening = false;
      const { dialog } = this;
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

  private get dialog(): HTMLDialogElement | null {
    return this.querySelector(".editor-panel");
  }

  private shut(): void {
    this.dialog?.close();
  }

  private openFind(): void {
    this.keep();
    this.finding.open();
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const field = this.querySelector<HTMLInputElement>(".editor-find [name=find]");
      field?.focus();
      field?.select();
    });
  }

  private closeFind(): void {
    this.finding.isOpen = false;
    this.requestUpdate();
    this.place.focus();
  }

  private replaceAll(found: readonly Found[]): void {
    void this.saving.submit(
      () =>
        found.map(({ cue: { cue_id, revision }, after: text }) => ({
          do: "change", cue_id, revision, text,
        })),
      { said: `Replaced in ${countLines(found.length)}.` },
    );
  }

  private nameFromMarkers(): void {
    const names = [...this.marked.suggested];
    void this.saving.submit(
      () => names.map(([id, speaker]) => ({ do: "change", ...this.of(id), speaker })),
      { said: `${countLines(names.length)} named.` },
    );
  }

  private readonly panelActs: PanelActs = {
    name: (cue, name, everywhere) => {
      const ids = this.place.selected.map(({ cue_id }) => cue_id);
      const { speaker: before } = cue;
      const speaker = name || null;
      this.shut();
      if (everywhere && before) {
        void this.saving.submit(() => [{ do: "rename", speaker: before, to: speaker }], {
          said: `${before} is now ${name || "not named"} everywhere.`,
        });
      } else {
        void this.saving.submit(
          () => ids.map((id) => ({ do: "change", ...this.of(id), speaker })),
          { said: "Named." },
        );
      }
    },
    setTimes: (cue, at, end_at) => {
      this.shut();
      const times = {
        ...(at === cue.at ? {} : { at }),
        ...(end_at === cue.end_at ? {} : { end_at }),
      };
      void this.saving.submit(() => [{ do: "change", ...this.of(cue.cue_id), ...times }], {
        said: "Its times are changed.",
      });
    },
    refuse: (panel) => {
      this.panel = panel;
      this.requestUpdate();
    },
    revert: ({ cue_id, before }) => {
      const { text, speaker, at, end_at } = readCue(before!);
      this.shut();
      void this.saving.submit(
        () => [{ do: "change", ...this.of(cue_id), text, speaker, at, end_at }],
        { said: "It is as it was." },
      );
    },
    shut: () => this.shut(),
    closed: () => {
      // Browsers tell of it late: another panel may have been asked for since.
      if (this.isOpening || this.dialog?.open) return;
      this.panel = null;
      this.requestUpdate();
      this.place.focus();
    },
  };

  // --- what is shown ------------------------------------------------------

  protected override render(): TemplateResult {
    const { lines, checked, waiting } = this.sheet.counts();
    const suggested = this.marked.suggested.size;
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
          ${iconButton("Take back", "undo", () => this.saving.undo(), !this.saving.mayUndo)}
          ${iconButton("Do again", "redo", () => this.saving.redo(), !this.saving.mayRedo)}
          ${wordButton("Find and replace", "search", () =>
            this.finding.isOpen ? this.closeFind() : this.openFind(),
          )}
          ${wordButton("Next unchecked", "check", () => this.goToUnchecked())}
          ${suggested
            ? wordButton(`Take ${suggested.toLocaleString("en")} names from the marks`, "mic", () =>
                this.nameFromMarkers(),
              )
            : nothing}
          ${wordButton("Keys", "keys", () => this.open({ kind: "keys" }))}
          <span class="editor__saved" data-waits=${this.saving.isBusy}
            >${this.saving.isBusy ? "Saving …" : "All saved"}</span
          >
        </div>
        ${this.finding.isOpen ? this.finding.draw() : nothing}
        ${this.refusals.size
          ? this.refusals.draw(() => this.sendRefusedAgain())
          : this.saving.problem
            ? refusal(this.saving.problem)
            : nothing}
        ${this.lost ? refusal(this.lost, () => this.forget()) : nothing}
        <p class="visually-hidden" role="status">${this.said}</p>
      </div>
      ${lines
        ? nothing
        : html`<div class="empty empty--small"><h2>Nothing was said here yet</h2>
            <p>Captions appear here as people speak.</p>
            ${this.picture.at ? wordButton("Add a line where the picture stands", "plus", () => this.add()) : nothing}
          </div>`}
      <div
        class="lines"
        role="list"
        aria-label="What was said"
        @keydown=${this.pressLine}
      ></div>
      ${drawPanel(this.panel, this.panelView, this.panelActs)}`;
  }

  private forget(): void {
    this.lost = "";
    this.requestUpdate();
    this.place.focus();
  }

  private get panelView() {
    return {
      sheet: this.sheet,
      moments: this.moments,
      selected: this.place.selected.length,
      suggested: this.marked.suggested,
      shownAt: this.picture.at,
    };
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
    return drawLine(
      {
        cue,
        place,
        count: this.sheet.size,
        moments: this.moments,
        isCurrent: id === this.place.id,
        isSelected: this.place.holds(place),
        isPlaying: this.picture.line?.cue_id === id,
        heading: this.marked.headings.get(id),
        suggested: this.marked.suggested.get(id),
        other: this.people.find((person) => person.cue_id === id),
        conflict: this.conflicts.get(id),
        refused: this.refusals.of(id),
        written: this.writing?.id === id ? this.writing.text : null,
      },
      this.lineActs,
    );
  }

  private readonly lineActs: LineActs = {
    select: (id) => this.place.select(id),
    play: (cue) => {
      this.place.select(cue.cue_id);
      this.picture.playFrom(cue.at);
    },
    nameSpeaker: (cue) => {
      this.place.select(cue.cue_id);
      this.open({ kind: "speaker", cue });
    },
    typed: (event) => this.typed(event),
    left: (event) => this.left(event),
    pressText: (event) => this.pressText(event),
    checkOff: () => this.checkOff(),
    publish: () => this.publish(),
    divide: () => this.divide(),
    add: () => this.add(),
    join: (id) => this.join(id),
    setTimes: (cue) => this.open({ kind: "times", cue }),
    showHistory: (cue) => this.openHistory(cue),
    remove: () => this.deleteLines(),
    settle: (id, how) => this.settleConflict(id, how),
    refused: (id, how) => this.settleRefused(id, how),
  };

}

customElements.define("fm-editor", TranscriptEditor);
