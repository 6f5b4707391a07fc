// Who is signed in, and the routes by which that changes, at a gateway that answers as the test says.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { keepKey } from "../../Sources/Pages/Files/credential.js";
import { whenRefused } from "../../Sources/Pages/Files/gateway.js";
import { takeLink } from "../../Sources/Pages/Files/link-token.js";
import * as signIn from "../../Sources/Pages/Files/sign-in.js";

const WAYS = { password: true, issuer: { name: "Example", url: "api/v1/auth/issuer/login" }, registration: false, refused: null };
const OUT = { signed_in: false, by: null, user: null, name: null, scopes: [], password: false, own_keys: false, own_keys_take: null, sign_in: WAYS };
const ANN = { id: 7, username: "ann", full_name: "Ann Example", email: "ann@example.org" };
const IN = { ...OUT, signed_in: true, by: "cookie", user: ANN, scopes: ["chat"], password: true, own_keys: true };

let requests;
let answer;

beforeEach(() => {
  requests = [];
  globalThis.fetch = async (url, { method, headers, body, cache }) => {
    const request = { method, path: url.pathname.split("/api/v1/auth/")[1] + url.search, headers, body: body && JSON.parse(body), cache };
    requests.push(request);
    const { status = 200, body: said = {}, fields = {} } = await answer(request);
    return new Response(status === 204 ? null : JSON.stringify(said), { status, headers: fields });
  };
  answer = () => ({ body: OUT });
  whenRefused(() => assert.fail("nobody is asked to come in by it"));
});

afterEach(() => {
  keepKey("");
  whenRefused(() => {});
});

test("who it is, as the gateway says", async () => {
  await signIn.askWho();
  assert.deepEqual([signIn.isSignedIn(), signIn.hasWays(), signIn.who()], [false, true, OUT]);
  answer = () => ({ body: IN });
  await signIn.askWho();
  assert.deepEqual([signIn.isSignedIn(), signIn.nameOf(signIn.who().user)], [true, "Ann Example"]);
  assert.deepEqual(requests[1], { method: "GET", path: "session", headers: {}, body: undefined, cache: "no-store" });
  assert.equal(signIn.nameOf({ username: "bob", full_name: null }), "bob");
  assert.equal(signIn.nameOf(null), "");
});

test("who shows a key is not signed in by more than that", async () => {
  keepKey("sk-own");
  answer = () => ({ body: { ...IN, by: "key" } });
  await signIn.askWho();
  assert.deepEqual([signIn.isSignedIn(), requests[0].headers], [false, { Authorization: "Bearer sk-own" }]);
  answer = () => ({ body: { ...IN, by: "proxy" } });
  await signIn.askWho();
  assert.ok(signIn.isSignedIn());
  assert.deepEqual([signIn.ownName(), signIn.ownID()], ["Ann Example", IN.user.id]);
  // Whom a proxy names who is no user of the gateway.
  answer = () => ({ body: { ...IN, by: "proxy", user: null, name: "ann@example.org" } });
  await signIn.askWho();
  assert.deepEqual([signIn.isSignedIn(), signIn.ownName(), signIn.ownID()], [true, "ann@example.org", "ann@example.org"]);
  answer = () => ({ body: { signed_in: false } });
  await signIn.askWho();
  assert.deepEqual([signIn.ownName(), signIn.ownID()], ["", null]);
});

test("a gateway that says little, or nothing", async () => {
  answer = () => ({ body: { signed_in: false } });
  await signIn.askWho();
  assert.deepEqual([signIn.isSignedIn(), signIn.hasWays()], [false, false]);
  answer = () => ({ body: IN });
  await signIn.askWho();
  for (const fault of [() => ({ status: 503, body: { detail: "no" } }), () => { throw new TypeError("offline"); }]) {
    answer = fault;
    await signIn.askWho();
    assert.ok(signIn.isSignedIn(), "what it has said before holds");
  }
});

test("ways to sign in", () => {
  const none = { password: false, issuer: null, registration: false, refused: null };
  for (const refused of [null, "Not over plain HTTP."]) assert.ok(!signIn.hasWays({ ...none, refused }), "there is nobody to be refused");
  for (const way of [{ password: true }, { issuer: WAYS.issuer }, { registration: true }, { password: true, refused: "Not over plain HTTP." }]) {
    assert.ok(signIn.hasWays({ ...none, ...way }), JSON.stringify(way));
  }
});

test("an answer that comes after a later one is of no use", async () => {
  let giveOld;
  answer = () => new Promise((resolve) => { giveOld = () => resolve({ body: OUT }); });
  const old = signIn.askWho();
  answer = () => ({ body: IN });
  await signIn.askWho();
  giveOld();
  await old;
  assert.ok(signIn.isSignedIn());
  // As is one to a question from before a sign-in.
  answer = () => new Promise((resolve) => { giveOld = () => resolve({ body: OUT }); });
  const older = signIn.askWho();
  answer = () => ({ body: IN });
  await signIn.signIn("ann", "pass");
  giveOld();
  await older;
  assert.ok(signIn.isSignedIn());
});

test("in and out", async () => {
  keepKey("sk-own");
  answer = () => ({ body: IN });
  await signIn.signIn("ann", "Secret-1");
  assert.deepEqual(requests[0], {
    method: "POST", path: "session", headers: { "Content-Type": "application/json" }, cache: "no-store",
    body: { username: "ann", password: "Secret-1" },
  }, "a key would win over the cookie");
  assert.ok(signIn.isSignedIn());
  answer = () => ({ body: { message: "Bye", logout_url: "https://id.example/out" } });
  assert.equal(await signIn.signOut(true), "https://id.example/out");
  assert.deepEqual([requests[1].method, requests[1].path], ["DELETE", "session?everywhere=true"]);
  assert.deepEqual([signIn.isSignedIn(), signIn.who().user, signIn.hasWays()], [false, null, true]);
  for (const other of [undefined, null, "", "javascript:alert(1)", "data:text/html,a", "/status", 7, {}]) {
    answer = () => ({ body: { message: "Bye", logout_url: other } });
    assert.equal(await signIn.signOut(false), null, String(other));
  }
  assert.equal(requests[2].path, "session");
});

test("what is refused is said, and who was signed in stays", async () => {
  answer = () => ({ body: IN });
  await signIn.askWho();
  answer = () => ({ status: 401, body: { detail: "Incorrect username or password" } });
  await assert.rejects(signIn.signIn("ann", "x"), { status: 401, message: "Incorrect username or password." });
  answer = () => ({ status: 429, body: { detail: "Rate limit exceeded" }, fields: { "Retry-After": "59" } });
  await assert.rejects(signIn.askForLink("a@b.c"), { message: "Rate limit exceeded. Try again in 59 s." });
  assert.ok(signIn.isSignedIn());
});

test("what each route takes", async () => {
  answer = ({ path }) => (path === "keys" ? { body: { keys: [{ id: "a" }] } } : path.startsWith("keys/") ? { status: 204 } : { body: { message: "Done" } });
  await signIn.register({ email: "a@b.c", username: "ann", fullName: "", password: "p" });
  await signIn.register({ email: "a@b.c", username: "ann", fullName: "Ann", password: "p" });
  await signIn.changePassword("old", "new");
  await signIn.askForLink("a@b.c");
  await signIn.confirmReset("t/1", "new");
  assert.equal(await signIn.verify("t/1"), "Done");
  assert.deepEqual(await signIn.ownKeys(), [{ id: "a" }]);
  await signIn.makeKey({ name: "n", expiresIn: "90d", scopes: ["inference"] });
  await signIn.makeKey({ name: "n", expiresIn: "", scopes: null, current: null });
  await signIn.makeKey({ name: "n", current: "Secret-1" });
  assert.equal(await signIn.endKey("a/b"), null);
  assert.deepEqual(requests.map(({ method, path, body }) => [method, path, body]), [
    ["POST", "register", { email: "a@b.c", username: "ann", password: "p" }],
    ["POST", "register", { email: "a@b.c", username: "ann", password: "p", full_name: "Ann" }],
    ["POST", "password", { current_password: "old", new_password: "new" }],
    ["POST", "password-reset", { email: "a@b.c" }],
    ["POST", "password-reset/confirm", { token: "t/1", new_password: "new" }],
    ["POST", "verify-email/t%2F1", undefined],
    ["GET", "keys", undefined],
    ["POST", "keys", { name: "n", expires_in: "90d", scopes: ["inference"] }],
    ["POST", "keys", { name: "n" }],
    ["POST", "keys", { name: "n", current_password: "Secret-1" }],
    ["DELETE", "keys/a%2Fb", undefined],
  ]);
  assert.ok(requests.every(({ headers }) => !headers.Authorization));
});

test("the issuer is told where to come back to", async () => {
  await signIn.askWho();
  const url = new URL(signIn.issuerAddress("/ai/?session=a&b=c"));
  assert.ok(url.pathname.endsWith("/api/v1/auth/issuer/login"));
  assert.equal(url.searchParams.get("next"), "/ai/?session=a&b=c");
});

test("a link leaves the address at once", () => {
  const follow = (hash) => {
    const replaced = [];
    const link = takeLink({
      location: { hash, pathname: "/ai/", search: "?session=a" },
      history: { replaceState: (_, __, url) => replaced.push(url) },
    });
    return [link, replaced];
  };
  assert.deepEqual(follow("#reset=abc_-1"), [{ kind: "reset", token: "abc_-1" }, ["/ai/?session=a"]]);
  assert.deepEqual(follow("#verify=a%2Fb"), [{ kind: "verify", token: "a/b" }, ["/ai/?session=a"]]);
  assert.deepEqual(follow("#verify=a%b"), [{ kind: "verify", token: "a%b" }, ["/ai/?session=a"]]);
  for (const other of ["", "#message", "#reset=", "#xreset=a", `#reset=${"a".repeat(4097)}`]) assert.deepEqual(follow(other), [null, []], other);
});
