/** Asking the server what places would cost: it knows who wants to be where. */

import type { LiveMeeting } from "../meeting";
import { keyOf, type Told, type ToldCost } from "./costs";

/** The costs of all cells for a session; null if this reader isn't told, or off line. */
export async function askCosts(
  meeting: LiveMeeting,
  session_id: string,
): Promise<Told | null> {
  const query = new URLSearchParams({ session: session_id });
  const address = `/api/v1/meetings/${meeting.slug}/plan/costs?${query}`;
  try {
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok) return null;
    const { cells } = (await response.json()) as { cells: ToldCost[] };
    return new Map(cells.map((cell) => [keyOf(cell), cell]));
  } catch {
    return null;
  }
}
