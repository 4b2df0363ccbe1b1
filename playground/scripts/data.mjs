// Data of the repository that the page contains: the examples, and the schema of the Function.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Fields of a schema that the page uses. */
const KEPT = ["type", "description", "enum", "default", "minimum", "maximum", "required"];

/** Returns the schema of the stored version of a CustomResourceDefinition, and its columns. */
export function readCrd(path) {
  const crd = parse(readFileSync(path, "utf8"));
  const version = crd.spec.versions.find(({ storage }) => storage);
  return { schema: trimmed(version.schema.openAPIV3Schema), columns: version.additionalPrinterColumns ?? [] };
}

function trimmed(schema) {
  const small = Object.fromEntries(KEPT.filter((key) => key in schema).map((key) => [key, schema[key]]));
  const { properties, items, additionalProperties } = schema;
  if (properties)
    small.properties = Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, trimmed(inner)]),
    );
  if (items) small.items = trimmed(items);
  if (additionalProperties)
    small.additionalProperties =
      typeof additionalProperties === "object" ? trimmed(additionalProperties) : true;
  return small;
}

/** The seed's examples in the order of the proposal. The others follow by name. */
const SEED = ["seed/async-input", "seed/async-output", "function"];
const GROUPS = { seed: "The KEDA proposal", other: "More examples" };

/** Returns the Functions below `examples/`. Other objects cannot be a parent. */
export function readExamples(folder) {
  const names = (sub) =>
    readdirSync(join(folder, sub))
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => join(sub, name.slice(0, -".yaml".length)));
  const all = [...names("seed"), ...names("")]
    .map((id) => ({ id, text: readFileSync(join(folder, `${id}.yaml`), "utf8") }))
    .filter(({ text }) => parse(text)?.kind === "Function");
  const rank = ({ id }) => (SEED.includes(id) ? SEED.indexOf(id) : SEED.length);
  return all
    .sort((left, right) => rank(left) - rank(right) || left.id.localeCompare(right.id))
    .map(({ id, text }) => ({
      id,
      group: SEED.includes(id) ? GROUPS.seed : GROUPS.other,
      title: titleOf(id),
      text,
    }));
}

function titleOf(id) {
  const titles = {
    "seed/async-input": "async-input: HTTP and KEDA",
    "seed/async-output": "async-output: events and KEDA",
    function: "the long Function",
  };
  return titles[id] ?? id;
}
