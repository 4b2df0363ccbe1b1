// Which kinds the cluster has.

import { type ChildKind, kindKey } from "../backend/backend";

/** Optional kinds that are on at first. The others change what a Function becomes: routes need a Gateway, and an image
 *  that has to be built delays everything else. */
const PREFERRED = new Set(["Service.serving.knative.dev/v1", "Component.dapr.io/v1alpha1"]);

export function defaultKinds(kinds: ChildKind[]): string[] {
  return kinds.filter((kind) => !kind.optional || PREFERRED.has(kindKey(kind))).map(kindKey);
}

/** The API group, for the list: the core's has no name. */
export function groupOf({ apiVersion }: ChildKind): string {
  const [group, version] = apiVersion.split("/");
  return version === undefined ? "core" : (group ?? "");
}
