import assert from "node:assert/strict";
import { test } from "node:test";
import { yaml } from "../../src/editor/yaml";

/** The words of a text and what they are highlighted as. */
function words(text) {
  const found = [];
  yaml.parser.parse(text).iterate({
    enter({ name, from, to }) {
      if (name !== "Document") found.push(`${text.slice(from, to)} ${name}`);
    },
  });
  return found;
}

test("keys, values and marks of YAML have their colours", () => {
  assert.deepEqual(words('a: 1\n"b c": x # y\n'), [
    "a propertyName",
    ": punctuation",
    "1 number",
    '"b c" propertyName',
    ": punctuation",
    "# y comment",
  ]);
  assert.deepEqual(words("- a: true\n- http://x:80#y\n"), [
    "- punctuation",
    "a propertyName",
    ": punctuation",
    "true bool",
    "- punctuation",
  ]);
  assert.deepEqual(
    words("{a: &x [1, 'b'], c: *x}").filter((word) => !word.endsWith("punctuation")),
    ["a propertyName", "&x labelName", "1 number", "'b' string", "c propertyName", "*x labelName"],
  );
});

test("a block of text ends where its indentation does", () => {
  const found = words("a: |\n  b: 1\n\n  # c\nd: 2\n");
  assert.deepEqual(
    found.filter((word) => !word.endsWith("punctuation")),
    ["a propertyName", "| meta", "  b: 1 string", "  # c string", "d propertyName", "2 number"],
  );
});

test("no text takes long or stops the tokenizer", () => {
  const texts = [
    "[".repeat(300_000),
    "a: ".repeat(100_000),
    "\"'".repeat(150_000),
    "- ".repeat(150_000),
    "x #".repeat(100_000),
    "&".repeat(300_000),
  ];
  for (const text of texts) {
    const start = performance.now();
    yaml.parser.parse(text.replace(/(.{5000})/g, "$1\n"));
    assert.ok(performance.now() - start < 5_000, text.slice(0, 10));
  }
});
