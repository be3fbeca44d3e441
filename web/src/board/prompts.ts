/**
 * Ten and five minutes before a session ends, whoever said "I am here" is asked for
 * one decision, one offer, one action, on whatever page of the meeting they are.
 */

import type { LiveMeeting } from "../meeting";
import { toast } from "../frame/toasts";
import { endOf, promptFor, runningIn, type Prompt } from "../views/running";

const EACH_MS = 15_000;
const WORDS: Partial<Record<Prompt, string>> = {
  ten: "10 minutes left",
  five: "5 minutes left",
};

export function followPrompts(meeting: LiveMeeting): void {
  let told = "";
  setInterval(() => {
    const me = meeting.page.me?.member_id;
    const roomId = me ? meeting.own?.places[me] : undefined;
    const session = roomId && meeting.state ? runningIn(meeting.state, roomId) : null;
    const end = session ? endOf(session, meeting.state!) : null;
    if (!session || end === null) return;
    const prompt = promptFor(end - Date.now());
    const key = `${session.session_id} ${prompt}`;
    const words = WORDS[prompt];
    if (!words || key === told) return;
    told = key;
    const address = `/m/${meeting.slug}/s/${session.session_id}#notes`;
    toast(`${words}: one decision, one offer, one action.`, {
      word: "Write it down",
      act: () => location.assign(address),
    });
  }, EACH_MS);
}
