// What somebody who is signed in can do about it: the menu behind the name in the head of each page.

import { element } from "./dom.js";
import { ownName, who } from "./sign-in.js";

export class AccountMenu {
  #name = element("h2", { id: "account-name" });
  #facts = element("p", { class: "soft" });
  #problem = element("p", { class: "problem", role: "alert" });
  #items = {};
  #dialog;

  /** `actions` are what the entries do: `changePassword`, `showKeys`, `useKey`, `signOut(isEverywhere)`, which throws what there is to say. */
  constructor(actions) {
    const entry = (name, text, act) => {
      this.#items[name] = element("li", element("button", { class: "entry", onclick: act }, text));
      return this.#items[name];
    };
    const leave = (act) => () => {
      this.#dialog.close();
      act();
    };
    this.#dialog = element(
      "dialog", { id: "account", class: "menu", "aria-labelledby": "account-name" },
      element(
        "div",
        this.#name, this.#facts, this.#problem,
        element(
          "ul",
          entry("password", "Change the password", leave(actions.changePassword)),
          entry("keys", "Your keys", leave(actions.showKeys)),
          entry("useKey", "Use a key in this tab", leave(actions.useKey)),
          entry("out", "Sign out", () => this.#signOut(actions, false)),
          entry("everywhere", "Sign out everywhere", () => this.#signOut(actions, true)))));
    // The dialog itself is what is beside its content.
    this.#dialog.onclick = ({ target }) => target === this.#dialog && this.#dialog.close();
    document.body.append(this.#dialog);
  }

  open() {
    const { user, by, password, own_keys: ownKeys } = who();
    this.#name.textContent = ownName();
    const byProxy = by === "proxy" ? "Signed in by the proxy in front of this gateway." : null;
    this.#facts.textContent = [user?.full_name ? user.username : null, user?.email, byProxy].filter(Boolean).join(" · ");
    this.#problem.textContent = "";
    this.#items.password.hidden = !password;
    this.#items.keys.hidden = !ownKeys;
    this.#items.out.hidden = this.#items.everywhere.hidden = by !== "cookie";
    this.#dialog.showModal();
  }

  async #signOut(actions, isEverywhere) {
    try {
      await actions.signOut(isEverywhere);
    } catch (error) {
      this.#problem.textContent = error.message;
    }
  }
}
