// Which kinds the cluster has.

import { type ChildKind, kindKey } from "../backend/backend";

/** Optional kinds that are on at first. The others change what a Function becomes: routes need a Gateway, and an image
 *  that has to be built delays everything else. */
const PREFERRED = new Set(["Service.serving.knative.dev/v1", "Component.dapr.io/v1alpha1"]);

export function defaultKinds(kinds: ChildKind[]): string[] {
  return kinds.filter((kind) => !kind.optional || PREFERRED.has(kindKey(kind))).map(kindKey);
}

/** How a choice of kinds differs from the default one. A newer plugin may have other kinds. */
export interface KindChoice {
  added: string[];
  removed: string[];
}

export function choiceOf(kinds: ChildKind[], chosen: string[]): KindChoice {
  const usual = defaultKinds(kinds);
  return {
    added: chosen.filter((key) => !usual.includes(key)),
    removed: usual.filter((key) => !chosen.includes(key)),
  };
}

/** Makes a choice among the kinds that a plugin has now. */
export function chosenBy({ added, removed }: KindChoice, kinds: ChildKind[]): string[] {
  const usual = defaultKinds(kinds);
  return kinds
    .map(kindKey)
    .filter((key) => added.includes(key) || (usual.includes(key) && !removed.includes(key)));
}

/** The API group, for the list: the core's has no name. */
export function groupOf({ apiVersion }: ChildKind): string {
  const [group, version] = apiVersion.split("/");
  return version === undefined ? "core" : (group ?? "");
}
