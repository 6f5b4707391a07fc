// Asks for the key that the gateway wants. The button for it is in the head of each page.

import { isSendable, keepKey, key, shownPart } from "./credential.js";
import { byID, element } from "./dom.js";
import { faultOf, whenRefused } from "./gateway.js";
import { forgetDrafts } from "./storage.js";

export class KeyDialog {
  /** Whether the gateway lets nobody in without a key, and there is none. */
  isNeeded = false;

  #didTakeKey;
  #isAsking = false;
  #wasDismissed = false;
  #title = element("h2", { id: "key-title" });
  #problem = element("p", { id: "key-problem", class: "problem", role: "alert" });
  #input = element("input", {
    id: "key", type: "password", autocomplete: "off", autocapitalize: "none", spellcheck: "false", autofocus: true,
    "aria-describedby": "key-problem key-help",
  });
  #current = element("p", { id: "key-current" });
  #forget = element("button", { class: "quiet", onclick: () => this.#forgetKey() }, "Forget the key");
  #dialog = element(
    "dialog", { id: "key-dialog", "aria-labelledby": "key-title" },
    this.#title, this.#current,
    element(
      "form", { onsubmit: (event) => this.#submit(event) },
      element(
        "div", { class: "field" },
        element("label", { for: "key" }, "API key"), this.#input, this.#problem,
        element("p", { id: "key-help" }, "It is kept in this tab until you close it, and nowhere else. Whoever runs this gateway gives out keys.")),
      element(
        "p", { class: "actions" },
        this.#forget,
        element("button", { class: "button", onclick: () => this.#dialog.close() }, "Not now"),
        element("button", { class: "button primary", type: "submit" }, "Use this key"))));

  /** `didTakeKey()` is called where there was none before; with another key than before the page begins anew. */
  constructor(didTakeKey) {
    this.#didTakeKey = didTakeKey;
    this.#dialog.onclose = () => {
      this.#input.value = "";
      this.#wasDismissed = true;
    };
    document.body.append(this.#dialog);
    byID("open-key").onclick = () => this.open();
    whenRefused((shown) => this.#refused(shown));
  }

  /** `problem` says why there has to be another one. */
  open(problem = "") {
    this.#title.textContent = this.isNeeded ? "This gateway asks for a key" : "API key";
    this.#current.textContent = key() === "" ? "" : `In use: ${shownPart(key())}`;
    this.#forget.hidden = key() === "";
    this.#complain(problem);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** Some routes take a key that has ended for none: whether the one in use is taken is asked by itself. */
  async check() {
    if (key() !== "") await this.#refused(key());
  }

  /** Who has not wanted to enter one is not asked for it each time. */
  async #refused(shown) {
    if (shown !== key() || this.#isAsking || this.#dialog.open) return;
    if (shown === "") {
      this.isNeeded = true;
      if (!this.#wasDismissed) this.open();
      return;
    }
    this.#isAsking = true;
    const fault = await faultOf(shown);
    this.#isAsking = false;
    if (fault?.status !== 401 || shown !== key()) return;
    // Shown again it would count as a guess.
    keepKey("");
    this.isNeeded = true;
    this.open(fault.message);
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#isAsking) return;
    const entered = this.#input.value.trim();
    if (!isSendable(entered)) return this.#complain("A key has letters, digits and signs, and no blanks.");
    this.#isAsking = true;
    const fault = await faultOf(entered);
    this.#isAsking = false;
    if (!this.#dialog.open) return;
    if (fault) return this.#complain(fault.message);
    const isFirst = key() === "";
    keepKey(entered);
    this.isNeeded = false;
    this.#dialog.close();
    if (isFirst) this.#didTakeKey();
    else beginAnew();
  }

  #forgetKey() {
    keepKey("");
    forgetDrafts();
    beginAnew();
  }

  #complain(problem) {
    this.#problem.textContent = problem;
    this.#input.setAttribute("aria-invalid", String(problem !== ""));
    this.#input.focus();
    this.#input.select();
  }
}

/** Nothing stays on the page of what the former key has let be seen. */
function beginAnew() {
  location.assign(location.pathname);
}
