/** Who hosts a session. */

import type { WireSession } from "../feed/types";

/** The names of all hosts, in their order. */
export function hostsOf(session: WireSession): string[] {
  const { host = "", cohosts = [] } = session.content ?? {};
  return [host, ...cohosts].filter(Boolean);
}

/** The ids of all hosts. */
export function hostIdsOf(session: WireSession): string[] {
  return [session.host_id, ...session.cohost_ids].filter((id) => id !== null);
}
