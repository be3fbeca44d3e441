/** Tells an author what has become of a story, on whatever page of the meeting. */

import type { LiveMeeting } from "../meeting";
import { toast } from "../frame/toasts";

const ASKS: Record<string, string> = {
  ContributionCleared: "The team has read what you told. It is shown only if you release it.",
  ConsentEnding: "What you agreed to ends soon. Give it more time, or it is deleted.",
};

export function followConsents(meeting: LiveMeeting): void {
  meeting.listen((feed, entry) => {
    const ask = entry && feed === `member:${meeting.memberId}` ? ASKS[entry.kind] : undefined;
    if (!ask || location.pathname.endsWith("/consents")) return;
    toast(ask, {
      word: "Look at it",
      act: () => location.assign(`/m/${meeting.slug}/mine/consents`),
    });
  });
}
