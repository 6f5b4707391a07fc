// The page follows what comes at its end, until the person scrolls away from there.

import { byID } from "./dom.js";

/** So near to its end it follows. */
const FOLLOWED_PIXELS = 80;

export function isAtEnd() {
  return innerHeight + scrollY >= document.documentElement.scrollHeight - FOLLOWED_PIXELS;
}

export function scrollToEnd() {
  scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
  showWayToEnd();
}

export function showWayToEnd() {
  byID("to-latest").hidden = isAtEnd();
}
