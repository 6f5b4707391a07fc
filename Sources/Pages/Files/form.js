// A form of a dialog: its fields, a line for what is wrong, and its buttons. What was written into it goes when it is cleared.

import { element } from "./dom.js";
import { withLocalTimes } from "./words.js";

export class Form {
  view;
  #inputs = new Map();
  #problem;
  #isBusy = false;
  #perform;
  #secrets;

  /**
   * `fields` are `{ name, label, help, options, …attributes of the input }`; `perform(values)` does what the form is for, and
   * throws what there is to say; where to write again is the error's `field`, or else the first password. `others` stand before
   * the button that sends.
   */
  constructor({ id, fields, send, perform, others = [] }) {
    this.#perform = perform;
    this.#secrets = fields.filter(({ type }) => type === "password").map(({ name }) => name);
    this.#problem = element("p", { id: `${id}-problem`, class: "problem", role: "alert" });
    this.view = element(
      "form", { onsubmit: (event) => this.#submit(event) },
      ...fields.map((field) => this.#field(id, field)),
      this.#problem,
      element("p", { class: "actions" }, ...others, element("button", { class: "button primary", type: "submit" }, send)));
  }

  #field(formID, { name, label, help, options, ...attributes }) {
    const id = `${formID}-${name}`;
    const described = [`${formID}-problem`, help ? `${id}-help` : null].filter(Boolean).join(" ");
    const input = element(options ? "select" : "input", { id, name, "aria-describedby": described, ...attributes });
    for (const [value, text] of options ?? []) input.append(element("option", { value }, text));
    this.#inputs.set(name, input);
    const view = element("div", { class: "field" }, element("label", { for: id }, label), input);
    if (help) view.append(element("p", { id: `${id}-help` }, help));
    return view;
  }

  input(name) {
    return this.#inputs.get(name);
  }

  /** A field that is not shown is not needed. */
  show(name, isShown) {
    const input = this.#inputs.get(name);
    input.parentElement.hidden = input.disabled = !isShown;
  }

  /** Forgets all that was written. */
  clear() {
    for (const input of this.#inputs.values()) {
      if (input.options) input.selectedIndex = 0;
      else if (!input.readOnly) input.value = "";
    }
    this.complain("");
  }

  focus() {
    [...this.#inputs.values()].find(({ value, readOnly, disabled }) => value === "" && !readOnly && !disabled)?.focus();
  }

  /** Says what is wrong, and which field has to be written again; "" is nothing. */
  complain(problem, name) {
    this.#problem.textContent = problem;
    for (const [other, input] of this.#inputs) input.setAttribute("aria-invalid", String(problem !== "" && other === name));
    if (problem !== "") this.#inputs.get(name)?.focus();
  }

  /** Passwords that were not taken are forgotten. */
  async #submit(event) {
    event.preventDefault();
    if (this.#isBusy) return;
    const values = Object.fromEntries([...this.#inputs].map(([name, input]) => [name, input.value]));
    for (const [name, value] of Object.entries(values)) if (!this.#secrets.includes(name)) values[name] = value.trim();
    this.#isBusy = true;
    try {
      await this.#perform(values);
      this.clear();
    } catch (error) {
      const field = error.field ?? this.#secrets[0];
      if (this.#secrets.includes(field)) for (const name of this.#secrets) this.#inputs.get(name).value = "";
      this.complain(withLocalTimes(error.message), field);
    } finally {
      this.#isBusy = false;
    }
  }
}

/** The two fields of a password that is to be, and what is wrong with them. */
export const NEW_PASSWORD = [
  {
    name: "wanted", label: "New password", type: "password", autocomplete: "new-password", required: true, minlength: 8,
    help: "At least 8 characters: lower and upper case, a digit, and a sign such as ! or ?.",
  },
  { name: "again", label: "New password, again", type: "password", autocomplete: "new-password", required: true },
];

/** Throws where they are not the same. */
export function checkNew({ wanted, again }) {
  if (wanted !== again) throw Object.assign(new Error("The two new passwords are not the same."), { field: "wanted" });
}
