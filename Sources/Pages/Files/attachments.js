// Images that go along with the next message.

import { key } from "./credential.js";
import { byID, element } from "./dom.js";
import { address, fetchBlob, fetchJSON } from "./gateway.js";

const MOST = 8;
const BYTES = 8 << 20;
const TYPES = ["image/png", "image/jpeg", "image/webp"];

/** What there is to say of files of which not all can be taken; empty where all can. */
export function refusal(files, present) {
  if (files.some(({ type }) => !TYPES.includes(type))) return "Images are PNG, JPEG or WebP.";
  if (files.some(({ size }) => size > BYTES)) return "An image has at most 8 MiB.";
  return present + files.length > MOST ? `A message takes at most ${MOST} images.` : "";
}

/** Where an image of a session is. */
export function imagePath(session, digest) {
  return `api/v1/chat/sessions/${encodeURIComponent(session)}/images${digest ? `/${digest}` : ""}`;
}

/** Shows an image of a session. What the browser asks for by itself goes without a key. */
export async function showImage(image, session, digest) {
  const path = imagePath(session, digest);
  if (key() === "") {
    image.src = address(path);
    return;
  }
  try {
    image.src = URL.createObjectURL(await fetchBlob(path));
    image.onload = image.onerror = () => URL.revokeObjectURL(image.src);
  } catch {
    // Its words stand in its place.
  }
}

export class Attachments {
  #list = byID("attached");
  #files = new Map();
  #say;

  constructor(say) {
    this.#say = say;
    const take = (files) => this.take([...(files ?? [])]);
    const picker = byID("picker");
    byID("attach").onclick = () => picker.click();
    picker.onchange = () => {
      take(picker.files);
      picker.value = "";
    };
    byID("message").onpaste = (event) => {
      const { files } = event.clipboardData;
      if (files.length === 0) return;
      event.preventDefault();
      take(files);
    };
    // A file that is dropped beside the page would take its place.
    addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
    addEventListener("drop", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      take(event.dataTransfer.files);
    });
  }

  get isEmpty() {
    return this.#files.size === 0;
  }

  get files() {
    return [...this.#files.values()].map(({ file }) => file);
  }

  take(files) {
    const problem = refusal(files, this.#files.size);
    this.#say(problem);
    if (problem !== "") return;
    for (const file of files) {
      const url = URL.createObjectURL(file);
      const remove = element("button", { class: "quiet", "aria-label": `Remove ${file.name}`, onclick: () => this.#remove(url) }, "×");
      this.#files.set(url, { file, row: element("li", element("img", { src: url, alt: file.name }), remove) });
      this.#list.append(this.#files.get(url).row);
    }
  }

  #remove(url) {
    this.#files.get(url)?.row.remove();
    this.#files.delete(url);
    URL.revokeObjectURL(url);
  }

  /** Gives the images to a session: their digests. Those that it has taken are none of the next message's any more. */
  async give(session) {
    const urls = [...this.#files.keys()];
    const digests = [];
    for (const url of urls) {
      const body = this.#files.get(url).file;
      digests.push((await fetchJSON(imagePath(session), { method: "POST", body })).digest);
    }
    urls.forEach((url) => this.#remove(url));
    return digests;
  }
}
