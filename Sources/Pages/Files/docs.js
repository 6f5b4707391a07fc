// The API reference: made of the gateway's own documents.

import { ApiDocument } from "./api-document.js";
import { byID, element } from "./dom.js";
import { Entrance } from "./entrance.js";
import { fetchJSON } from "./gateway.js";
import { methodView, operationView, prose } from "./operation-view.js";
import { CONTENTS, socketView } from "./socket-view.js";

async function show() {
  const [openAPI, asyncAPI] = (await Promise.all([fetchJSON("openapi.json"), fetchJSON("asyncapi.json")]))
    .map((content) => new ApiDocument(content));
  const { info } = openAPI.content;
  byID("introduction").append(element("p", { class: "version" }, `Version ${info.version}`), ...prose(info.description));
  const sections = openAPI.groups().flatMap((group) => {
    const section = groupView(group);
    // The messages stand with the paths that open the WebSockets.
    return group.name === "WebSocket" ? [section, messagesView(asyncAPI)] : [section];
  });
  byID("groups").replaceChildren(...sections.map(({ view }) => view));
  byID("contents").append(...sections.map(contentsView));
  byID("filter").oninput = () => filter(sections);
  addEventListener("hashchange", openTarget);
  openTarget();
}

/** A group of operations: `{ id, name, view, entries: [{ id, label, words, view }] }`. */
function groupView({ name, description, operations }) {
  const id = `group-${name.toLowerCase().replaceAll(" ", "-")}`;
  const entries = operations.map((operation) => ({
    id: operation.id,
    label: [methodView(operation), pathView(operation.path)],
    words: `${operation.method} ${operation.path} ${operation.summary} ${name}`.toLowerCase(),
    view: operationView(operation),
  }));
  return { id, name, entries, view: sectionView(id, name, [...prose(description), ...entries.map(({ view }) => view)]) };
}

function messagesView(document) {
  const [id, name] = ["messages", "WebSocket messages"];
  const view = sectionView(id, name, [...prose(document.content.info.description), ...socketView(document)]);
  const words = [...document.messages("client"), ...document.messages("server")].map(({ name }) => name).join(" ");
  const parts = Object.entries(CONTENTS).map(([part, label]) => element("li", element("a", { href: `#${part}` }, label)));
  return { id, name, view, entries: [], parts, words: `websocket messages ${words}` };
}

function sectionView(id, name, content) {
  return element("section", { id, class: "group", "aria-labelledby": `${id}-title` },
    element("h2", { id: `${id}-title` }, name), ...content);
}

function contentsView(section) {
  section.link = element("a", { href: `#${section.id}` }, section.name);
  for (const entry of section.entries) entry.item = element("li", element("a", { href: `#${entry.id}` }, ...entry.label));
  section.item = element("div", element("h3", section.link), element("ul", ...section.entries.map(({ item }) => item), ...(section.parts ?? [])));
  return section.item;
}

/** A path that may go on in the next line before a slash. */
function pathView(path) {
  return element("span", ...path.split("/").slice(1).flatMap((part) => [element("wbr"), `/${part}`]));
}

/** Leaves what has all the words that were entered. */
function filter(sections) {
  const wanted = byID("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (words) => wanted.every((word) => words.includes(word));
  let count = 0;
  for (const section of sections) {
    for (const entry of section.entries) {
      const isFound = has(entry.words);
      entry.view.hidden = entry.item.hidden = !isFound;
      if (isFound) count += 1;
    }
    const isFound = section.words ? has(section.words) : section.entries.some(({ view }) => !view.hidden);
    section.view.hidden = section.item.hidden = !isFound;
    if (isFound && section.words) count += 1;
  }
  byID("nothing-found").textContent = count === 0 ? "Nothing has these words." : "";
}

/** Opens what the address names, as its parts are made only once they are opened. */
function openTarget() {
  const target = byID(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.tagName === "DETAILS") target.open = true;
  target.scrollIntoView();
  foldContents();
}

/** Beside the reference the contents are open; above it, on a phone, they would stand before all else. */
function foldContents() {
  byID("contents-fold").open = matchMedia("(min-width: 60rem)").matches;
}

foldContents();
// What is tried out goes with it.
new Entrance(() => {}).check();
show().catch((error) => {
  byID("groups").replaceChildren();
  byID("trouble").hidden = false;
  byID("trouble").textContent = `The documents cannot be read. ${error.message}`;
});
