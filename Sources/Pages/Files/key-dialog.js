// Takes a key of this tab: entered, tried, changed and forgotten.

import { isSendable, keepKey, key, shownPart } from "./credential.js";
import { element } from "./dom.js";
import { faultOf } from "./gateway.js";
import { hasWays, isSignedIn } from "./sign-in.js";

export class KeyDialog {
  #actions;
  #isAsking = false;
  #title = element("h2", { id: "key-title" });
  #problem = element("p", { id: "key-problem", class: "problem", role: "alert" });
  #input = element("input", {
    id: "key", type: "password", autocomplete: "off", autocapitalize: "none", spellcheck: "false", autofocus: true,
    "aria-describedby": "key-problem key-help",
  });
  #current = element("p", { id: "key-current" });
  #forget = element("button", { class: "quiet", onclick: () => this.#forgetKey() }, "Forget the key");
  #signIn = element("button", { class: "quiet" }, "Sign in instead");
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
        this.#forget, this.#signIn,
        element("button", { class: "button", onclick: () => this.#dialog.close() }, "Not now"),
        element("button", { class: "button primary", type: "submit" }, "Use this key"))));

  /**
   * `actions` are called: `didTake(isFirst)` where a key is in use from now on, `didForget()` where it is not any more,
   * `didClose()` each time, `signIn()` where somebody wants that instead. `didLose()` is asked once the gateway does not take the
   * key in use any more, whether there has to be another one.
   */
  constructor(actions) {
    this.#actions = actions;
    this.#dialog.onclose = () => {
      this.#input.value = "";
      actions.didClose();
    };
    this.#signIn.onclick = () => {
      this.#dialog.close();
      actions.signIn();
    };
    document.body.append(this.#dialog);
  }

  /** `problem` says why there has to be another one, `isNeeded` whether nobody is let in without. */
  open({ problem = "", isNeeded = false } = {}) {
    this.#title.textContent = isNeeded ? "This gateway asks for a key" : "API key";
    this.#current.textContent = key() === "" ? "" : `In use: ${shownPart(key())}`;
    this.#forget.hidden = key() === "";
    this.#signIn.hidden = isSignedIn() || !hasWays();
    this.#complain(problem);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  async check() {
    await this.refused(key());
  }

  /** Some request with this key was. */
  async refused(shown) {
    if (shown !== key() || this.#isAsking || this.#dialog.open) return;
    this.#isAsking = true;
    const fault = await faultOf(shown);
    this.#isAsking = false;
    if (fault?.status !== 401 || shown !== key()) return;
    // Shown again it would count as a guess.
    keepKey("");
    this.open({ problem: fault.message, isNeeded: await this.#actions.didLose() });
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
    this.#dialog.close();
    this.#actions.didTake(isFirst);
  }

  #forgetKey() {
    keepKey("");
    this.#actions.didForget();
  }

  #complain(problem) {
    this.#problem.textContent = problem;
    this.#input.setAttribute("aria-invalid", String(problem !== ""));
    this.#input.focus();
    this.#input.select();
  }
}
