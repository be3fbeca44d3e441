/** A page that was opened without a network: who it was that last took part on it. */

import type { Me, PageData } from "../frame/page";

export const WHO = "folkmoot-who:";

/** Who takes part here from this device: so that a kept page knows its outbox. */
export interface Who {
  me: Pick<Me, "member_id" | "name">;
  feeds: string[];
}

/** On a page that was opened without a network: who it was that last took part. */
export function recall(page: PageData): PageData {
  const slug = page.meeting?.slug;
  if (!slug || document.documentElement.dataset["kept"] === undefined) return page;
  const kept = localStorage.getItem(WHO + slug);
  if (!kept) return page;
  const { me, feeds } = JSON.parse(kept) as Who;
  const nothing = { duties: [], staff: false, facilitates: false, reports: false };
  return {
    ...page,
    me: { ...me, ...nothing, organises: false, moderates: false },
    feeds,
    may_join: false,
  };
}

