// What this browser keeps for the pages. It may keep nothing, in a private window or because it is full: then what would be
// kept holds as long as the page.

export function kept(name) {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

export function keep(name, value) {
  try {
    if (value === "") localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // See above.
  }
}

/** What was written in a chat and not sent. */
export function draft(session) {
  return kept(`draft ${session ?? ""}`);
}

export function keepDraft(session, text) {
  keep(`draft ${session ?? ""}`, text);
}

export function forgetDrafts() {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith("draft ")) localStorage.removeItem(name);
  } catch {
    // Then there are none.
  }
}
