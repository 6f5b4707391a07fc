// What the person has chosen, kept in this browser: model, system prompt and temperature.

import { byID, element } from "./dom.js";
import { fetchJSON } from "./gateway.js";
import { keep, kept } from "./storage.js";
import { bytes } from "./words.js";

const TEMPERATURE = 0.7;
/** The gateway's own limit would cut long answers. */
const MAXIMUM_TOKENS = 8192;

/** The picker of models and the dialog of settings. */
export class Settings {
  #model = byID("model");
  #system = byID("system");
  #temperature = byID("temperature");

  constructor() {
    this.#system.value = kept("system");
    this.#temperature.value = kept("temperature") || TEMPERATURE;
    this.#model.onchange = () => keep("model", this.#model.value);
    this.#system.oninput = this.#temperature.oninput = () => this.#keep();
    byID("open-settings").onclick = () => byID("settings").showModal();
    byID("close-settings").onclick = () => byID("settings").close();
    byID("reset-settings").onclick = () => {
      this.#system.value = "";
      this.#temperature.value = TEMPERATURE;
      this.#keep();
    };
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
    keep("system", this.#system.value);
    keep("temperature", this.#temperature.value);
    byID("temperature-value").textContent = Number(this.#temperature.value).toFixed(1);
    const isSet = this.#system.value.trim() !== "" || Number(this.#temperature.value) !== TEMPERATURE;
    byID("open-settings").classList.toggle("set", isSet);
  }

  /** Asks for the models; throws a `GatewayError`. How many there are. */
  async loadModels() {
    const { models } = await fetchJSON("api/v1/chat/models");
    const chosen = this.#model.value || kept("model");
    const options = models.map(({ name, size }) => option(name, `${name} · ${bytes(size)}`));
    if (chosen && !models.some(({ name }) => name === chosen)) options.push(option(chosen, `${chosen} · not there`));
    this.#model.replaceChildren(...options);
    if (options.length === 0) this.#model.replaceChildren(option("", "No models"));
    if (chosen) this.#model.value = chosen;
    return models.length;
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
