// Chats that this browser has from before it had a key, or somebody was signed in.

import { key } from "./credential.js";
import { byID } from "./dom.js";
import { fetchJSON } from "./gateway.js";
import { keep, kept } from "./storage.js";

const PATH = "api/v1/chat/sessions/adopt";
/** One call takes over a thousand. */
const MOST_CALLS = 20;

/** Asks once in a browser whether the key, or who is signed in, shall have them. Comes back once that is done, or is not wanted. */
export function offerChats() {
  const isUser = key() === "";
  const answer = isUser ? "chats-offered to users" : "chats-offered";
  if (kept(answer) !== "") return Promise.resolve();
  byID("adoption-help").textContent = isUser
    ? "Those from before you signed in. Then they are yours: you find them wherever you sign in."
    : "Those from before you had a key. Then they are your key's: you find them wherever you use it.";
  const dialog = byID("adoption");
  const problem = byID("adoption-problem");
  problem.textContent = "";
  byID("leave-chats").onclick = () => {
    keep(answer, "left");
    dialog.close();
  };
  byID("take-chats").onclick = async () => {
    try {
      await takeOver();
      keep(answer, "taken");
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
