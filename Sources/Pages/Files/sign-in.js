// Who is signed in, as the gateway says, and its routes by which that changes. No password is kept here.

import { key } from "./credential.js";
import { address, fetchSignIn } from "./gateway.js";

const PATH = "api/v1/auth/";
const NO_WAYS = { password: false, issuer: null, registration: false, refused: null };
const NOBODY = {
  signed_in: false, by: null, user: null, name: null, scopes: [], password: false, own_keys: false, own_keys_take: null,
  sign_in: NO_WAYS,
};

let session = NOBODY;
/** Numbers the questions, as an earlier one may be answered later. */
let asked = 0;

/** What the gateway has said last: `{ signed_in, by, user, name, scopes, password, own_keys, own_keys_take, sign_in }`. */
export function who() {
  return session;
}

/** Whether somebody is signed in by more than a key of this tab: by a cookie, or by a proxy in front. */
export function isSignedIn() {
  return session.signed_in && (session.by === "cookie" || session.by === "proxy");
}

/** Whether people can sign in at this gateway at all; that it refuses them from here is said in the dialog. */
export function hasWays({ password, issuer, registration } = session.sign_in) {
  return password || issuer !== null || registration;
}

export function nameOf(user) {
  return user?.full_name || user?.username || "";
}

/** What to call who is signed in; whom a proxy names who is no user of the gateway, as the proxy does. */
export function ownName() {
  return nameOf(session.user) || session.name || "";
}

/** By which this person is told from others who sign in with the same browser; null: nobody. */
export function ownID() {
  return session.user?.id ?? session.name ?? null;
}

/** Asks the gateway. Where it does not answer, what it has said before holds. */
export async function askWho() {
  asked += 1;
  const question = asked;
  const answer = await fetchSignIn(`${PATH}session`, { shown: key() }).catch(() => null);
  if (answer && question === asked) take(answer);
  return session;
}

function take(answer) {
  session = { ...NOBODY, ...answer, sign_in: { ...NO_WAYS, ...answer?.sign_in } };
}

/** The functions below throw a `GatewayError` with what there is to say. */
export async function signIn(username, password) {
  const answer = await fetchSignIn(`${PATH}session`, { method: "POST", body: { username, password } });
  asked += 1;
  take(answer);
}

/** Where to go on: the issuer's own sign-out, or null; never to what a browser would run. */
export async function signOut(isEverywhere) {
  const answer = await fetchSignIn(`${PATH}session${isEverywhere ? "?everywhere=true" : ""}`, { method: "DELETE" });
  asked += 1;
  take({ sign_in: session.sign_in });
  const next = answer?.logout_url;
  return /^https?:\/\//.test(next) ? next : null;
}

/** The new user is not signed in by it. */
export function register({ email, username, fullName, password }) {
  const body = { email, username, password, ...(fullName === "" ? {} : { full_name: fullName }) };
  return fetchSignIn(`${PATH}register`, { method: "POST", body });
}

export function changePassword(current, wanted) {
  return fetchSignIn(`${PATH}password`, { method: "POST", body: { current_password: current, new_password: wanted } });
}

/** Notes that somebody wants a link to set a new password, whether there is a user with this address or not. */
export function askForLink(email) {
  return fetchSignIn(`${PATH}password-reset`, { method: "POST", body: { email } });
}

export function confirmReset(token, wanted) {
  return fetchSignIn(`${PATH}password-reset/confirm`, { method: "POST", body: { token, new_password: wanted } });
}

/** What the gateway says to it. */
export async function verify(token) {
  return (await fetchSignIn(`${PATH}verify-email/${encodeURIComponent(token)}`, { method: "POST" }))?.message ?? "";
}

export async function ownKeys() {
  return (await fetchSignIn(`${PATH}keys`)).keys;
}

/**
 * The key's record, with `key`, which is told this once. `expiresIn` as "90d", `scopes` and the user's own password `current` may be
 * left out.
 */
export function makeKey({ name, expiresIn, scopes, current }) {
  const body = {
    name, ...(expiresIn ? { expires_in: expiresIn } : {}), ...(scopes ? { scopes } : {}), ...(current ? { current_password: current } : {}),
  };
  return fetchSignIn(`${PATH}keys`, { method: "POST", body });
}

export function endKey(id) {
  return fetchSignIn(`${PATH}keys/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** Where the whole page goes to be signed in by the issuer; it comes back to `next`, a path with its query. */
export function issuerAddress(next) {
  const url = address(session.sign_in.issuer.url);
  url.searchParams.set("next", next);
  return url.href;
}
