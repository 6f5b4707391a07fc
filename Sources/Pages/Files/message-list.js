// Shows a conversation as a list. An answer that has come keeps the element in which it came.

import { isQueued, isUnsent } from "./conversation.js";
import { copyButton, element } from "./dom.js";
import { MarkdownStream } from "./markdown.js";
import { MarkdownView } from "./markdown-view.js";
import { explain, figures, keeping, refusal, waiting } from "./words.js";

/** `actions` has `regenerate()`, `sendAgain(message)` and `showImage(element, digest)`. */
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
    if (answer && answer.text + answer.thinking === "") this.#entries.get(answer.id)?.showWait(waiting(seconds, answer.model, isLoaded, answer.queue, performance.now()));
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
    const ownRows = own.map((message, index) => [`own-${index}`, message, () => new QuestionEntry(this.#actions)]);
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

/** A person's message: one of the history, or one of ours that the gateway has not taken into it. */
class QuestionEntry {
  #text = element("div", { class: "text" });
  #images = element("div", { class: "images" });
  #remark = element("p", { class: "remark" });
  #actions;
  #shown = null;

  constructor(actions) {
    this.#actions = actions;
    this.element = element("li", { class: "message user" }, element("h2", { class: "unseen" }, "You"), this.#images, this.#text, this.#remark);
  }

  show(message) {
    const [words, action, perform] = this.#remarkOn(message);
    const shown = [message.content ?? message.text, words, action].join("\n");
    if (this.#shown === shown) return;
    this.#shown = shown;
    this.#text.textContent = message.content ?? message.text;
    const images = message.images ?? [];
    if (this.#images.childElementCount !== images.length) {
      this.#images.replaceChildren(...images.map((digest) => {
        const image = element("img", { alt: "Image", loading: "lazy" });
        this.#actions.showImage(image, digest);
        return image;
      }));
    }
    this.element.classList.toggle("failed", message.failed === true);
    this.#remark.classList.toggle("warn", !isQueued(message));
    this.#remark.hidden = words === "";
    const button = action && element("button", { class: "quiet", onclick: perform }, action);
    this.#remark.replaceChildren(words, ...(button ? [" ", button] : []));
  }

  /** What there is to say, and perhaps what can be done about it. */
  #remarkOn(message) {
    const again = ["Send again", () => this.#actions.sendAgain(message)];
    if (message.failed && !message.isExplained) {
      return ["This got no answer.", ...(message.isLast ? ["Ask again", this.#actions.regenerate] : [])];
    }
    if (isQueued(message)) return ["In the queue: it is answered after the answer that comes now."];
    if (message.error) return [`This was not taken: ${refusal(message.error.message, message.error.seconds)}`, ...again];
    if (isUnsent(message)) return ["The connection broke: this may not have arrived.", ...again];
    return [""];
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
  #thinking = null;
  #thought = "";
  #figures = element("p", { class: "figures" });
  #footer;
  #again;

  constructor(actions) {
    this.#again = element("button", { class: "quiet", onclick: actions.regenerate }, "Answer anew");
    this.#footer = element("footer", { hidden: true }, copyButton("Copy", () => this.text), this.#again, this.#figures);
    this.element = element("li", { class: "message answer" }, this.#model, this.#content, this.#footer);
  }

  /** Code without the button over it. */
  get spoken() {
    return [...this.#content.children].map((block) => (block.querySelector("pre") ?? block).innerText).join("\n");
  }

  show(message) {
    if (this.#model.textContent !== message.model) this.#model.textContent = message.model ?? "";
    const wasComing = this.isComing;
    this.isComing = message.content === undefined;
    this.#showThinking(message);
    this.#grow(message.content ?? message.text, !this.isComing);
    this.#footer.hidden = this.isComing;
    if (this.isComing) return;
    if (wasComing) this.#view.show(this.#stream.blocks());
    this.#showEnd(message);
  }

  /** Folded; what is open stays open while more comes. */
  #showThinking({ thinking = "", text }) {
    if (!thinking) return;
    this.#thinking ??= element("details", { class: "thinking" }, element("summary"), element("div"));
    const [summary, place] = this.#thinking.children;
    if (!this.#thinking.isConnected) this.#content.before(this.#thinking);
    const title = this.isComing && text === "" ? "Thinking…" : "Thought before it answered";
    if (summary.textContent !== title) summary.textContent = title;
    if (!thinking.startsWith(this.#thought)) place.textContent = this.#thought = "";
    if (thinking !== this.#thought) place.append(thinking.slice(this.#thought.length));
    this.#thought = thinking;
    this.#wait?.remove();
  }

  showWait(text) {
    this.#wait ??= element("p", { class: "waiting" });
    if (!this.#wait.isConnected) this.#content.before(this.#wait);
    if (this.#wait.textContent !== text) this.#wait.textContent = text;
  }

  /** While an answer comes its text only grows; what is kept of it at last may be another. */
  #grow(text, isWhole) {
    if (isWhole && !text.startsWith(this.text)) {
      this.text = "";
      this.#stream = new MarkdownStream();
    }
    const added = text.slice(this.text.length);
    if (added === "") return;
    const blocks = this.#stream.append(added);
    if (blocks) this.#view.show(blocks, added.slice(added.trimEnd().length));
    else this.#view.append(added);
    this.text = text;
    this.#wait?.remove();
  }

  #showEnd(message) {
    this.#wait?.remove();
    this.#again.hidden = !message.isLast;
    const pieces = keeping(message) ?? (message.usage ? figures(message) : ["Stopped"]);
    if (message.note) pieces.push(message.note);
    else if (message.reason === "length") pieces.push("cut off at the limit of its length: ask it to go on");
    const shown = pieces.join(" · ");
    if (this.#figures.dataset.shown === shown) return;
    this.#figures.dataset.shown = shown;
    this.#figures.replaceChildren(...pieces.map((piece) => element("span", piece)));
  }
}

/** What went wrong, with what to do about it. */
export function trouble(failure, model, again) {
  const { title, hint, command } = explain(failure, model);
  return element(
    "div", { class: "trouble", role: "alert" },
    element("p", element("strong", title)), element("p", { class: "hint" }, hint),
    command && element("div", { class: "command" }, element("code", command), copyButton("Copy", () => command)),
    again && element("button", { class: "button", onclick: again }, "Ask again"));
}
