import { element } from "./dom.js";

/** Asks before what cannot be taken back: `yes` and `no` are its buttons. Whether it is to be done. Without a `yes` it only tells. */
export function question({ title, text, yes, no }) {
  const dialog = element(
    "dialog", { "aria-labelledby": "question-title", "aria-describedby": "question-text" },
    element("h2", { id: "question-title" }, title),
    element("p", { id: "question-text", class: "soft" }, text),
    element(
      "p", { class: "actions" },
      element("button", { class: "button", autofocus: true, onclick: () => dialog.close() }, no),
      yes ? element("button", { class: "button danger", onclick: () => dialog.close("yes") }, yes) : null));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    };
  });
}
