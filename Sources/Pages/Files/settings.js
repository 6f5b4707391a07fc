// What the person has chosen, kept in this browser: model, system prompt, temperature, and what is not sent yet.

import { byID, element } from "./dom.js";
import { fetchJSON } from "./gateway.js";
import { bytes } from "./words.js";

const TEMPERATURE = 0.7;
/** The gateway's own limit would cut long answers. */
const MAXIMUM_TOKENS = 8192;
const DRAFTS = 50;

/** A browser may keep nothing, in a private window or because it is full: then it is kept for this page. */
class Store {
  #kept = new Map();

  get(key) {
    try {
      return localStorage.getItem(key) ?? this.#kept.get(key) ?? null;
    } catch {
      return this.#kept.get(key) ?? null;
    }
  }

  set(key, value) {
    if (value === null || value === "") this.#kept.delete(key);
    else this.#kept.set(key, value);
    try {
      if (value === null || value === "") localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // Kept above.
    }
  }
}

const store = new Store();

/** What was written and not sent, by chat; the oldest go first. */
export class Drafts {
  #drafts = new Map();

  constructor() {
    try {
      this.#drafts = new Map(JSON.parse(store.get("drafts") ?? "[]"));
    } catch {
      // Not ours: another program of this origin has written it.
    }
  }

  get(session) {
    return this.#drafts.get(session ?? "") ?? "";
  }

  set(session, text) {
    this.#drafts.delete(session ?? "");
    if (text !== "") this.#drafts.set(session ?? "", text);
    while (this.#drafts.size > DRAFTS) this.#drafts.delete(this.#drafts.keys().next().value);
    store.set("drafts", JSON.stringify([...this.#drafts]));
  }
}

/** The picker of models and the dialog of settings. */
export class Settings {
  #model = byID("model");
  #system = byID("system");
  #temperature = byID("temperature");

  constructor() {
    this.#system.value = store.get("system") ?? "";
    this.#temperature.value = store.get("temperature") ?? TEMPERATURE;
    this.#model.addEventListener("change", () => store.set("model", this.#model.value));
    this.#system.addEventListener("input", () => this.#keep());
    this.#temperature.addEventListener("input", () => this.#keep());
    byID("open-settings").addEventListener("click", () => byID("settings").showModal());
    byID("close-settings").addEventListener("click", () => byID("settings").close());
    byID("reset-settings").addEventListener("click", () => {
      this.#system.value = "";
      this.#temperature.value = TEMPERATURE;
      this.#keep();
    });
    this.#keep();
  }

  get model() {
    return this.#model.value;
  }

  /** The fields of a message. */
  get fields() {
    const system = this.#system.value.trim();
    return {
      ...(this.model !== "" && { model: this.model }), ...(system !== "" && { system }),
      temperature: Number(this.#temperature.value), max_tokens: MAXIMUM_TOKENS,
    };
  }

  #keep() {
    store.set("system", this.#system.value);
    store.set("temperature", this.#temperature.value);
    byID("temperature-value").textContent = Number(this.#temperature.value).toFixed(1);
    const isSet = this.#system.value.trim() !== "" || Number(this.#temperature.value) !== TEMPERATURE;
    byID("open-settings").classList.toggle("set", isSet);
  }

  /** Asks for the models; throws a `GatewayError`. How many there are. */
  async loadModels() {
    const { models } = await fetchJSON("api/v1/chat/models");
    const chosen = this.#model.value || store.get("model");
    const options = models.map(({ name, size }) => option(name, `${name} · ${bytes(size)}`));
    if (chosen && !models.some(({ name }) => name === chosen)) options.push(option(chosen, `${chosen} · not there`));
    this.#model.replaceChildren(...options);
    if (options.length === 0) this.#model.replaceChildren(option("", "No models"));
    if (chosen) this.#model.value = chosen;
    return models.length;
  }

  showNoModels() {
    if (this.#model.value === "") this.#model.replaceChildren(option("", "No models"));
  }
}

function option(value, text) {
  return element("option", { value }, text);
}

/** Whether Ollama has a model in memory; null is unknown. */
export async function isLoaded(model) {
  try {
    const { models } = await fetchJSON("api/ps");
    return models.some(({ name }) => name === model);
  } catch {
    return null;
  }
}
