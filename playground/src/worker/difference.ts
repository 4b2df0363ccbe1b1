// What differs between two answers, document by document.

import { structuredPatch } from "diff";
import { MAX_EDITS } from "../model/limits";
import type { Difference, DiffLine, Document, DocumentDiff } from "./protocol";

const CONTEXT = 3;

/** Compares two lists of documents by their ids. */
export function difference(before: Document[], after: Document[]): Difference {
  const old = new Map(before.map((document) => [document.id, document]));
  const documents: DocumentDiff[] = [];
  for (const document of after) {
    const previous = old.get(document.id);
    old.delete(document.id);
    if (!previous) documents.push(one(document, "added", whole("+", document.yaml)));
    else if (previous.yaml !== document.yaml) {
      documents.push(one(document, "changed", changed(previous.yaml, document.yaml)));
    }
  }
  for (const document of old.values()) documents.push(one(document, "removed", whole("-", document.yaml)));
  const count = (sign: string) =>
    documents.reduce((sum, { lines }) => sum + lines.filter((line) => line.sign === sign).length, 0);
  return { documents, added: count("+"), removed: count("-") };
}

function one({ id, kind, name }: Document, change: DocumentDiff["change"], lines: DiffLine[]): DocumentDiff {
  return { id, title: `${kind} ${name}`, change, lines };
}

function whole(sign: "+" | "-", yaml: string): DiffLine[] {
  return linesOf(yaml).map((text) => ({ sign, text }));
}

function linesOf(yaml: string): string[] {
  return yaml.replace(/\n$/, "").split("\n");
}

function changed(before: string, after: string): DiffLine[] {
  const patch = structuredPatch("", "", before, after, "", "", {
    context: CONTEXT,
    maxEditLength: MAX_EDITS,
  });
  // Too different to be worth a comparison.
  if (!patch) return [...whole("-", before), ...whole("+", after)];
  const lines: DiffLine[] = [];
  let next = 1;
  for (const hunk of patch.hunks) {
    const skipped = hunk.newStart - next;
    if (skipped > 0)
      lines.push({ sign: "gap", text: `${skipped} unchanged ${skipped === 1 ? "line" : "lines"}` });
    next = hunk.newStart + hunk.newLines;
    for (const line of hunk.lines) {
      const sign = line[0];
      if (sign === "+" || sign === "-" || sign === " ") lines.push({ sign, text: line.slice(1) });
    }
  }
  const rest = linesOf(after).length - next + 1;
  if (rest > 0) lines.push({ sign: "gap", text: `${rest} unchanged ${rest === 1 ? "line" : "lines"}` });
  return lines;
}
