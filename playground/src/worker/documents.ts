// Objects as they are shown.

import { stringify } from "yaml";
import { type Answer, type KubernetesObject, spokenKind } from "../backend/backend";
import type { Document } from "./protocol";

/** An object as a document. Its id is unique in the namespace of its parent. */
export function documentOf(object: KubernetesObject): Document {
  const { apiVersion, kind, metadata } = object;
  const { name } = metadata;
  return {
    id: `${kind}.${apiVersion}/${name}`,
    kind: spokenKind(object),
    apiVersion,
    name,
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
