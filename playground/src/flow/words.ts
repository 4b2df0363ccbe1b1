// The drawing in words, for those who do not see it.

import type { EdgeType, FlowNode, Graph } from "./graph";

const VERBS: Record<EdgeType, string> = {
  request: "sends requests or events to",
  signal: "sends a scaling signal to",
  build: "is the source of",
  uses: "uses",
};

/** Returns a sentence for each arrow. */
export function sentences({ nodes, edges }: Graph): string[] {
  const named = new Map(nodes.map((node) => [node.id, title(node)]));
  return edges.map(
    ({ from, to, type, label }) =>
      `${named.get(from)} ${VERBS[type]} ${named.get(to)}${label ? ` (${label})` : ""}.`,
  );
}

/** Returns what is written in the boxes below their names. */
export function details({ nodes }: Graph): string[] {
  return nodes.flatMap((node) => {
    const inside = node.containers.map(
      ({ name, detail }) => `container ${name}${detail ? ` (${detail})` : ""}`,
    );
    const all = [...node.details, ...inside];
    return all.length > 0 ? [`${title(node)}: ${all.join("; ")}.`] : [];
  });
}

export function title({ caption, name, role }: FlowNode): string {
  return role === "caller" ? `${name} ${caption}` : `${caption} ${name}`;
}
