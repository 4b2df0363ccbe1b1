// Settings by path. Only what differs from the default is kept, so that a link stays short.

import type { Schema } from "../backend/backend";

export type Settings = Record<string, unknown>;

export function get(settings: Settings, path: string[]): unknown {
  let value: unknown = settings;
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

/** Returns the settings with one value changed. `undefined` removes it, and objects that become empty. */
export function set(settings: Settings, [key, ...rest]: string[], value: unknown): Settings {
  if (key === undefined) return settings;
  const inner = isObject(settings[key]) ? settings[key] : {};
  const next = rest.length > 0 ? set(inner, rest, value) : value;
  const { [key]: _, ...others } = settings;
  const gone = next === undefined || (rest.length > 0 && Object.keys(next as Settings).length === 0);
  return gone ? others : { ...others, [key]: next };
}

/** A setting that a person can change. */
export interface Field {
  path: string[];
  schema: Schema;
}

/** Returns the settings of a schema that are not objects, in its order. */
export function fields(schema: Schema, path: string[] = []): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
    property.properties ? fields(property, [...path, key]) : [{ path: [...path, key], schema: property }],
  );
}

/** Returns the settings that a schema has. */
export function known(schema: Schema, settings: Settings): Settings {
  return fields(schema).reduce<Settings>((kept, { path }) => set(kept, path, get(settings, path)), {});
}

function isObject(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const SIMPLE = new Set(["boolean", "integer", "number", "string"]);

/** Whether a form can show all settings of a schema. */
export function isForm(schema: Schema): boolean {
  if (!schema.properties || (schema.additionalProperties ?? false) !== false) return false;
  return Object.values(schema.properties).every((property) => {
    if (property.properties) return isForm(property);
    if (property.enum) return property.enum.every((word) => typeof word === "string");
    if (property.type === "array") return property.items?.type === "string" && !property.items.enum;
    return typeof property.type === "string" && SIMPLE.has(property.type);
  });
}
