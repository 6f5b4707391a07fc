// Which images a message takes, and where they are.

import assert from "node:assert/strict";
import { test } from "node:test";

import { imagePath, refusal } from "../../Sources/Pages/Files/attachments.js";

const image = { type: "image/png", size: 8 << 20 };

test("what is taken, and what is said of the rest", () => {
  assert.equal(refusal([], 0), "");
  assert.equal(refusal([image, { type: "image/jpeg", size: 1 }, { type: "image/webp", size: 1 }], 5), "");
  assert.match(refusal([image, image], 7), /at most 8 images/);
  assert.match(refusal([{ ...image, size: (8 << 20) + 1 }], 0), /8 MiB/);
  for (const type of ["image/gif", "image/svg+xml", "text/html", ""]) assert.match(refusal([image, { type, size: 1 }], 0), /PNG/);
});

test("where images are", () => {
  assert.equal(imagePath("a b/c"), "api/v1/chat/sessions/a%20b%2Fc/images");
  assert.equal(imagePath("s", "sha256:00"), "api/v1/chat/sessions/s/images/sha256:00");
});
