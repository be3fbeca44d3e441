/**
 * Keeps the addresses of a room's media good. Those of a private meeting are signed
 * and die after an hour; those of any meeting move when others may see it from now
 * on. Addresses in playlists are relative, so the newest place instead of theirs is
 * all that a player needs to go on.
 */

const PLACE = /\/media\/(?:~[^/]+\/)?[^/]+\/[^/]+\//;
const SIGNED = /\/media\/~/;
const RENEW_MS = 30 * 60_000;

/** Whether an address opens only for who was given it, and for a while. */
export function isSigned(address: string): boolean {
  return SIGNED.test(address);
}

/** An address at the place of `source`, if both have one. */
export function move(address: string, source: string): string {
  const place = placeOf(source);
  return place ? address.replace(PLACE, () => place) : address;
}

function placeOf(address: string): string | undefined {
  return PLACE.exec(address)?.[0];
}

export class Renewal {
  private readonly timer: ReturnType<typeof setInterval>;
  private asking: Promise<boolean> | null = null;
  private newest: string;

  /** `ask` gives the room's playback address as it is now. */
  constructor(
    source: string,
    private readonly ask: () => Promise<string | null>,
  ) {
    this.newest = source;
    this.timer = setInterval(() => {
      if (isSigned(this.newest)) void this.renew();
    }, RENEW_MS);
  }

  /** An address that may be old, at the newest place. */
  fresh(address: string): string {
    return move(address, this.newest);
  }

  /** Ask where the media are now; one question at a time. Whether they moved. */
  renew(): Promise<boolean> {
    this.asking ??= this.ask()
      .then((source) => {
        const before = placeOf(this.newest);
        this.newest = source ?? this.newest;
        return placeOf(this.newest) !== before;
      })
      .catch(() => false)
      .finally(() => {
        this.asking = null;
      });
    return this.asking;
  }

  close(): void {
    clearInterval(this.timer);
  }
}
