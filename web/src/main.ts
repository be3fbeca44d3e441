/** The entry of all pages; what a page doesn't show is not loaded. */

import "../styles/main.css";
import "./live.css";

import "./elements/copy";
import "./elements/status";
import "./elements/tabs";
import "./elements/theme";

import { takeForms } from "./commands";
import { liveMeeting } from "./meeting";

const ELEMENTS: Record<string, () => Promise<unknown>> = {
  "fm-thread": () => import("./elements/thread"),
};

for (const [name, load] of Object.entries(ELEMENTS)) {
  if (document.querySelector(name)) void load();
}

takeForms();
liveMeeting();
