/** A room's transcript as the API gives it, fetched once for all who show it. */

export interface Cue {
  start_seconds: number;
  end_seconds: number;
  text: string;
  speaker?: string | null;
  at?: string | null;
}

const fetched = new Map<string, { revision: number; cues: Promise<Cue[]> }>();

/** The cues at an address; a higher revision is fetched anew. */
export function readCues(address: string, revision: number): Promise<Cue[]> {
  const known = fetched.get(address);
  if (known && known.revision >= revision) return known.cues;
  const cues = fetchCues(address);
  fetched.set(address, { revision, cues });
  // A failure is not kept: the next who asks tries again.
  cues.catch(() => fetched.delete(address));
  return cues;
}

async function fetchCues(address: string): Promise<Cue[]> {
  const response = await fetch(address, { credentials: "same-origin" });
  if (response.status === 404) return [];
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  return ((await response.json()) as { cues: Cue[] }).cues;
}
