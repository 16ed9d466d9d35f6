/** What is said of a model that an endpoint offers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { factsOf, type Offered, sorted } from "../src/offered";

test("a model is described by its use, its price and its context", () => {
  const facts = (id: string, changes: object) => factsOf({ id, ...changes }, "mine");
  const paid = { price_input: 0.75, price_output: 4.5, context_tokens: 128_000 };
  assert.equal(facts("mine", paid), "in use · $0.75 in, $4.50 out for a million tokens · 128k context");
  const cheap = { price_input: 0.0375, price_output: 12, context_tokens: null };
  assert.equal(facts("other", cheap), "$0.0375 in, $12.00 out for a million tokens");
  assert.equal(facts("other", { price_input: 0, price_output: 0, context_tokens: 512 }), "free · 512 context");
  assert.equal(facts("other", {}), "price unknown");
});

test("the model in use comes first", () => {
  const offered: Offered = {
    provider: "custom", model: "b", message: "", models: [{ id: "a" }, { id: "b" }, { id: "c" }],
  };
  assert.deepEqual(sorted(offered).map((model) => model.id), ["b", "a", "c"]);
});
