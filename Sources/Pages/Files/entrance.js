// Who comes in, and how: by a key of this tab, by a sign-in, or as anybody. The button for it is in the head of each page.

import { keepKey, key } from "./credential.js";
import { byID } from "./dom.js";
import { address, whenRefused } from "./gateway.js";
import { KeyDialog } from "./key-dialog.js";
import { takeLink } from "./link-token.js";
import { askWho, hasWays, isSignedIn, ownID, ownName, signOut } from "./sign-in.js";
import { forgetImages } from "./kept-images.js";
import { forgetWritten, keep, kept } from "./storage.js";

/** Whose drafts this browser keeps: the id of who was signed in last and has not signed out. */
const LAST = "user";
const ENDED = "Your sign-in has ended. Sign in again to go on; what you have written stays.";

export class Entrance {
  /** Whether the gateway lets nobody in as it is. */
  isNeeded = false;

  #didComeIn;
  #wasDismissed = false;
  #asking = null;
  #loading = null;
  #isFollowing = false;
  #button = byID("who");
  #tabs = null;
  #key = new KeyDialog({
    didTake: (isFirst) => this.#didTakeKey(isFirst),
    didLose: () => this.#didLoseKey(),
    didForget: () => this.#leave(),
    didClose: () => this.#didDismiss(),
    signIn: () => this.#openSignIn(),
  });

  /** `didComeIn()` is called where somebody comes in that was nobody before; with somebody else the page begins anew. */
  constructor(didComeIn) {
    this.#didComeIn = didComeIn;
    this.#button.onclick = () => this.open();
    whenRefused((shown) => this.#refused(shown));
    addEventListener("hashchange", () => this.#followLink());
    document.addEventListener("visibilitychange", () => document.hidden || !isSignedIn() || this.#lookAgain());
    this.#listenToTabs();
  }

  /** At the start of a page: whether it shows something by itself. */
  async check() {
    const hasLink = this.#followLink();
    await this.#askWho();
    // Before the gateway is away.
    if (hasWays() || isSignedIn()) this.#account();
    // Some routes take a key that has ended for none: whether the one in use is taken is asked by itself.
    if (key() !== "") await this.#key.check();
    else if (isSignedIn() && this.#isSomebodyElse()) this.#beginAnewAs(ownID());
    else if (isSignedIn()) this.#rememberWho();
    return hasLink;
  }

  /** What there is for whoever presses the button. */
  async open() {
    if (key() !== "") return this.#key.open();
    if (isSignedIn()) return (await this.#account()).menu.open();
    return hasWays() ? this.#openSignIn() : this.#openKey();
  }

  /** What the gateway asks for, in words. */
  get request() {
    return hasWays() ? "This gateway asks you to sign in." : "This gateway asks for a key.";
  }

  /** What can be done about it, or about too few rights: `name` and `perform`. */
  get action() {
    if (key() === "" && isSignedIn()) return { name: "Use a key", perform: () => this.#openKey() };
    const name = key() !== "" ? "Use another key" : hasWays() ? "Sign in" : "Enter a key";
    return { name, perform: () => this.open() };
  }

  // What the gateway says.

  async #askWho() {
    this.#asking ??= askWho().finally(() => {
      this.#asking = null;
    });
    await this.#asking;
    this.#show();
  }

  #show() {
    const isPerson = key() === "" && isSignedIn();
    this.#button.textContent = key() === "" && hasWays() ? "Sign in" : "Key";
    if (isPerson) this.#button.textContent = ownName() || "Signed in";
    this.#button.title = isPerson ? "Signed in" : "";
  }

  /** Who has not wanted to sign in is not asked for it each time, but where a sign-in ends. */
  async #refused(shown) {
    if (shown !== key()) return;
    if (shown !== "") return this.#key.refused(shown);
    const wasSignedIn = isSignedIn();
    await this.#askWho();
    if (key() !== "") return;
    if (!isSignedIn()) return this.#ask(wasSignedIn);
    // In another tab, or the request was older than the sign-in.
    if (this.isNeeded) this.#comeIn();
  }

  #ask(hasEnded) {
    this.isNeeded = true;
    if ((this.#wasDismissed && !hasEnded) || this.#isFollowing || isBusy()) return;
    if (!hasWays()) this.#openKey();
    else if (hasEnded) this.#openAgain();
    else this.#openSignIn();
  }

  async #hasEnded() {
    await this.#askWho();
    if (isSignedIn()) return false;
    this.isNeeded = true;
    this.#openAgain();
    return true;
  }

  // Dialogs.

  #account() {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load() {
    try {
      const { Account } = await import("./account.js");
      return new Account({
        didSignIn: () => this.#didSignIn(),
        didClose: () => this.#didDismiss(),
        useKey: () => this.#openKey(),
        signOut: (isEverywhere) => this.#signOut(isEverywhere),
        hasEnded: () => this.#hasEnded(),
      });
    } catch (error) {
      this.#loading = null;
      throw error;
    }
  }

  async #openSignIn(problem = "", title = undefined) {
    (await this.#account()).signIn.open({ problem, isNeeded: this.isNeeded, title });
  }

  #openAgain() {
    return this.#openSignIn(ENDED, "Sign in again");
  }

  #openKey() {
    this.#key.open({ isNeeded: this.isNeeded });
  }

  #didDismiss() {
    this.#wasDismissed = true;
  }

  // Who comes in.

  /** What was written by whom nobody knew is theirs who sign in. */
  async #didSignIn() {
    this.#tell();
    if (key() === "" && !this.#isSomebodyElse()) return this.#comeIn();
    keepKey("");
    this.#beginAnewAs(ownID());
  }

  async #comeIn() {
    this.#rememberWho();
    this.isNeeded = false;
    this.#show();
    (await this.#account()).signIn.close();
    this.#didComeIn();
  }

  #isSomebodyElse() {
    return kept(LAST) !== "" && kept(LAST) !== String(ownID());
  }

  #rememberWho() {
    keep(LAST, String(ownID() ?? ""));
  }

  #beginAnewAs(id) {
    forgetWritten();
    forgetImages();
    keep(LAST, String(id ?? ""));
    beginAnew();
  }

  async #didTakeKey(isFirst) {
    if (!isFirst || isSignedIn()) return beginAnew();
    this.isNeeded = false;
    this.#didComeIn();
    await this.#askWho();
  }

  async #didLoseKey() {
    await this.#askWho();
    this.isNeeded = !isSignedIn();
    return this.isNeeded;
  }

  // Who leaves.

  async #signOut(isEverywhere) {
    const next = await signOut(isEverywhere).catch((error) => {
      // One that has ended already is what was wanted.
      if (error.status !== 401) throw error;
      return null;
    });
    keep(LAST, "");
    this.#tell();
    this.#leave(next);
  }

  #leave(next = null) {
    forgetWritten();
    forgetImages();
    beginAnew(next);
  }

  // Other tabs of this browser.

  #listenToTabs() {
    if (!globalThis.BroadcastChannel) return;
    this.#tabs = new BroadcastChannel(`sign-in ${address("").pathname}`);
    this.#tabs.onmessage = () => this.#lookAgain();
  }

  #tell() {
    this.#tabs?.postMessage("changed");
  }

  /** Somebody has signed in or out elsewhere, or the sign-in of this page may have ended meanwhile. */
  async #lookAgain() {
    if (key() !== "") return;
    const before = isSignedIn() ? ownID() : null;
    await this.#askWho();
    const now = isSignedIn() ? ownID() : null;
    if (before === now) return;
    if (now === null && kept(LAST) === "") return beginAnew();
    if (now === null) return isBusy() ? undefined : this.#openAgain();
    if (before !== null || this.#isSomebodyElse()) return beginAnew();
    this.#comeIn();
  }

  // Links of an administrator.

  /** Whether the address was such a link. Nothing else is asked meanwhile. */
  #followLink() {
    const link = takeLink();
    if (link) this.#follow(link);
    return link !== null;
  }

  async #follow(link) {
    this.#isFollowing = true;
    try {
      await (await this.#account()).follow(link, () => this.#didReset());
    } finally {
      this.#isFollowing = false;
    }
  }

  /** The new password ends all sign-ins of its user, who may be somebody else than is signed in here. */
  async #didReset() {
    await this.#askWho();
    if (!isSignedIn()) this.#openSignIn("", "Sign in with the new password");
  }
}

function isBusy() {
  return document.querySelector("dialog[open]") !== null;
}

/** Nothing stays on the page of what somebody else has let be seen. */
function beginAnew(next = null) {
  location.assign(next ?? location.pathname);
}
