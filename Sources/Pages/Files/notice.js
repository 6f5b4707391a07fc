import { byID, element } from "./dom.js";

/**
 * Shows above the field what there is to say: `text`, a `countdown` that is not read out, and an `action` with `name` and
 * `perform`. Words that stay the same are not said again.
 */
export function showNotice({ text = "", countdown = "", action = null }) {
  const place = byID("notice");
  if (place.dataset.text !== text) {
    place.dataset.text = text;
    place.replaceChildren(
      ...(text === "" ? [] : [element("p", text)]),
      ...(countdown === "" ? [] : [element("span", { class: "countdown", "aria-hidden": "true" })]),
      ...(action ? [element("button", { class: "button", onclick: action.perform }, action.name)] : []));
  }
  const shown = place.querySelector(".countdown");
  if (shown && shown.textContent !== countdown) shown.textContent = countdown;
}
