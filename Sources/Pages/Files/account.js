// All dialogs of who signs in, or is signed in. They come with this script, which a page fetches where there is anybody to sign in.

import { AccountMenu } from "./account-menu.js";
import { OwnKeysDialog } from "./own-keys-dialog.js";
import { PasswordDialog } from "./password-dialog.js";
import { question } from "./question.js";
import { verify } from "./sign-in.js";
import { SignInDialog } from "./sign-in-dialog.js";

export class Account {
  signIn;
  menu;
  #password = new PasswordDialog();
  #ownKeys = new OwnKeysDialog(() => this.signIn.open({
    problem: "Then open “Your keys” once more.", isNeeded: false, title: "Sign in again",
  }));

  /**
   * Of the `actions`, `didSignIn()`, `didClose()`, `useKey()` and `signOut(isEverywhere)` are called; `hasEnded()` is asked where a
   * dialog of somebody who is signed in was refused: whether nobody is any more.
   */
  constructor(actions) {
    this.signIn = new SignInDialog(actions);
    this.menu = new AccountMenu({
      changePassword: () => this.#password.change(actions.hasEnded),
      showKeys: () => this.#ownKeys.open(actions.hasEnded),
      useKey: actions.useKey,
      signOut: async (isEverywhere) => (!isEverywhere || (await isMeant())) && actions.signOut(isEverywhere),
    });
  }

  /** Does what an administrator's link is for; `didReset()` is called once a new password holds. */
  async follow({ kind, token }, didReset) {
    if (kind === "reset") return this.#password.setByLink(token, didReset);
    const [title, text] = await verify(token).then(
      (message) => ["Your e-mail address", message], (error) => ["This link is of no use", error.message]);
    await question({ title, text, no: "Done" });
  }
}

function isMeant() {
  const text = "In all browsers and programs: here too. Your keys stay until you end them.";
  return question({ title: "Sign out everywhere?", text, yes: "Sign out everywhere", no: "Stay signed in" });
}
