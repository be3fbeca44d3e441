/** Which elements there are; those that a page doesn't show are not loaded. */

const ELEMENTS: Record<string, () => Promise<unknown>> = {
  "fm-dialog": () => import("./elements/dialog"),
  "fm-copy": () => import("./elements/copy"),
  "fm-camera": () => import("./elements/camera"),
  "fm-captions": () => import("./elements/captions"),
  "fm-chapters": () => import("./elements/chapters"),
  "fm-desk": () => import("./elements/desk"),
  "fm-find": () => import("./elements/find"),
  "fm-editor": () => import("./elements/editor"),
  "fm-follow-up": () => import("./elements/follow-up"),
  "fm-drafts": () => import("./elements/drafts"),
  "fm-items": () => import("./elements/items"),
  "fm-live": () => import("./elements/live"),
  "fm-player": () => import("./elements/player"),
  "fm-questions": () => import("./elements/questions"),
  "fm-moderation": () => import("./elements/desk-queue"),
  "fm-queue": () => import("./elements/queue"),
  "fm-ready": () => import("./elements/ready"),
  "fm-countdown": () => import("./elements/countdown"),
  "fm-renew": () => import("./elements/renew"),
  "fm-report": () => import("./elements/report"),
  "fm-running": () => import("./elements/running"),
  "fm-said": () => import("./elements/said"),
  "fm-search": () => import("./elements/search"),
  "fm-spotlight": () => import("./elements/spotlight"),
  "fm-suggest": () => import("./elements/suggest"),
  "fm-span": () => import("./elements/span"),
  "fm-signals": () => import("./elements/signals"),
  "fm-table": () => import("./elements/table"),
  "fm-thread": () => import("./elements/thread"),
  "fm-timetable": () => import("./elements/timetable"),
  "fm-transcript": () => import("./elements/transcript"),
  "fm-voice-note": () => import("./elements/voice-note"),
  "fm-upload": () => import("./elements/upload"),
  "fm-writer": () => import("./elements/writer"),
  "fm-wall": () => import("./elements/wall"),
};

/** Fetch the elements that stand in this page. */
export function loadElements(): void {
  for (const [name, load] of Object.entries(ELEMENTS)) {
    if (document.querySelector(name)) void load();
  }
}
