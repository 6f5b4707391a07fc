// Signs somebody in: by name and password, by the issuer, with a link to a new password or as a new user.

import { element } from "./dom.js";
import { Form, NEW_PASSWORD, checkNew } from "./form.js";
import { hasImages, keepImages } from "./kept-images.js";
import { askForLink, issuerAddress, register, signIn, who } from "./sign-in.js";

const NAMES = { autocapitalize: "none", spellcheck: "false", required: true };

export class SignInDialog {
  #didSignIn;
  #title = element("h2", { id: "sign-in-title" });
  #problem = element("p", { id: "sign-in-problem", class: "problem", role: "alert" });
  #refused = element("p", { id: "sign-in-refused", class: "refused" });
  #issuer = element("a", { class: "button", id: "issuer", onclick: (event) => this.#leaveForIssuer(event) });
  #forgotten = element("button", { class: "quiet", onclick: () => this.#show("forgotten") }, "Forgot the password?");
  #registration = element("button", { class: "quiet", onclick: () => this.#show("registration") }, "Make an account");
  #useKey = element("button", { class: "quiet" }, "Use a key");
  #notNow = this.#notNowButton();
  #told = element("p", { id: "link-told", role: "status" });
  #forms = {
    password: new Form({
      id: "sign-in", send: "Sign in", others: [this.#notNowButton()],
      fields: [
        { name: "username", label: "Name or e-mail", autocomplete: "username", ...NAMES },
        { name: "password", label: "Password", type: "password", autocomplete: "current-password", required: true },
      ],
      perform: ({ username, password }) => this.#signIn(username, password),
    }),
    forgotten: new Form({
      id: "forgotten", send: "Ask for a link", others: [this.#backButton()],
      fields: [{ name: "email", label: "E-mail address of the account", type: "email", autocomplete: "email", required: true }],
      perform: ({ email }) => this.#askForLink(email),
    }),
    registration: new Form({
      id: "registration", send: "Make the account", others: [this.#backButton()],
      fields: [
        { name: "username", label: "Name", autocomplete: "username", minlength: 3, maxlength: 100, ...NAMES },
        { name: "email", label: "E-mail address", type: "email", autocomplete: "email", required: true },
        { name: "fullName", label: "Full name (if you like)", autocomplete: "name" },
        ...NEW_PASSWORD,
      ],
      perform: (values) => this.#register(values),
    }),
  };
  #views;
  #titles = {};
  #dialog;
  #isWarned = false;

  /** `didSignIn()` is called once somebody is; `useKey()` where a key is to be used instead; `didClose()` each time it is closed. */
  constructor({ didSignIn, useKey, didClose }) {
    this.#didSignIn = didSignIn;
    this.#useKey.onclick = () => {
      this.close();
      useKey();
    };
    this.#views = {
      password: element(
        "div",
        this.#refused, this.#forms.password.view,
        element("p", { class: "ways" }, this.#issuer, this.#forgotten, this.#registration, this.#useKey, this.#notNow)),
      forgotten: element(
        "div",
        element("p", { class: "soft" },
          "Whoever runs this gateway makes you a link, by which you set a new password. No mail is sent: ask them for it, or note here " +
          "that you want one, and they see it."),
        this.#forms.forgotten.view, this.#told),
      registration: this.#forms.registration.view,
    };
    this.#dialog = element(
      "dialog", { id: "sign-in-dialog", "aria-labelledby": "sign-in-title" }, this.#title, this.#problem, ...Object.values(this.#views));
    this.#dialog.onclose = () => {
      for (const form of Object.values(this.#forms)) form.clear();
      didClose();
    };
    document.body.append(this.#dialog);
  }

  /** `problem` says why somebody has to sign in, `isNeeded` whether nobody is let in here otherwise. */
  open({ problem, isNeeded, title = isNeeded ? "This gateway asks who you are" : "Sign in" }) {
    this.#problem.textContent = problem;
    this.#titles = { password: title, forgotten: "A new password", registration: "Make an account" };
    this.#update();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#show("password");
  }

  close() {
    this.#dialog.close();
  }

  /** What the gateway offers here. */
  #update() {
    const { password, issuer, registration, refused } = who().sign_in;
    const isHere = refused === null;
    this.#refused.textContent = refused ?? "";
    this.#forms.password.view.hidden = !password || !isHere;
    this.#notNow.hidden = password && isHere;
    this.#forgotten.hidden = !password || !isHere;
    this.#registration.hidden = !registration || !isHere;
    this.#issuer.hidden = !issuer || !isHere;
    this.#issuer.classList.toggle("primary", !password);
    if (issuer) {
      this.#issuer.textContent = `Sign in with ${issuer.name}`;
      this.#issuer.href = issuerAddress(location.pathname + location.search);
    }
  }

  #show(shown) {
    this.#title.textContent = this.#titles[shown];
    this.#told.textContent = "";
    for (const [name, view] of Object.entries(this.#views)) view.hidden = name !== shown;
    const first = this.#forms[shown];
    if (first.view.hidden) (this.#issuer.hidden ? this.#useKey : this.#issuer).focus();
    else first.focus();
  }

  /** The images that are attached stay in this browser meanwhile; where they cannot, that is said first. */
  async #leaveForIssuer(event) {
    // In another tab nothing is left.
    if (!hasImages() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!(await keepImages()) && !this.#isWarned) {
      this.#isWarned = true;
      this.#problem.textContent = "This browser cannot keep the attached images meanwhile. Press once more to go without them.";
      return;
    }
    location.assign(this.#issuer.href);
  }

  #notNowButton() {
    return element("button", { class: "button", onclick: () => this.close() }, "Not now");
  }

  #backButton() {
    return element("button", { class: "button", onclick: () => this.#show("password") }, "Back");
  }

  async #signIn(username, password) {
    await signIn(username, password);
    await this.#didSignIn();
  }

  async #askForLink(email) {
    await askForLink(email);
    this.#told.textContent = "Noted. If there is an account with this address, who runs this gateway sees that you want a link.";
  }

  async #register(values) {
    checkNew(values);
    try {
      await register({ ...values, password: values.wanted });
    } catch (error) {
      const [field] = /email|username/i.exec(error.message) ?? ["wanted"];
      throw Object.assign(error, { field: field.toLowerCase() });
    }
    await this.#signIn(values.username, values.wanted);
  }
}
