/**
 * The worker of a meeting's page: opens it without a network, as it was last seen.
 *
 * It serves what `keep.ts` has put by, which is what anybody could have fetched: the
 * page and the public state as a stranger gets them. What is somebody's own lies in
 * the outbox alone, and goes when that person leaves the device.
 */

interface Fetch extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

interface Lifetime extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface Worker extends EventTarget {
  readonly registration: { readonly scope: string };
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

const keeper = self as unknown as Worker;
const PATIENCE_MS = 8_000;

keeper.addEventListener("install", (event) => {
  (event as Lifetime).waitUntil(keeper.skipWaiting());
});

keeper.addEventListener("activate", (event) => {
  (event as Lifetime).waitUntil(keeper.clients.claim());
});

keeper.addEventListener("fetch", (event) => {
  const { request, respondWith } = event as Fetch;
  if (request.method !== "GET") return;
  const { pathname, searchParams } = new URL(request.url);
  const home = new URL(keeper.registration.scope).pathname;
  const answer = respondWith.bind(event);
  // A scope is a prefix: `/m/fair` is also that of `/m/fairground`.
  if (request.mode === "navigate") {
    if (pathname === home) answer(keptPage(request, home));
  } else if (pathname.startsWith("/static/")) answer(keptPart(request));
  else if (pathname.endsWith("/state") && searchParams.get("feed") === "public") {
    answer(keptState(request));
  }
});

/** The page as it is now; as it was kept where there is no network. */
async function keptPage(request: Request, home: string): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(home);
    if (!kept) throw error;
    const page = await kept.text();
    return new Response(page.replace("<html ", '<html data-kept="" '), {
      headers: kept.headers,
    });
  }
}

/** Parts have their content in their name, so what was kept is right. */
async function keptPart(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

async function keptState(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    const kept = await caches.match(request);
    if (!kept) throw error;
    return kept;
  }
}
