// The keys of who is signed in: made, listed and ended.

import { copyButton, element } from "./dom.js";
import { Form } from "./form.js";
import { question } from "./question.js";
import { askWho, endKey, makeKey, ownKeys, who } from "./sign-in.js";
import { when } from "./words.js";

/** What a key for programs that ask models needs. */
const MODEL_SCOPES = ["inference", "models.read"];

export class OwnKeysDialog {
  #didEnd = async () => false;
  #signInAgain;
  #list = element("ul", { id: "own-keys" });
  #none = element("p", { id: "own-keys-state", class: "soft", role: "status" });
  #made = element("div", { class: "made", hidden: true });
  #form = new Form({
    id: "own-key", send: "Make a key", others: [element("button", { class: "button", onclick: () => this.#dialog.close() }, "Done")],
    fields: [
      {
        name: "name", label: "Name of a new key", autocomplete: "off", spellcheck: "false", required: true, maxlength: 100,
        help: "What it is for: laptop, editor, backup.",
      },
      {
        name: "expiresIn", label: "It ends after",
        options: [["90d", "90 days"], ["30d", "30 days"], ["365d", "a year"], ["", "nothing: until you end it"]],
      },
      { name: "may", label: "It may", options: [["models", "have models answer, and list them"], ["all", "all that you may do"]] },
      // By it a browser knows whose password it keeps.
      { name: "username", label: "Your name", autocomplete: "username", readonly: true },
      {
        name: "current", label: "Your password", type: "password", autocomplete: "current-password", required: true,
        help: "As you signed in some time ago.",
      },
    ],
    perform: (values) => this.#make(values),
  });
  #again = element(
    "div", { hidden: true },
    element("p", "You signed in some time ago. To make a key, sign in again."),
    element(
      "p", { class: "actions" },
      element("button", { class: "button", onclick: () => this.#dialog.close() }, "Done"),
      element("button", { class: "button primary", onclick: () => this.#leaveToSignIn() }, "Sign in again")));
  #dialog = element(
    "dialog", { id: "own-keys-dialog", "aria-labelledby": "own-keys-title" },
    element("h2", { id: "own-keys-title" }, "Your keys"),
    element("p", { class: "soft" }, "For programs that ask in your name. What a key uses counts as yours."),
    this.#none, this.#list, this.#made, this.#form.view, this.#again);

  /** `signInAgain()` is called where making a key takes that. */
  constructor(signInAgain) {
    this.#signInAgain = signInAgain;
    this.#dialog.onclose = () => {
      this.#form.clear();
      this.#forgetMade();
    };
    document.body.append(this.#dialog);
  }

  /** `didEnd()` is called where the sign-in has ended meanwhile. */
  open(didEnd) {
    this.#didEnd = didEnd;
    const { scopes } = who();
    const isNarrower = MODEL_SCOPES.every((scope) => scopes.includes(scope)) && scopes.length > MODEL_SCOPES.length;
    this.#form.show("may", isNarrower);
    this.#showDemand();
    this.#list.replaceChildren();
    this.#none.textContent = "Asking for them…";
    this.#dialog.showModal();
    this.#form.focus();
    this.#load();
    this.#learnDemand();
  }

  /** What making a key takes beside: that changes while a page is open. */
  #showDemand() {
    const { own_keys_take: demand, user } = who();
    for (const name of ["username", "current"]) this.#form.show(name, demand === "password");
    this.#form.input("username").value = user?.username ?? "";
    this.#form.view.hidden = demand === "sign_in";
    this.#again.hidden = demand !== "sign_in";
  }

  async #learnDemand() {
    await askWho();
    this.#showDemand();
  }

  #leaveToSignIn() {
    this.#dialog.close();
    this.#signInAgain();
  }

  async #load() {
    try {
      const keys = await ownKeys();
      this.#list.replaceChildren(...keys.map((key) => this.#row(key)));
      this.#none.textContent = keys.length === 0 ? "You have none yet." : "";
    } catch (error) {
      if (!(await this.#isEnded(error))) this.#none.textContent = error.message;
    }
  }

  /** Whether what went wrong is that nobody is signed in any more. */
  async #isEnded({ status }) {
    if (status !== 401 || !(await this.#didEnd())) return false;
    this.#dialog.close();
    return true;
  }

  #row(key) {
    const { id, name, custom, created_at: made, expires_at: until, status } = key;
    const facts = [
      custom ? "made elsewhere" : `sk-og-${id}-…`, `made ${when(made)}`, until ? `until ${new Date(until).toLocaleDateString()}` : null,
      status === "active" ? null : status,
    ];
    return element(
      "li",
      element("div", element("strong", name), element("span", { class: "facts" }, facts.filter(Boolean).join(" · "))),
      element("button", { class: "quiet", "aria-label": `End the key “${name}”`, onclick: () => this.#end(key) }, "End"));
  }

  async #make({ name, expiresIn, may, current }) {
    let made;
    const isAsked = !this.#form.input("current").disabled;
    try {
      const { scopes } = who();
      const wanted = may === "all" ? scopes : MODEL_SCOPES;
      made = await makeKey({
        name, expiresIn, scopes: this.#form.input("may").disabled ? null : wanted, current: isAsked ? current : null,
      });
    } catch (error) {
      if (await this.#isEnded(error)) return;
      if (error.status === 403) await this.#learnDemand();
      const isOfPassword = !this.#form.input("current").disabled && [401, 403, 429].includes(error.status);
      throw Object.assign(error, { field: isOfPassword ? "current" : "name" });
    }
    this.#showMade(made);
    // The form, and the password in it, is not kept until the list is there.
    this.#load();
  }

  /** The secret stands here until the dialog is closed, and nowhere else. */
  #showMade({ name, key }) {
    const copy = copyButton("Copy", () => key);
    const title = element("p", { id: "made-title", tabindex: "-1" }, `The key “${name}”. It is shown this once: put it where it is needed.`);
    this.#made.replaceChildren(title, element("div", { class: "secret" }, element("code", key), copy));
    this.#made.hidden = false;
    title.focus();
  }

  #forgetMade() {
    this.#made.replaceChildren();
    this.#made.hidden = true;
  }

  async #end({ id, name }) {
    const text = `Programs that use “${name}” are refused from then on.`;
    if (!(await question({ title: "End this key?", text, yes: "End it", no: "Keep it" }))) return;
    try {
      await endKey(id);
      this.#forgetMade();
      await this.#load();
    } catch (error) {
      if (!(await this.#isEnded(error))) this.#none.textContent = error.message;
    }
  }
}
