/** Times as people read them: in the meeting's own time zone. */

export class Moments {
  private readonly formats = new Map<string, Intl.DateTimeFormat>();

  constructor(
    private readonly zone: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** Hours and minutes. */
  clock(at: Date | string): string {
    return this.format("clock", { hour: "2-digit", minute: "2-digit" }, at);
  }

  /** Hours, minutes and seconds. */
  exact(at: Date | string): string {
    const exact = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
    return this.format("exact", exact, at);
  }

  /** The day in words, with the year when it is not this one. */
  day(at: Date | string): string {
    const words = { weekday: "long", day: "numeric", month: "long" } as const;
    const year = (when: Date | string): string =>
      this.format("year", { year: "numeric" }, when);
    const suffix = year(at) === year(new Date(this.now())) ? "" : ` ${year(at)}`;
    // "Tuesday 4 May", without the comma that some versions of ICU put in.
    return this.format("day", words, at).replace(",", "") + suffix;
  }

  /** A name of the day, to compare. */
  date(at: Date | string): string {
    const date = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
    return this.format("date", date, at);
  }

  isToday(at: Date | string): boolean {
    return this.date(at) === this.date(new Date(this.now()));
  }

  /** The moment of a day (2026-05-04) at a time (23:59) in this zone, as ISO 8601. */
  at(day: string, clock: string): string {
    const wanted = Date.parse(`${day}T${clock}:00Z`);
    // The zone's distance is that of the day itself: summer time comes and goes.
    let found = wanted;
    for (let round = 0; round < 2; round += 1) {
      const [date = "", month = "", year = ""] = this.date(new Date(found)).split("/");
      const shown = Date.parse(`${year}-${month}-${date}T${this.clock(new Date(found))}:00Z`);
      found += wanted - shown;
    }
    return new Date(found).toISOString();
  }

  private format(
    name: string,
    options: Intl.DateTimeFormatOptions,
    at: Date | string,
  ): string {
    let format = this.formats.get(name);
    if (!format) {
      // A zone that this browser doesn't know must not take the page down.
      const timeZone = knowsZone(this.zone) ? this.zone : "UTC";
      format = new Intl.DateTimeFormat("en-GB", { ...options, hourCycle: "h23", timeZone });
      this.formats.set(name, format);
    }
    return format.format(typeof at === "string" ? new Date(at) : at);
  }
}

/** A place in a recording as people read it: `0:07`, `1:02:03`. */
export function writeSeconds(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours
    ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}`
    : `${minutes}:${rest}`;
}

function knowsZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
