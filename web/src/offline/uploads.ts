/**
 * Sends a file ahead of its text in pieces, going on where the server has it.
 *
 * The server's rule (protocol: uploads that go on): the same `Upload-Id` is one
 * upload, and once it is whole it is answered the same, however often it is sent.
 */

import type { Uploaded } from "./outbox";
import type { OutboxFile } from "./outbox-store";

/** Some 8 s of a 256 kbit/s line: what a break costs at most. */
const PIECE_BYTES = 256 * 1024;
/** A line on which not even a piece comes through in this time has stopped. */
const PIECE_MS = 60_000;

interface Told {
  offset?: number;
  state?: string;
  attachment_id?: string;
  code?: string;
  title?: string;
  detail?: string;
  retry_after?: number;
}

export interface UploadPlace {
  /** `/api/v1/meetings/{slug}/attachments` */
  url: string;
  csrf: string;
  fetcher?: typeof fetch;
  pieceBytes?: number;
}

/** Rejects where the line broke: then it goes on from there the next time. */
export async function sendAhead(
  file: OutboxFile,
  place: UploadPlace,
  progress: (sent: number) => Promise<void>,
): Promise<Uploaded> {
  const fetcher = place.fetcher ?? ((...request) => fetch(...request));
  const headers = { "Upload-Id": file.upload_id, "X-Folkmoot-Csrf": place.csrf };
  const total = file.blob.size;
  let told = await ask(fetcher, `${place.url}/upload`, { headers });
  for (;;) {
    if (told.attachment_id) return { attachment_id: told.attachment_id };
    if (told.code && told.code !== "wrong_offset") return refusalOf(told);
    const start = Math.min(told.offset ?? 0, total - 1);
    await progress(start);
    const end = Math.min(start + (place.pieceBytes ?? PIECE_BYTES), total);
    told = await ask(fetcher, `${place.url}?kind=${file.kind}`, {
      method: "POST",
      headers: {
        ...headers,
        "Content-Range": `bytes ${start}-${end - 1}/${total}`,
        "Content-Type": file.blob.type || "application/octet-stream",
      },
      body: file.blob.slice(start, end),
    });
  }
}

async function ask(
  fetcher: typeof fetch,
  url: string,
  request: RequestInit,
): Promise<Told> {
  const response = await fetcher(url, {
    ...request,
    credentials: "same-origin",
    signal: AbortSignal.timeout(PIECE_MS),
  });
  // What the server did not understand as it was sent is worth another try.
  const broken = response.status >= 500 && response.status !== 507;
  const told = broken ? {} : ((await response.json()) as Told);
  if (broken || told.code === "broken_off" || told.code === "upload_taken_over") {
    throw new Error(`${response.status} for ${url}`);
  }
  return told;
}

function refusalOf({ code, detail, title, retry_after }: Told): Uploaded {
  return {
    code: code ?? "refused",
    message: detail ?? title ?? "The server refused this file.",
    ...(retry_after === undefined ? {} : { retry_after }),
  };
}
