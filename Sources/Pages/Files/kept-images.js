// Images that were attached and not sent, while the whole page is at the issuer and back: of this tab alone, once, and for an hour at
// most. They are too large for what else the browser keeps for the pages.

import { keep, kept } from "./storage.js";

const DATABASE = "attached";
const STORE = "files";
/** In localStorage: when something was kept last, so that it goes from the disk also where nobody comes back. */
const SINCE = "attached";
/** In sessionStorage: under which name this tab has kept something. */
const TAB = "attached";
const LONGEST_MS = 3_600_000;

let attached = () => [];

/** `files` tells which images there are to keep. */
export function keepsImages(files) {
  attached = files;
}

export function hasImages() {
  return attached().length > 0;
}

/** Before the page leaves. Whether the images are kept: a private window may keep none, and a disk may be full. */
export async function keepImages(now = Date.now()) {
  const files = attached();
  if (files.length === 0) return true;
  try {
    const name = `${now} ${Math.random()}`;
    keep(SINCE, String(now));
    sessionStorage.setItem(TAB, name);
    await inStore("readwrite", (store) => store.put({ at: now, files }, name));
    return true;
  } catch {
    return false;
  }
}

/** After the page has come back: those of this tab, which are kept no more. */
export async function takeImages(now = Date.now()) {
  if (kept(SINCE) === "") return [];
  try {
    const name = sessionStorage.getItem(TAB);
    sessionStorage.removeItem(TAB);
    let found = null;
    let others = 0;
    await inStore("readwrite", (store) => {
      store.openCursor().onsuccess = ({ target: { result: cursor } }) => {
        if (!cursor) return;
        const isOwn = cursor.key === name;
        const isLate = !(Math.abs(now - cursor.value.at) < LONGEST_MS);
        if (isOwn && !isLate) found = cursor.value.files;
        if (isOwn || isLate) cursor.delete();
        else others += 1;
        cursor.continue();
      };
    });
    if (others === 0) keep(SINCE, "");
    return found ?? [];
  } catch {
    return [];
  }
}

/** Somebody else may come: nothing of any tab stays. */
export function forgetImages() {
  if (kept(SINCE) === "") return;
  try {
    sessionStorage.removeItem(TAB);
    // Where this is cut short by the page's end, the next one finds nothing of its own there, and what is left for an hour at most.
    indexedDB.deleteDatabase(DATABASE);
  } catch {
    // Then there are none.
  }
}

function inStore(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("blocked"));
    opening.onsuccess = () => {
      const database = opening.result;
      database.onversionchange = () => database.close();
      const end = (act) => {
        database.close();
        act();
      };
      try {
        const transaction = database.transaction(STORE, mode);
        transaction.oncomplete = () => end(resolve);
        transaction.onabort = () => end(() => reject(transaction.error));
        work(transaction.objectStore(STORE));
      } catch (error) {
        end(() => reject(error));
      }
    };
  });
}
