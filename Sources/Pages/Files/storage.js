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

/** What was sent in a chat and is not in its history: of this tab alone, as it is there to be sent again. */
export function unanswered(session) {
  try {
    return JSON.parse(sessionStorage.getItem(`unanswered ${session}`));
  } catch {
    return null;
  }
}

export function keepUnanswered(session, messages) {
  try {
    const name = `unanswered ${session}`;
    if (messages.length === 0) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(messages));
  } catch {
    // See above.
  }
}

/** Somebody else may come: what was written and not sent goes, and so does what the model was told to be. */
export function forgetWritten() {
  keep("system", "");
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith("draft ")) localStorage.removeItem(name);
    for (const name of Object.keys(sessionStorage)) if (name.startsWith("unanswered ")) sessionStorage.removeItem(name);
  } catch {
    // Then there are none.
  }
}
