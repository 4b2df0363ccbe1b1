// What a schema says of a path.

import type { Schema } from "../backend/backend";

/** The schema of a path; `undefined` where anything is allowed or nothing is known. */
export function lookup(schema: Schema, path: string[]): Schema | undefined {
  let found: Schema | undefined = schema;
  for (const step of path) {
    if (!found) return undefined;
    const more: Schema["additionalProperties"] = found.additionalProperties;
    found =
      step === "[]"
        ? found.items
        : (own(found.properties, step) ?? (typeof more === "object" ? more : undefined));
  }
  return found;
}

function own<T>(record: Record<string, T> | undefined, key: string): T | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The type of a value in words: `integer, at least 0`. */
export function typeOf(schema: Schema): string {
  const type = schema.items ? `list of ${bare(schema.items)}s` : bare(schema);
  const bounds = [
    schema.minimum === undefined ? "" : `at least ${schema.minimum}`,
    schema.maximum === undefined ? "" : `at most ${schema.maximum}`,
  ].filter((bound) => bound !== "");
  return [type, ...bounds].join(", ");
}

function bare({ type, properties, additionalProperties }: Schema): string {
  if (additionalProperties && !properties) return "map";
  if (Array.isArray(type)) return type.join(" or ");
  return type ?? "value";
}

/** The values that a field can have, if they are few. */
export function valuesOf({ type, enum: words, default: normal }: Schema): string[] {
  if (words) return words.map(String).filter((word) => word !== "");
  if (type === "boolean") return ["true", "false"];
  return normal !== undefined && typeof normal !== "object" ? [String(normal)] : [];
}
