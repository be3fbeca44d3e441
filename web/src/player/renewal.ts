/**
 * Keeps the addresses of a private meeting's media good: they are signed and die
 * after an hour. Addresses in playlists are relative, so a new signature in their
 * place is all that a player needs to go on.
 */

const SIGNED = /\/media\/~[^/]+\//;
const RENEW_MS = 30 * 60_000;

/** An address with the signature of `source`, if both have one. */
export function resign(address: string, source: string): string {
  const fresh = SIGNED.exec(source)?.[0];
  return fresh ? address.replace(SIGNED, () => fresh) : address;
}

export class Renewal {
  private readonly timer: ReturnType<typeof setInterval> | undefined;
  private asking: Promise<void> | null = null;
  private newest: string;

  /** `ask` gives the room's playback address as it is signed now. */
  constructor(
    source: string,
    private readonly ask: () => Promise<string | null>,
  ) {
    this.newest = source;
    if (!SIGNED.test(source)) return;
    this.timer = setInterval(() => void this.renew(), RENEW_MS);
  }

  /** An address that may be signed long ago, with the newest signature. */
  fresh(address: string): string {
    return resign(address, this.newest);
  }

  /** Ask for a new signature; one question at a time. */
  renew(): Promise<void> {
    this.asking ??= this.ask()
      .then((source) => {
        if (source) this.newest = source;
      })
      .catch(() => undefined)
      .finally(() => {
        this.asking = null;
      });
    return this.asking;
  }

  close(): void {
    clearInterval(this.timer);
  }
}
