// A new password: of who is signed in, or by the link of an administrator.

import { element } from "./dom.js";
import { Form, NEW_PASSWORD, checkNew } from "./form.js";
import { changePassword, confirmReset, who } from "./sign-in.js";

export class PasswordDialog {
  #perform = null;
  #title = element("h2", { id: "password-title" });
  #help = element("p", { class: "soft" });
  #form = new Form({
    id: "password", send: "Set the password",
    others: [element("button", { class: "button", onclick: () => this.#dialog.close() }, "Cancel")],
    fields: [
      // By it a browser knows whose password it keeps.
      { name: "username", label: "Name", autocomplete: "username", readonly: true },
      { name: "current", label: "Current password", type: "password", autocomplete: "current-password", required: true },
      ...NEW_PASSWORD,
    ],
    perform: (values) => this.#perform(values),
  });
  #dialog = element("dialog", { id: "password-dialog", "aria-labelledby": "password-title" }, this.#title, this.#help, this.#form.view);

  constructor() {
    this.#dialog.onclose = () => this.#form.clear();
    document.body.append(this.#dialog);
  }

  /** `didEnd()` is called where the sign-in itself has ended meanwhile. */
  change(didEnd) {
    this.#title.textContent = "Change the password";
    this.#help.textContent = "Wherever else you are signed in, that ends. Keys stay.";
    this.#open(true, async (values) => {
      checkNew(values);
      try {
        await changePassword(values.current, values.wanted);
      } catch (error) {
        if (error.status === 401 && (await didEnd())) return this.#dialog.close();
        throw Object.assign(error, { field: [400, 422].includes(error.status) ? "wanted" : "current" });
      }
      this.#dialog.close();
    });
  }

  /** `didSet()` is called once the new one holds. */
  setByLink(token, didSet) {
    this.#title.textContent = "Set a new password";
    this.#help.textContent = "By the link that you were given. Wherever you are signed in, that ends.";
    this.#open(false, async (values) => {
      checkNew(values);
      try {
        await confirmReset(token, values.wanted);
      } catch (error) {
        if (/token/.test(error.message)) error.message += " Ask whoever runs this gateway for a new link.";
        throw Object.assign(error, { field: "wanted" });
      }
      this.#dialog.close();
      didSet();
    });
  }

  #open(isSignedIn, perform) {
    this.#perform = perform;
    this.#form.clear();
    this.#form.input("username").value = isSignedIn ? (who().user?.username ?? "") : "";
    for (const name of ["username", "current"]) this.#form.show(name, isSignedIn);
    this.#dialog.showModal();
    this.#form.focus();
  }
}
