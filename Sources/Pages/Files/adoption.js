// Chats that this browser has from before it had a key.

import { byID } from "./dom.js";
import { fetchJSON } from "./gateway.js";
import { keep, kept } from "./storage.js";

const PATH = "api/v1/chat/sessions/adopt";
/** One call takes over a thousand. */
const MOST_CALLS = 20;

/** Asks once in a browser whether the key shall have them. Comes back once that is done, or is not wanted. */
export function offerChats() {
  if (kept("chats-offered") !== "") return Promise.resolve();
  const dialog = byID("adoption");
  const problem = byID("adoption-problem");
  problem.textContent = "";
  byID("leave-chats").onclick = () => {
    keep("chats-offered", "left");
    dialog.close();
  };
  byID("take-chats").onclick = async () => {
    try {
      await takeOver();
      keep("chats-offered", "taken");
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = resolve;
  });
}

/** What is being answered just now stays, and so does what is more than anybody has. */
async function takeOver() {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" };
  for (let call = 0; call < MOST_CALLS; call += 1) {
    const { adopted, remaining } = await fetchJSON(PATH, options);
    if (adopted === 0 || remaining === 0) return;
  }
}
