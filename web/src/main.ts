/** What makes pages live, whatever elements they show. */

import "./live.css";

import "./elements/copy";
import "./elements/status";
import "./elements/tabs";
import "./elements/theme";

import { takeForms } from "./commands";
import { showPictures } from "./lightbox";
import { liveMeeting } from "./meeting";
import { followConsents } from "./offline/asks";
import { keepPage, takeLeave } from "./offline/keep";
import { followRoomLinks } from "./rooms";
import { followPrompts } from "./prompts";
import { followSurroundings } from "./surroundings";

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
