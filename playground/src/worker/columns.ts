// The cells of `kubectl get`, by the columns of the CustomResourceDefinition.

import type { Column, KubernetesObject } from "../backend/backend";

/** A key, or a search in a list: `[?(@.type=="Ready")]`. */
const STEP = /\.([\w-]+)|\[\?\(@\.(\w+)=="([^"]*)"\)\]/g;

/** Reads the part of JSONPath that columns of a CustomResourceDefinition use. */
export function read(object: unknown, jsonPath: string): unknown {
  let value: unknown = object;
  for (const [, key, field, wanted] of jsonPath.matchAll(STEP)) {
    if (key !== undefined) {
      value = member(value, key);
    } else if (field !== undefined) {
      value = Array.isArray(value) ? value.find((item) => member(item, field) === wanted) : undefined;
    }
  }
  return value;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** Returns the columns that `kubectl get` prints without `-o wide`. A date is an age, which is zero here. */
export function cells(columns: Column[], object: KubernetesObject): { name: string; value: string }[] {
  const own = columns
    .filter(({ priority }) => !priority)
    .map(({ name, jsonPath, type }) => {
      const value = type === "date" ? "0s" : read(object, jsonPath);
      return { name: name.toUpperCase(), value: value === undefined || value === null ? "" : String(value) };
    });
  return [{ name: "NAME", value: object.metadata.name }, ...own];
}
