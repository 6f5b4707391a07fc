// The list of earlier chats.

import { byID, element } from "./dom.js";
import { fetchJSON } from "./gateway.js";
import { when } from "./words.js";

const PAGE = 30;

/** `actions` has `open(id)` and `didDelete(id)`. */
export class SessionList {
  #list = byID("sessions");
  #more = byID("more-sessions");
  #actions;
  #limit = PAGE;
  #current = null;
  #sessions = [];
  #isLoading = false;
  /** Why the gateway does not tell them, or null. */
  problem = null;

  constructor(actions) {
    this.#actions = actions;
    this.#more.onclick = () => {
      this.#limit += PAGE;
      this.load();
    };
    this.#list.onclick = (event) => this.#click(event);
    byID("keep-session").onclick = () => byID("deletion").close();
    byID("delete-session").onclick = () => this.#delete();
  }

  set current(id) {
    this.#current = id;
    this.#show();
  }

  async load() {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      const { sessions, has_more: hasMore } = await fetchJSON(`api/v1/chat/sessions?limit=${this.#limit}`);
      // One that somebody has only looked at says nothing.
      this.#sessions = sessions.filter((session) => session.message_count > 0);
      this.#more.hidden = !hasMore || this.#limit >= 500;
      this.problem = null;
      this.#show();
    } catch (error) {
      // The chat itself says what is wrong; this is asked for again.
      this.problem = error;
    } finally {
      this.#isLoading = false;
    }
  }

  #show() {
    const shown = JSON.stringify([this.#current, this.#sessions.map((session) => [session, when(session.updated_at)])]);
    if (this.#list.dataset.shown === shown) return;
    this.#list.dataset.shown = shown;
    byID("no-chats").hidden = this.#sessions.length > 0;
    const focused = this.#list.contains(document.activeElement) ? document.activeElement.dataset : null;
    this.#list.replaceChildren(...this.#sessions.map((session) => this.#row(session)));
    if (!focused) return;
    const [kind, id] = focused.open ? ["open", focused.open] : ["delete", focused.delete];
    this.#list.querySelector(`[data-${kind}="${id}"]`)?.focus();
  }

  #row({ session_id: id, title, updated_at: updated, generating }) {
    const isCurrent = id === this.#current;
    const name = title.trim() || "Chat without a question";
    return element(
      "li", { class: isCurrent ? "current" : null },
      element(
        "a", { href: `?session=${encodeURIComponent(id)}`, "data-open": id, "aria-current": isCurrent ? "true" : null },
        element("span", { class: "title" }, name),
        element("span", { class: "when" }, generating ? "answering now" : when(updated))),
      element("button", { class: "quiet", "data-delete": id, "aria-label": `Delete “${name}”` }, "×"));
  }

  #click(event) {
    const link = event.target.closest("[data-open]");
    const button = event.target.closest("[data-delete]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.#actions.open(link.dataset.open);
    } else if (button) {
      byID("deletion").dataset.session = button.dataset.delete;
      byID("deletion-name").textContent = button.closest("li").querySelector(".title").textContent;
      byID("deletion").showModal();
    }
  }

  async #delete() {
    const id = byID("deletion").dataset.session;
    byID("deletion").close();
    // One that is gone already is what was wanted.
    await fetchJSON(`api/v1/chat/sessions/${encodeURIComponent(id)}`, { method: "DELETE" }).catch(() => {});
    this.#actions.didDelete(id);
    this.load();
  }
}
