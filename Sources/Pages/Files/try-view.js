// A form that sends an operation's request, shows what comes while it comes, and says the same as a line for the shell.

import { curlLine, makeRequest, reformatted } from "./api-request.js";
import { key, withKey } from "./credential.js";
import { copyButton, element } from "./dom.js";
import { EventStream, pieceOf } from "./event-stream.js";
import { address } from "./gateway.js";
import { isSignedIn } from "./sign-in.js";

/** More of an answer is not shown: the page would become slow. */
const SHOWN_CHARACTERS = 200_000;

/** Of fields for what a machine reads. */
export const VERBATIM = { autocomplete: "off", spellcheck: "false" };

export function tryView(operation) {
  return new Trial(operation).view;
}

class Trial {
  #operation;
  #fields = new Map();
  #body = null;
  #accept = null;
  #line = element("code", {});
  #send = element("button", { type: "submit", class: "button primary" }, "Send");
  #stop = element("button", { class: "button danger", hidden: true }, "Stop");
  #output = new Output();
  #abort = null;

  constructor(operation) {
    this.#operation = operation;
    this.#stop.onclick = () => this.#abort?.abort();
    this.view = element("form", { class: "try" }, ...this.#inputs(), this.#lineView());
    if (operation.hasWritableBody) this.view.append(element("p", { class: "actions" }, this.#send, this.#stop), this.#output.view);
    this.view.onsubmit = (event) => {
      event.preventDefault();
      this.#run();
    };
    this.view.oninput = () => this.#update();
    this.#update();
  }

  #inputs() {
    const { parameters, body, answerTypes, id, hasWritableBody } = this.#operation;
    const inputs = parameters.map((parameter) => this.#field(parameter));
    const examples = body?.examples ?? [];
    if (body && hasWritableBody) {
      this.#body = element("textarea", { id: `${id}-body`, ...VERBATIM });
      const choice = element("select", { "aria-label": "Example" }, ...examples.map(({ name }, index) => element("option", { value: String(index) }, name)));
      choice.oninput = () => this.#take(examples[Number(choice.value)]);
      this.#take(examples[0]);
      inputs.push(labelled("Body", this.#body, examples.length > 1 ? choice : null));
    }
    if (answerTypes.length > 1) {
      this.#accept = element("select", { id: `${id}-accept` }, element("option", { value: "" }, "as the request says"),
        ...answerTypes.map((type) => element("option", type)));
      inputs.push(labelled("Accept", this.#accept));
    }
    return inputs;
  }

  #take(example) {
    this.#body.value = JSON.stringify(example?.value ?? {}, null, 2);
    this.#body.rows = Math.min(16, this.#body.value.split("\n").length + 1);
  }

  #field({ name, in: place, required, example, schema }) {
    const input = element("input", {
      id: `${this.#operation.id}-${name}`, required, placeholder: schema.default?.toString(), ...VERBATIM,
    });
    // What a path needs stands there; what is optional waits.
    if (place === "path") input.value = example ?? "";
    this.#fields.set(name, input);
    return labelled(name, input);
  }

  #request() {
    const values = Object.fromEntries([...this.#fields].map(([name, input]) => [name, input.value]));
    return makeRequest(this.#operation, values, this.#body?.value ?? null, this.#accept?.value ?? "");
  }

  // MARK: The line

  #lineView() {
    return element("div", { class: "line" }, element("pre", { tabindex: "0" }, this.#line), copyButton("Copy", () => this.#line.textContent));
  }

  #update() {
    const { answerTypes, body } = this.#operation;
    const request = this.#request();
    const bodyArguments = {
      "multipart/form-data": ["-F", "file=@FILE", "-F", "model=MODEL"],
      "application/octet-stream": ["--data-binary", "@FILE"],
    }[body?.type] ?? [];
    if (bodyArguments.includes("-F")) delete request.headers["Content-Type"];
    const shown = { ...request, body: request.body === null ? null : reformatted(request.body) };
    this.#line.textContent = curlLine(address(request.path.slice(1)).href, shown, {
      isStream: answerTypes.some(EventStream.isStream), hasKey: key() !== "" || isSignedIn(), bodyArguments,
    });
  }

  // MARK: The answer

  async #run() {
    const { method, path, headers, body } = this.#request();
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#stop.hidden = false;
    this.#output.begin();
    try {
      const response = await fetch(address(path.slice(1)), { method, headers: withKey(headers), body, signal: abort.signal, cache: "no-store" });
      await this.#output.show(response);
    } catch (error) {
      this.#output.end(abort.signal.aborted ? "stopped" : `failed: ${error.message}`);
    }
    if (this.#abort !== abort) return;
    this.#abort = null;
    this.#stop.hidden = true;
  }
}

/** What came: in words, as the text of an answer, and as it is. */
class Output {
  #status = element("p", { class: "status", role: "status" });
  #answer = element("p", { class: "answer-text", hidden: true });
  #raw = element("code", {});
  #rawView = element("pre", { tabindex: "0", hidden: true }, this.#raw);
  #start = 0;
  #outcome = "";
  #events = 0;
  #length = 0;
  view = element("div", { class: "output" }, this.#status, this.#answer, this.#rawView);

  begin() {
    this.#start = performance.now();
    this.#outcome = "";
    this.#events = this.#length = 0;
    this.#status.textContent = "Waiting…";
    this.#answer.replaceChildren();
    this.#raw.replaceChildren();
    this.#answer.hidden = this.#rawView.hidden = true;
  }

  async show(response) {
    const type = response.headers.get("content-type") ?? "";
    this.#outcome = `${response.status} ${response.statusText}`.trim();
    this.#status.textContent = `${this.#outcome} …`;
    this.view.classList.toggle("bad", !response.ok);
    if (EventStream.isStream(type)) await this.#follow(response, new EventStream(type));
    else {
      const text = await response.text();
      this.#append(type.includes("json") && text.length <= SHOWN_CHARACTERS ? reformatted(text, 2) : text);
    }
    this.end();
  }

  /** Shows the text as it comes. */
  async #follow(response, events) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#append(value);
      for (const event of events.take(value)) {
        this.#events += 1;
        const piece = pieceOf(event);
        if (piece === "") continue;
        this.#answer.hidden = false;
        this.#answer.append(piece);
      }
      this.#status.textContent = `${this.#outcome} · ${this.#events} events …`;
    }
  }

  #append(text) {
    const room = SHOWN_CHARACTERS - this.#length;
    this.#length += text.length;
    if (room <= 0 || text === "") return;
    this.#rawView.hidden = false;
    this.#raw.append(text.length > room ? `${text.slice(0, room)}\n…` : text);
    this.#rawView.scrollTop = this.#rawView.scrollHeight;
  }

  end(how = "") {
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(2);
    const events = this.#events > 0 ? `${this.#events} events` : null;
    this.#status.textContent = [this.#outcome, how, events, `${seconds} s`].filter(Boolean).join(" · ");
  }
}

export function labelled(label, input, beside = null) {
  return element("div", { class: "field" }, element("label", { for: input.id }, label), beside, input);
}
