/** What makes pages live, whatever elements they show. */

import "./live.css";

import "./elements/copy";
import "./elements/status";
import "./elements/tabs";
import "./elements/theme";

import { takeForms } from "./frame/commands";
import { showPictures } from "./talk/lightbox";
import { liveMeeting } from "./meeting";
import { followConsents } from "./offline/asks";
import { keepPage, takeLeave } from "./offline/keep";
import { followRoomLinks } from "./watching/rooms";
import { followPrompts } from "./board/prompts";
import { followSurroundings } from "./frame/surroundings";

takeForms();
showPictures();
const meeting = liveMeeting();
if (meeting) {
  followSurroundings(meeting);
  followRoomLinks(meeting);
  followPrompts(meeting);
  followConsents(meeting);
  keepPage(meeting);
}
takeLeave(meeting);
