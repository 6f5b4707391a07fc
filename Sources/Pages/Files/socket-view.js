// The messages of the WebSockets, and a connection to try them.

import { subprotocols } from "./credential.js";
import { element } from "./dom.js";
import { socketAddress } from "./gateway.js";
import { exampleView, prose, schemaView } from "./operation-view.js";
import { VERBATIM, labelled } from "./try-view.js";

/** Messages that are shown; the oldest go. */
const SHOWN_MESSAGES = 200;

/** What the section consists of, by the names of its parts. */
export const CONTENTS = { "messages-client": "Clients send", "messages-server": "The gateway sends", "messages-try": "Try it" };

export function socketView(document) {
  const views = (side) => document.messages(side).map((message) => messageView(document, message, side));
  const parts = [views("client"), views("server"), [new SocketTrial(document.messages("client")).view]];
  return Object.entries(CONTENTS).flatMap(([id, title], index) => [element("h3", { id }, title), ...parts[index]]);
}

function messageView(document, { name, payload, examples }, side) {
  const { description = "" } = document.resolve(payload);
  const view = element("details", { id: `${side}-${name}`, class: "operation" },
    element("summary", element("h4", element("code", name)), element("span", { class: "summary" }, ...firstSentence(description))));
  view.ontoggle = () => {
    if (!view.open || view.children.length > 1) return;
    view.append(...[...prose(description), schemaView(document, payload), ...examples.map((value) => exampleView("", value))].filter(Boolean));
  };
  return view;
}

function firstSentence(text) {
  const [, sentence] = /^(.*?\.)(\s|$)/s.exec(text) ?? [null, text];
  return sentence.replaceAll("`", "");
}

class SocketTrial {
  #socket = null;
  #session = element("input", { id: "socket-session", placeholder: "a new one", ...VERBATIM });
  #message = element("textarea", { id: "socket-message", rows: "4", ...VERBATIM });
  #connect = element("button", { class: "button" }, "Connect");
  #send = element("button", { type: "submit", class: "button primary", disabled: true }, "Send");
  #status = element("p", { class: "status", role: "status" }, "Not connected.");
  #log = element("ol", { class: "frames", "aria-label": "Messages", tabindex: "0" });

  constructor(messages) {
    const examples = messages.flatMap(({ examples: values }) => values);
    const choice = element("select", { "aria-label": "Example" }, ...examples.map((value, index) =>
      element("option", { value: String(index) }, label(value))));
    const take = () => { this.#message.value = JSON.stringify(examples[Number(choice.value)]); };
    choice.oninput = take;
    this.#message.value = JSON.stringify(examples[0]);
    this.#connect.onclick = () => this.#toggle();
    this.view = element("form", { class: "try" },
      labelled("session_id", this.#session), labelled("Message", this.#message, choice),
      element("p", { class: "actions" }, this.#connect, this.#send), this.#status, this.#log);
    this.view.onsubmit = (event) => {
      event.preventDefault();
      this.#say();
    };
  }

  #toggle() {
    if (this.#socket) return this.#socket.close(1000);
    const parameters = this.#session.value ? { session_id: this.#session.value } : {};
    const socket = new WebSocket(socketAddress("ws", parameters), subprotocols());
    this.#socket = socket;
    this.#show("Connecting…", "Disconnect");
    socket.onopen = () => {
      this.#show("Connected.", "Disconnect");
      this.#send.disabled = false;
    };
    socket.onmessage = (event) => this.#add("from", event.data);
    socket.onclose = (event) => {
      this.#socket = null;
      this.#send.disabled = true;
      this.#show(`Closed with ${event.code}${event.reason ? `: ${event.reason}` : "."}`, "Connect");
    };
  }

  #say() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(this.#message.value);
    this.#add("to", this.#message.value);
  }

  #show(status, action) {
    this.#status.textContent = status;
    this.#connect.textContent = action;
  }

  #add(way, text) {
    this.#log.append(element("li", { class: way }, element("span", { class: "unseen" }, way === "to" ? "Sent: " : "Received: "), text));
    while (this.#log.children.length > SHOWN_MESSAGES) this.#log.firstElementChild.remove();
    this.#log.scrollTop = this.#log.scrollHeight;
  }
}

/** What tells an example from the others of its type. */
function label({ type, stream, command }) {
  return [type, command, stream === false ? "whole" : null].filter(Boolean).join(", ");
}
