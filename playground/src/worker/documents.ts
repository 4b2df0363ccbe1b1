// Objects as they are shown.

import { stringify } from "yaml";
import { type Answer, documentId, type KubernetesObject, spokenKind } from "../backend/backend";
import type { Document } from "./protocol";

/** An object as a document. Its name tells in which namespace it is, if that is not the `own` one. */
export function documentOf(object: KubernetesObject, own: string): Document {
  const { apiVersion, metadata } = object;
  const { name, namespace = own } = metadata;
  return {
    id: documentId(object),
    kind: spokenKind(object),
    apiVersion,
    name: namespace === own ? name : `${namespace}/${name}`,
    yaml: yaml(object),
  };
}

/** The status of an object as a document. */
export function statusOf({ apiVersion, metadata }: KubernetesObject, status: unknown): Document {
  return {
    id: "status",
    kind: "Status of",
    apiVersion,
    name: metadata.name,
    yaml: yaml({ status: status ?? {} }),
  };
}

/** YAML as `kubectl` prints it: no aliases, no folded lines. */
export function yaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0, indentSeq: false, version: "1.1" });
}

/** A whole answer. Its children are printed already, which is most of the work. */
export function answerYaml({ children, attachments, ...rest }: Answer, documents: Document[]): string {
  const name = children ? "children" : attachments ? "attachments" : null;
  const items = documents.map((document) => `- ${document.yaml.trimEnd().replaceAll("\n", "\n  ")}\n`);
  const list = name === null ? "" : items.length === 0 ? `${name}: []\n` : `${name}:\n${items.join("")}`;
  return Object.keys(rest).length === 0 && list !== "" ? list : list + yaml(rest);
}
