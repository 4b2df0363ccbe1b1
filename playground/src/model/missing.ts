// Kinds that a condition asks for, in the words of the plugin: `Build (apiVersion: shipwright.io/v1beta1, …)`.

import { type ChildKind, type Condition, kindKey } from "../backend/backend";

const ASKED = /\b([A-Z][A-Za-z]*) \(apiVersion: ([^,()\s]+), resource: /g;

/** Returns the kinds that the conditions ask for, the plugin knows, and the cluster lacks. */
export function missingKinds(conditions: Condition[], known: ChildKind[], chosen: string[]): ChildKind[] {
  const asked = new Set(
    conditions.flatMap(({ message }) =>
      [...message.matchAll(ASKED)].map(([, kind = "", apiVersion = ""]) => kindKey({ apiVersion, kind })),
    ),
  );
  return known.filter((kind) => asked.has(kindKey(kind)) && !chosen.includes(kindKey(kind)));
}
