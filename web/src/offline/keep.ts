/** Puts a meeting's page by for when there is no network, and takes it away again. */

import type { LiveMeeting } from "../meeting";
import { wipeOutbox } from "./outbox-store";
import type { PageData } from "../frame/page";
import { WHO, type Who } from "./recall";

const CACHE = "folkmoot-offline";
const AGAIN_MS = 60_000;

/** Keep the page of a meeting in which somebody takes part from this device. */
export function keepPage(meeting: LiveMeeting): void {
  const { page, slug } = meeting;
  const home = `/m/${slug}`;
  forgetOthers(page);
  if (!page.me?.member_id || !navigator.serviceWorker || location.pathname !== home) return;
  let keptAt = 0;
  const keep = async (): Promise<void> => {
    if (meeting.cutOff || Date.now() - keptAt < AGAIN_MS) return;
    keptAt = Date.now();
    await putBy(meeting, home);
  };
  meeting.listen((feed) => {
    if (feed === "health" && meeting.health === "live") void keep().catch(() => undefined);
  });
  document.addEventListener("visibilitychange", () => void keep().catch(() => undefined));
}

async function putBy(meeting: LiveMeeting, home: string): Promise<void> {
  const { page, slug } = meeting;
  // As a stranger gets it: nothing of one's own is ever in the cache.
  const state = `${page.urls.state}?${new URLSearchParams({ feed: "public" })}`;
  const asked = await Promise.all(
    [home, state].map((url) => fetch(url, { credentials: "omit", cache: "no-store" })),
  );
  if (asked.some((answer) => !answer.ok || answer.redirected)) {
    // A private meeting has no page for strangers: nothing of it stays here.
    await leaveNothing(home);
    return;
  }
  const cache = await caches.open(CACHE);
  const parts = performance
    .getEntriesByType("resource")
    .map((entry) => entry.name)
    .filter((name) => name.startsWith(`${location.origin}/static/`));
  await cache.put(home, asked[0]!);
  await cache.put(state, asked[1]!);
  for (const part of new Set(parts)) {
    if (!(await cache.match(part))) await cache.add(part);
  }
  const { member_id, name } = page.me!;
  const who: Who = { me: { member_id, name }, feeds: ["public", `member:${member_id}`] };
  localStorage.setItem(WHO + slug, JSON.stringify(who));
  await navigator.serviceWorker.register(`${home}/offline-worker.js`, { scope: home });
  document.documentElement.dataset["keeps"] = "";
}

async function leaveNothing(home: string): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    const slug = home.slice("/m/".length);
    if (pathname === home || pathname.includes(`/meetings/${slug}/`)) {
      await cache.delete(request);
    }
  }
}

/** Somebody else uses this device now, or nobody is signed in any more. */
function forgetOthers(page: PageData): void {
  const slug = page.meeting?.slug;
  if (!slug || document.documentElement.dataset["kept"] !== undefined) return;
  const kept = localStorage.getItem(WHO + slug);
  if (kept && (JSON.parse(kept) as Who).me.member_id !== page.me?.member_id) {
    localStorage.removeItem(WHO + slug);
  }
}

/** Leave nothing of anybody on this device: page, outbox, drafts. */
export async function wipeDevice(): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  await globalThis.caches?.delete(CACHE);
  await wipeOutbox();
  for (const one of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    // A helper's table ends its own shift.
    if (!one.scope.endsWith("/table")) await one.unregister();
  }
}

/** The form with which one leaves: what waits here is said before it is lost. */
export function takeLeave(meeting: LiveMeeting | null): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset["leaves"] === undefined || form.dataset["leaves"] === "now") return;
    event.preventDefault();
    const waiting = (meeting?.pending ?? []).filter(({ state }) => state !== "accepted");
    const words =
      waiting.length === 1 ? "1 thing was not sent yet" : `${waiting.length} things were not sent yet`;
    if (waiting.length && !confirm(`${words} and would be lost. Leave this device?`)) return;
    void wipeDevice().finally(() => {
      form.dataset["leaves"] = "now";
      form.submit();
    });
  });
}
