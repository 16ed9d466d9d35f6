import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, preview } from "../src/nextEditText";

test("the preview is the line as it would be", () => {
  assert.equal(preview("    return a + b\n"), "return\u00a0a\u00a0+\u00a0b");
  assert.equal(preview("a\r\nb\r\n"), "a\u00a0…");
  assert.equal(preview(""), "(removed)");
});

test("a long text is cut", () => {
  assert.equal(cut("a".repeat(200)).length, 121);
});
