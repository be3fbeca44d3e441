/** The links between rooms: another room in the same place, without a new page. */

import type { LiveMeeting } from "../meeting";

export function followRoomLinks(meeting: LiveMeeting): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>(
      ".rooms__link[data-room]",
    );
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!show(meeting, link.dataset["room"] ?? "")) return;
    event.preventDefault();
    history.pushState({ room: link.dataset["room"] }, "", link.href);
  });
  window.addEventListener("popstate", () => {
    const slug = new URL(location.href).searchParams.get("room");
    const rooms = meeting.page.rooms;
    const room = rooms.find((each) => each.slug === slug) ?? rooms[0];
    if (room) show(meeting, room.room_id);
  });
}

function show(meeting: LiveMeeting, roomId: string): boolean {
  const room = meeting.page.rooms.find(({ room_id }) => room_id === roomId);
  // A page without a player, or one that is older than the room, goes there itself.
  if (!room || !meeting.state?.rooms[roomId] || !document.querySelector("fm-player")) {
    return false;
  }
  for (const link of document.querySelectorAll<HTMLElement>(".rooms__link[data-room]")) {
    if (link.dataset["room"] === roomId) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  document.dispatchEvent(new CustomEvent("fm-room", { detail: { room_id: roomId } }));
  return true;
}
