// Keys of input methods.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isComposing } from "../../Sources/Pages/Files/keys.js";

test("what an input method takes is nobody else's", () => {
  // Chromium and Firefox, while the composition goes on; Safari, whose composition has ended before the key comes.
  assert.equal(isComposing({ key: "Enter", isComposing: true, keyCode: 229 }), true);
  assert.equal(isComposing({ key: "Enter", isComposing: true, keyCode: 13 }), true);
  assert.equal(isComposing({ key: "Enter", isComposing: false, keyCode: 229 }), true);
  assert.equal(isComposing({ key: "Escape", isComposing: false, keyCode: 229 }), true);
  assert.equal(isComposing({ key: "Enter", isComposing: false, keyCode: 13 }), false);
  assert.equal(isComposing({ key: "Escape", isComposing: false, keyCode: 27 }), false);
});
