// The chat page: joins the conversation, its connection and what is seen of it.

import { offerChats } from "./adoption.js";
import { Attachments, showImage } from "./attachments.js";
import { Conversation } from "./conversation.js";
import { key, subprotocols } from "./credential.js";
import { byID } from "./dom.js";
import { Entrance } from "./entrance.js";
import { renewCookie, socketAddress } from "./gateway.js";
import { HistoryLoader } from "./history.js";
import { keepsImages, takeImages } from "./kept-images.js";
import { isComposing } from "./keys.js";
import { Link } from "./link.js";
import { MessageList, trouble } from "./message-list.js";
import { showNotice } from "./notice.js";
import { isAtEnd, scrollToEnd, showWayToEnd } from "./scrolling.js";
import { SessionList } from "./session-list.js";
import { Settings, isLoaded } from "./settings.js";
import { isSignedIn, who } from "./sign-in.js";
import { draft, keepDraft, keepUnanswered, unanswered } from "./storage.js";
import { connection as connectionWords } from "./words.js";

const SESSIONS_EVERY_MS = 15_000;
const MODELS_AGAIN_MS = 5_000;
const SEND_AFTER_MS = 2_000;
/** How long an answer is awaited before it is asked whether its model is there. */
const ASK_LOADED_AFTER_MS = 2_500;

class Chat {
  #settings = new Settings();
  #sessions = new SessionList({ open: (id) => this.go(id), didDelete: (id) => id === this.#id && this.go(null) });
  #list = new MessageList(byID("messages"), {
    regenerate: () => this.#regenerate(),
    sendAgain: ({ text, images }) => this.#ask(text, { images }),
    showImage: (image, digest) => showImage(image, this.#id, digest),
  });
  #attachments = new Attachments((problem) => this.#say(problem));
  #entrance = new Entrance(() => this.#didComeIn());
  #message = byID("message");

  /** Of the session; null is a chat that has not begun: the gateway gives it one that only those know who are told. */
  #id = null;
  #conversation = null;
  #link = null;
  #isDrawing = false;
  #drawsAll = false;
  #isModelLoaded = null;
  #models = { problem: null, count: 1 };
  #modelsTimer = null;
  #canSend = null;
  #isSending = false;
  /** Who waits for the name of a chat that begins. */
  #whenBegun = [];
  #problem = "";

  start() {
    this.#listen();
    keepsImages(() => this.#attachments.files);
    this.#entrance.check().then((isBusy) => isBusy || this.#welcome());
    this.#enter(sessionInAddress());
    this.#loadModels();
    setInterval(() => document.hidden || this.#entrance.isNeeded || this.#loadSessions(), SESSIONS_EVERY_MS);
    setInterval(() => this.#tick(), 500);
    // On a phone that would bring up the keyboard.
    if (matchMedia("(hover: hover)").matches) this.#message.focus();
  }

  #listen() {
    addEventListener("popstate", () => this.#enter(sessionInAddress()));
    addEventListener("online", () => this.#comeBack());
    addEventListener("scroll", showWayToEnd, { passive: true });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      this.#sessions.load();
      this.#comeBack();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || isComposing(event) || document.querySelector("dialog[open]")) return;
      if (byID("chats").classList.contains("open")) this.#showChats(false);
      else this.#conversation?.stop();
    });
    byID("composer").onsubmit = (event) => {
      event.preventDefault();
      this.#send();
    };
    this.#message.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
      event.preventDefault();
      this.#send();
    };
    this.#message.oninput = () => {
      keepDraft(this.#id, this.#message.value);
      this.#fitMessage();
    };
    byID("stop").onclick = () => {
      this.#conversation.stop();
      this.#message.focus();
    };
    byID("to-latest").onclick = scrollToEnd;
    byID("open-chats").onclick = () => this.#showChats(!byID("chats").classList.contains("open"));
    // On a phone the chats lie over the conversation.
    document.querySelector("main").onclick = () => this.#showChats(false);
    byID("new-chat").onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.go(null);
      this.#message.focus();
    };
  }

  // Chats.

  /** Leaves this chat for another one, or for a new one. */
  go(id) {
    this.#showChats(false);
    if (id === this.#id) return;
    history.pushState(null, "", id === null ? location.pathname : `?session=${encodeURIComponent(id)}`);
    this.#enter(id);
  }

  #enter(id) {
    this.#link?.close();
    this.#link = null;
    this.#id = id;
    this.#problem = "";
    this.#isSending = false;
    this.#whenBegun = [];
    this.#conversation = this.#makeConversation();
    if (id !== null) {
      this.#conversation.restore(unanswered(id));
      this.#connect();
    }
    this.#message.value = draft(id);
    this.#fitMessage();
    this.#sessions.current = id;
    this.#sessions.load();
    this.#drawsAll = true;
    this.#drawNow();
    scrollToEnd();
  }

  /** What comes late to one that is not shown any more changes nothing that is seen. */
  #makeConversation() {
    let history = null;
    const conversation = new Conversation({
      send: (message) => this.#link?.send(message),
      loadHistory: () => {
        history ??= new HistoryLoader(this.#id, (messages) => conversation.historyDidLoad(messages));
        history.load();
      },
      didChange: (what) => conversation === this.#conversation && this.#didChange(what),
    });
    return conversation;
  }

  /** Of a chat that has not begun the gateway says which one it is. */
  #connect() {
    const conversation = this.#conversation;
    this.#link = new Link(() => socketAddress("ws", this.#id === null ? {} : { session_id: this.#id }), subprotocols, {
      linkDidReceive: (message) => {
        if (message.type === "connection" && this.#id === null) this.#begin(message.session_id);
        conversation.receive(message);
      },
      linkWillComeBack: (connect) => this.#askWhetherLetIn().then((isLetIn) => (isLetIn ? connect() : this.#link?.close())),
      linkDidChange: ({ name }) => {
        if (name === "waiting") conversation.linkDidBreak();
        this.#showNotice();
        this.#showButtons();
      },
    });
    this.#link.open();
  }

  /** Browsers do not tell why a WebSocket was refused; the list of chats is for those who may have one. */
  async #askWhetherLetIn() {
    await renewCookie();
    await this.#sessions.load();
    return this.#isLetIn;
  }

  get #isLetIn() {
    return ![401, 403].includes(this.#sessions.problem?.status);
  }

  /** Who is let in again comes back. */
  async #loadSessions() {
    await this.#sessions.load();
    if (this.#isLetIn && this.#link?.state.name === "closed") this.#link.open();
  }

  /** What is on the page goes on. Who writes as soon as the chats are left or taken has a connection of their own already. */
  async #didComeIn() {
    const earlier = this.#link;
    this.#loadModels();
    // Of several tabs the one that is seen asks.
    if (!document.hidden) await offerChats();
    this.#sessions.load();
    if (earlier === this.#link) earlier?.reopen();
  }

  /** Who was signed in by the issuer has come back with it. */
  async #welcome() {
    takeImages().then((files) => files.length > 0 && this.#attachments.take(files));
    if (key() !== "" || who().by !== "cookie") return;
    await offerChats();
    this.#sessions.load();
  }

  #begin(id) {
    this.#id = id;
    history.replaceState(null, "", `?session=${id}`);
    this.#sessions.current = id;
    for (const go of this.#whenBegun.splice(0)) go();
  }

  #comeBack() {
    if (this.#link?.state.name === "waiting") this.#link.open();
  }

  // What the person does.

  /** A message that is written before the models are known would go to the gateway's default one. */
  async #send() {
    await this.#canSend;
    const text = this.#message.value;
    if (text.trim() === "" || this.#isSending) return;
    if (this.#entrance.isNeeded) return this.#entrance.open();
    const images = this.#attachments.isEmpty ? [] : await this.#giveImages();
    if (!images) return;
    this.#message.value = "";
    keepDraft(this.#id, "");
    this.#fitMessage();
    this.#ask(text, { images });
  }

  /** The digests of those that go along; null where they cannot be given, or the person has gone elsewhere meanwhile. */
  async #giveImages() {
    const conversation = this.#conversation;
    this.#isSending = true;
    try {
      if (!this.#link) this.#connect();
      // Who goes elsewhere meanwhile is not called any more.
      if (this.#id === null) await new Promise((resolve) => this.#whenBegun.push(resolve));
      const images = await this.#attachments.give(this.#id);
      return conversation === this.#conversation ? images : null;
    } catch (error) {
      this.#say(error.message);
      return null;
    } finally {
      this.#isSending = false;
    }
  }

  #say(problem) {
    this.#problem = problem;
    this.#showNotice();
  }

  #ask(text, options) {
    if (!this.#link) this.#connect();
    this.#problem = "";
    this.#conversation.ask(text, this.#settings.fields, options);
    this.#drawNow();
    scrollToEnd();
    this.#message.focus();
  }

  #regenerate() {
    const question = this.#conversation.messages.findLast(({ role }) => role === "user");
    if (question && !this.#conversation.isBusy) this.#ask(question.content, { regenerates: true, images: question.images });
  }

  /** Who writes at once waits for them, but is not kept waiting by an Ollama that hangs. */
  #loadModels() {
    this.#canSend = Promise.race([this.#askForModels(), new Promise((resolve) => setTimeout(resolve, SEND_AFTER_MS))]);
  }

  async #askForModels() {
    try {
      this.#models = { problem: null, count: await this.#settings.loadModels() };
    } catch (error) {
      this.#models = { problem: error, count: 0 };
    }
    clearTimeout(this.#modelsTimer);
    if (this.#models.count === 0) this.#modelsTimer = setTimeout(() => this.#entrance.isNeeded || this.#loadModels(), MODELS_AGAIN_MS);
    this.#showNotice();
  }

  // What is seen.

  #didChange(what) {
    if (what !== "answer") {
      this.#drawsAll = true;
      if (this.#id !== null) keepUnanswered(this.#id, this.#conversation.unanswered);
    }
    const { answer } = this.#conversation;
    if (what === "answer" && answer?.text + answer?.thinking === "") {
      this.#drawsAll = true;
      this.#isModelLoaded = null;
      this.#sessions.load();
      this.#askWhetherLoaded(answer);
    }
    if (what === "end") this.#didEnd();
    this.#draw();
  }

  /** Those who listen hear a finished answer once; what went wrong is an alert of its own. */
  #didEnd() {
    this.#drawNow();
    const last = this.#conversation.messages.at(-1);
    if (last?.role === "assistant" && !this.#conversation.failure) byID("announcement").textContent = this.#list.lastAnswer;
    this.#sessions.load();
  }

  async #askWhetherLoaded(answer) {
    await new Promise((resolve) => setTimeout(resolve, ASK_LOADED_AFTER_MS));
    if (answer === this.#conversation.answer && answer.text === "") this.#isModelLoaded = await isLoaded(answer.model);
  }

  /** Draws once for all that comes until the browser shows it; now and then also in a tab that nobody sees. */
  #draw() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    if (document.hidden) setTimeout(() => this.#drawNow(), 500);
    else requestAnimationFrame(() => this.#drawNow());
  }

  #drawNow() {
    const follows = isAtEnd();
    this.#isDrawing = false;
    if (this.#drawsAll) this.#drawAll();
    else this.#list.showAnswer(this.#conversation);
    this.#drawsAll = false;
    if (follows) scrollToEnd();
    showWayToEnd();
  }

  #drawAll() {
    const { messages, waiting, answer } = this.#conversation;
    this.#list.show(this.#conversation);
    byID("welcome").hidden = this.#id !== null || messages.length + waiting.length > 0 || answer !== null;
    this.#showFailure();
    this.#tick();
    this.#showButtons();
    const title = messages.find(({ role }) => role === "user")?.content.trim().slice(0, 60);
    document.title = `${title || "Chat"} – ollama-gateway`;
  }

  #showFailure() {
    const { failure } = this.#conversation;
    if (failure === this.shownFailure) return;
    this.shownFailure = failure;
    byID("failure").replaceChildren(...(failure ? [trouble(failure, failure.model ?? this.#settings.model, () => this.#regenerate())] : []));
  }

  #showButtons() {
    byID("stop").hidden = this.#conversation.answer === null;
  }

  #tick() {
    this.#showWait();
    this.#showNotice();
  }

  #showWait() {
    const { answer } = this.#conversation;
    if (answer) this.#list.showWait(this.#conversation, (performance.now() - answer.startedAt) / 1000, this.#isModelLoaded);
  }

  #showNotice() {
    showNotice(this.#notice());
  }

  /** What there is to say above the field, and what can be done about it. */
  #notice() {
    const broken = connectionWords(
      this.#link?.state ?? { name: "closed" }, Date.now(), this.#conversation.answer !== null);
    if (this.#problem !== "") return { text: this.#problem };
    const { isNeeded, request, action } = this.#entrance;
    if (isNeeded) return { text: request, action };
    const forbidden = [this.#sessions.problem, this.#models.problem].find((problem) => problem?.status === 403);
    if (forbidden) return { text: forbidden.message, action };
    if (broken) return { ...broken, action: { name: "Try now", perform: () => this.#link?.open() } };
    const { problem, count } = this.#models;
    if (problem?.status === 0) return { text: "The gateway does not answer. This page tries again every few seconds." };
    if (problem?.status === 401 || problem?.status === 429) return { text: problem.message };
    if (problem) {
      return { text: `${problem.message} Start it on its machine (ollama serve); this page goes on once it is there.` };
    }
    if (count === 0 && key() !== "") return { text: "There is no model that this key may use." };
    if (count === 0 && isSignedIn()) return { text: "There is no model that you may use." };
    if (count === 0) return { text: "This Ollama has no model yet. Fetch one on its machine: ollama pull smollm2" };
    if (this.#conversation.isForgotten) {
      return {
        text: "The gateway keeps this chat no more: it was restarted, or somebody deleted it. Your next message begins anew.",
      };
    }
    return {};
  }

  #showChats(isOpen) {
    byID("chats").classList.toggle("open", isOpen);
    byID("open-chats").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) byID("new-chat").focus();
  }

  #fitMessage() {
    this.#message.style.height = "auto";
    this.#message.style.height = `${this.#message.scrollHeight}px`;
  }
}

function sessionInAddress() {
  return new URLSearchParams(location.search).get("session");
}

new Chat().start();
