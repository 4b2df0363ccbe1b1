import assert from "node:assert/strict";
import { test } from "node:test";
import { positionAt } from "../../src/schema/position";

/** The position at the mark `|` in a text. */
function at(text) {
  const lines = text.split("\n");
  const row = lines.findIndex((line) => line.includes("|"));
  const column = lines[row].indexOf("|");
  lines[row] = lines[row].replace("|", "");
  const { path, key, word, siblings } = positionAt(lines, row, column);
  return { path: path.join("."), key, word, siblings: [...siblings].sort() };
}

test("a word in a mapping has the path of the mapping and its other keys", () => {
  assert.deepEqual(at("spec:\n  image: a\n  serv|\n  version: b\nstatus: {}"), {
    path: "spec",
    key: null,
    word: "serv",
    siblings: ["image", "version"],
  });
});

test("an empty line is where its cursor is", () => {
  assert.equal(at("spec:\n  serving:\n    triggers: {}\n    |").path, "spec.serving");
  assert.equal(at("spec:\n  serving:\n    triggers: {}\n  |").path, "spec");
  assert.equal(at("spec:\n  serving:\n    triggers: {}\n|").path, "");
});

test("items of lists are steps, whichever indentation the list has", () => {
  const path = "spec.triggers.dapr.[]";
  assert.equal(at("spec:\n  triggers:\n    dapr:\n      - name: a\n        ty|").path, path);
  assert.equal(at("spec:\n  triggers:\n    dapr:\n    - name: a\n      ty|").path, path);
  assert.equal(at("spec:\n  triggers:\n    dapr:\n    - na|").path, path);
  assert.equal(at("spec:\n  triggers:\n    dapr:\n    - name: a\n    other|").path, "spec.triggers");
  assert.equal(at("a:\n- - b: 1\n    c|").path, "a.[].[]");
});

test("keys of another item are no siblings", () => {
  const text = "dapr:\n  - name: a\n    topic: b\n  - name: c\n    t|\n  - type: d";
  assert.deepEqual(at(text).siblings, ["name"]);
});

test("after a colon the place is in the value", () => {
  assert.deepEqual(at("spec:\n  engine: ke|"), { path: "spec", key: "engine", word: "ke", siblings: [] });
  assert.equal(at("spec:\n  engine: |").key, "engine");
  assert.equal(at("spec:\n  engine|: keda").key, null);
});

test("comments, quotes and blocks of text do not disturb", () => {
  assert.equal(at('spec:\n  "serving":\n  # at:\n    |').path, "spec.serving");
  assert.equal(at("spec:\n  text: >-\n    not: yaml\n      deeper: too\n  im|").path, "spec");
  assert.deepEqual(at("a: >\n  b: 1\nc|").siblings, ["a"]);
});
