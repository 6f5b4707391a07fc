import { fetchJSON } from "./gateway.js";

/** Messages that are asked for at a time. */
const PAGE = 500;

/** Loads the history of one session, one request at a time; what is asked for meanwhile is asked for once more. */
export class HistoryLoader {
  #id;
  #didLoad;
  #isLoading = false;
  #isOld = false;

  constructor(id, didLoad) {
    this.#id = id;
    this.#didLoad = didLoad;
  }

  async load() {
    this.#isOld = true;
    if (this.#isLoading) return;
    this.#isLoading = true;
    while (this.#isOld) {
      this.#isOld = false;
      // One that cannot be had now comes with the next connection.
      const messages = await allMessages(this.#id).catch(() => null);
      if (messages && !this.#isOld) this.#didLoad(messages);
    }
    this.#isLoading = false;
  }
}

/** All messages of a session, page by page; none where there is no such session. */
async function allMessages(id) {
  const messages = [];
  for (;;) {
    const path = `api/v1/chat/sessions/${encodeURIComponent(id)}?skip=${messages.length}&limit=${PAGE}`;
    const page = await fetchJSON(path).catch((error) => {
      if (error.status === 404) return { messages: [], has_more: false };
      throw error;
    });
    messages.push(...page.messages);
    if (!page.has_more) return messages;
  }
}
