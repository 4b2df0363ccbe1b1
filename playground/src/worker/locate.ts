// From the path of a field to its place in the text.

import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node } from "yaml";

/** Offsets in the text. */
export interface Span {
  from: number;
  to: number;
}

/** Splits `spec.bindings[kafka].metadata[0]` into its steps. */
export function steps(path: string): string[] {
  return [...path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map((match) => match[1] ?? match[2] ?? "");
}

/** The place of a field: its value if that is on one line, otherwise its key. For a missing field, its nearest ancestor. */
export function locate(document: Document, path: string): Span {
  let node: Node | null = document.contents;
  let span: Span = spanOf(node) ?? { from: 0, to: 1 };
  // A whole document is marked at its first line only.
  span = { from: span.from, to: span.from + 1 };
  for (const step of steps(path)) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const found = child(node, step);
    if (!found) break;
    span = found.span;
    node = found.value;
  }
  return span;
}

function child(node: Node | null, step: string): { span: Span; value: Node | null } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === step);
    if (!pair || !isPair(pair)) return undefined;
    const key = isNode(pair.key) ? spanOf(pair.key) : undefined;
    const value = isNode(pair.value) ? pair.value : null;
    const scalar = isScalar(value) && value.value !== null ? spanOf(value) : undefined;
    const span = scalar ?? key;
    return span && { span, value };
  }
  if (isSeq(node)) {
    const value = node.items[Number(step)];
    if (!isNode(value)) return undefined;
    const span = spanOf(value);
    if (!span) return undefined;
    const short = isScalar(value) ? span : { from: span.from, to: span.from + 1 };
    return { span: short, value };
  }
  return undefined;
}

function spanOf(node: Node | null): Span | undefined {
  const range = node?.range;
  return range ? { from: range[0], to: Math.max(range[1], range[0] + 1) } : undefined;
}
