/**
 * The worker of a helper's table: serves the page and its parts without a network.
 *
 * It keeps what the page itself put into its cache and nothing that people say.
 */

interface Fetch extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

interface Lifetime extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface Worker extends EventTarget {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

const worker = self as unknown as Worker;

worker.addEventListener("install", (event) => {
  (event as Lifetime).waitUntil(worker.skipWaiting());
});

worker.addEventListener("activate", (event) => {
  (event as Lifetime).waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (event) => {
  const asked = event as Fetch;
  const { method, mode, url } = asked.request;
  if (method !== "GET") return;
  const isPart = new URL(url).pathname.startsWith("/static/");
  if (mode === "navigate") asked.respondWith(pageOf(asked.request));
  else if (isPart) asked.respondWith(partOf(asked.request));
});

/** The page as it is now; as it was kept where there is no network. */
async function pageOf(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

/** Parts have their content in their name, so what was kept is right. */
async function partOf(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
