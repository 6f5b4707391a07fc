// Shows a conversation as a list. Each message has one element for as long as it is there; an answer that has come keeps
// the element in which it came.

import { isQueued, isUnsent } from "./conversation.js";
import { copyButton, element } from "./dom.js";
import { MarkdownStream, spoken } from "./markdown.js";
import { MarkdownView } from "./markdown-view.js";
import { explain, figures, waiting } from "./words.js";

/** `actions` has `regenerate()` and `sendAgain(message)`. */
export class MessageList {
  #list;
  #actions;
  /** By the messages' keys. */
  #entries = new Map();

  constructor(list, actions) {
    this.#list = list;
    this.#actions = actions;
  }

  show(conversation) {
    const wanted = this.#wanted(conversation);
    const entries = new Map();
    for (const [key, message, make] of wanted) {
      const entry = this.#entries.get(key) ?? this.#finished(message) ?? make();
      entry.show(message);
      entries.set(key, entry);
    }
    this.#entries = entries;
    this.#arrange([...entries.values()].map((entry) => entry.element));
  }

  /** Shows more of the answer that comes, and touches nothing else. */
  showAnswer({ answer }) {
    if (answer) this.#entries.get(answer.id)?.show(answer);
  }

  /** Says how long the answer that comes has been awaited. */
  showWait({ answer }, seconds, isLoaded) {
    if (answer && answer.text === "") this.#entries.get(answer.id)?.showWait(waiting(seconds, answer.model, isLoaded));
  }

  /** The last answer, for screen readers. */
  get lastAnswer() {
    return [...this.#entries.values()].findLast((entry) => entry instanceof AnswerEntry)?.spoken ?? "";
  }

  /** Keys, messages and who shows them, in their order. */
  #wanted({ messages, answer, failure, waiting: own }) {
    const asked = messages.at(-1)?.role === "user" || !answer;
    const rows = messages.map((message, index) => {
      const isLast = index === messages.length - 1 && own.length === 0;
      return this.#row({ ...message, isLast, isExplained: isLast && failure !== null });
    });
    const ownRows = own.map((message, index) => [`own-${message.number ?? index}`, message, () => new OwnEntry(this.#actions)]);
    // Its question may be on its way to the history still.
    if (!asked) rows.push(...ownRows.splice(0, 1));
    if (answer) rows.push([answer.id, answer, () => new AnswerEntry(this.#actions)]);
    return [...rows, ...ownRows];
  }

  #row(message) {
    const key = `${message.timestamp} ${message.role}`;
    return [key, message, () => (message.role === "user" ? new QuestionEntry(this.#actions) : new AnswerEntry(this.#actions))];
  }

  /** The element in which an answer came that is a message now. */
  #finished(message) {
    if (message.role !== "assistant") return undefined;
    for (const [key, entry] of this.#entries) {
      if (entry instanceof AnswerEntry && entry.isComing && message.content.startsWith(entry.text)) {
        this.#entries.delete(key);
        return entry;
      }
    }
    return undefined;
  }

  #arrange(elements) {
    let place = this.#list.firstElementChild;
    for (const wanted of elements) {
      if (wanted === place) place = place.nextElementSibling;
      else this.#list.insertBefore(wanted, place);
    }
    while (place) {
      const next = place.nextElementSibling;
      place.remove();
      place = next;
    }
  }
}

/** A person's message that the gateway has. */
class QuestionEntry {
  #text = element("div", { class: "text" });
  #remark = element("p", { class: "remark warn", hidden: true });

  constructor(actions) {
    const again = element("button", { type: "button", class: "quiet", onclick: actions.regenerate }, "Ask again");
    this.again = again;
    this.element = element("li", { class: "message user" }, heading("You"), this.#text, this.#remark);
  }

  show({ content, failed, isLast, isExplained }) {
    if (this.#text.textContent !== content) this.#text.textContent = content;
    this.element.classList.toggle("failed", failed === true);
    this.#remark.hidden = !failed || isExplained;
    if (failed) this.#remark.replaceChildren("This got no answer.", ...(isLast ? [" ", this.again] : []));
  }
}

/** A message of ours that the gateway has not taken into the history. */
class OwnEntry {
  #text = element("div", { class: "text" });
  #remark = element("p", { class: "remark" });
  #message;

  constructor(actions) {
    this.again = element(
      "button", { type: "button", class: "quiet", onclick: () => actions.sendAgain(this.#message) }, "Send again");
    this.element = element("li", { class: "message user" }, heading("You"), this.#text, this.#remark);
  }

  show(message) {
    if (this.#message === message && this.state === message.state) return;
    this.#message = message;
    this.state = message.state;
    this.#text.textContent = message.text;
    this.#remark.classList.toggle("warn", isUnsent(message));
    this.#remark.replaceChildren(...this.#words(message));
  }

  #words(message) {
    if (isQueued(message)) return ["In the queue: it is answered after the answer that comes now."];
    if (message.error) return [`This was not taken: ${message.error.message} `, this.again];
    if (isUnsent(message)) return ["The connection broke: this may not have arrived. ", this.again];
    return [];
  }
}

/** An answer, that comes or has come. */
class AnswerEntry {
  text = "";
  isComing = true;
  #stream = new MarkdownStream();
  #model = element("h2", { class: "model" });
  #content = element("div", { class: "markdown" });
  #view = new MarkdownView(this.#content);
  #wait = null;
  #figures = element("p", { class: "figures" });
  #footer;
  #again;

  constructor(actions) {
    this.#again = element("button", { type: "button", class: "quiet", onclick: actions.regenerate }, "Answer anew");
    this.#footer = element("footer", { hidden: true }, copyButton("Copy", () => this.text), this.#again, this.#figures);
    this.element = element("li", { class: "message answer" }, this.#model, this.#content, this.#footer);
  }

  get spoken() {
    return spoken(this.#stream.blocks());
  }

  show(message) {
    if (this.#model.textContent !== message.model) this.#model.textContent = message.model ?? "";
    this.#grow(message.content ?? message.text);
    this.isComing = message.content === undefined;
    this.#footer.hidden = this.isComing;
    if (!this.isComing) this.#showEnd(message);
  }

  showWait(text) {
    this.#wait ??= element("p", { class: "waiting" });
    if (!this.#wait.isConnected) this.#content.before(this.#wait);
    if (this.#wait.textContent !== text) this.#wait.textContent = text;
  }

  #grow(text) {
    if (text === this.text) return;
    if (!text.startsWith(this.text)) this.#stream = new MarkdownStream();
    this.#view.show(this.#stream.append(text.slice(this.#stream.text.length)));
    this.text = text;
    this.#wait?.remove();
  }

  #showEnd(message) {
    this.#wait?.remove();
    this.#again.hidden = !message.isLast;
    const pieces = message.usage ? figures(message) : ["Stopped"];
    if (message.reason === "length") pieces.push("cut off at the limit of its length: ask it to go on");
    const shown = pieces.join(" · ");
    if (this.#figures.dataset.shown === shown) return;
    this.#figures.dataset.shown = shown;
    this.#figures.replaceChildren(...pieces.map((piece) => element("span", {}, piece)));
  }
}

function heading(text) {
  return element("h2", { class: "unseen" }, text);
}

/** What went wrong, with what to do about it. */
export function trouble(failure, model, again) {
  const { title, hint, command } = explain(failure, model);
  return element(
    "div", { class: "trouble", role: "alert" },
    element("p", {}, element("strong", {}, title)), element("p", { class: "hint" }, hint),
    command && element("div", { class: "command" }, element("code", {}, command), copyButton("Copy", () => command)),
    again && element("button", { type: "button", class: "button", onclick: again }, "Ask again"));
}
