/** Makes an element: `element("a", { class: "x", onclick: f }, "text", child)`. Text never becomes HTML. */
export function element(name, ...children) {
  const properties = children[0]?.constructor === Object ? children.shift() : {};
  const made = document.createElement(name);
  if (name === "button") made.type = "button";
  for (const [key, value] of Object.entries(properties)) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

export function byID(id) {
  return document.getElementById(id);
}

/** A button that puts a text on the clipboard, and says that it has. */
export function copyButton(label, text) {
  const button = element("button", { class: "quiet copy" }, label);
  button.onclick = async () => {
    button.textContent = (await copy(text())) ? "Copied" : "Cannot copy here";
    setTimeout(() => { button.textContent = label; }, 1500);
  };
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Pages that came by plain HTTP from another machine have no clipboard but this way. */
function copyBySelection(text) {
  const area = element("textarea", { class: "unseen", "aria-hidden": "true" });
  const focused = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return isCopied;
}
