// What the API server would store of an answer.

import { type Answer, childrenOf, type KubernetesObject, kindKey } from "../backend/backend";
import type { Parts } from "./protocol";

/** Kinds without a namespace, by their API groups. Children of other kinds are in the namespace of their parent. */
const CLUSTER_SCOPED = new Set([
  ".Namespace",
  ".Node",
  ".PersistentVolume",
  "admissionregistration.k8s.io.MutatingWebhookConfiguration",
  "admissionregistration.k8s.io.ValidatingWebhookConfiguration",
  "apiextensions.k8s.io.CustomResourceDefinition",
  "gateway.networking.k8s.io.GatewayClass",
  "networking.k8s.io.IngressClass",
  "rbac.authorization.k8s.io.ClusterRole",
  "rbac.authorization.k8s.io.ClusterRoleBinding",
  "scheduling.k8s.io.PriorityClass",
  "storage.k8s.io.StorageClass",
]);

/** Returns the children of an answer with their namespaces, and with the status and metadata of those that were observed. */
export function applied(answer: Answer, { parent, observed }: Parts): KubernetesObject[] {
  const own = parent.metadata.namespace ?? "default";
  const known = new Map(observed.map((object) => [key(object, own), object]));
  return childrenOf(answer).map((child) => {
    const before = known.get(key(child, own));
    const metadata = { ...before?.metadata, ...child.metadata };
    if (!isClusterScoped(child)) metadata.namespace ??= own;
    const status = child["status"] ?? before?.["status"];
    return { ...child, metadata, ...(status === undefined ? {} : { status }) };
  });
}

function key(object: KubernetesObject, own: string): string {
  return `${kindKey(object)} ${object.metadata.namespace ?? own} ${object.metadata.name}`;
}

function isClusterScoped({ apiVersion, kind }: KubernetesObject): boolean {
  const group = apiVersion.includes("/") ? apiVersion.replace(/\/.*/, "") : "";
  return CLUSTER_SCOPED.has(`${group}.${kind}`);
}
