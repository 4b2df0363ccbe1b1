// How deep a text is nested, before a parser looks at it: browsers end a worker whose stack is exhausted in a bad place.

/** Returns at least the depth of the nesting. Brackets in strings count, since their balance is nearly zero. */
export function depthOf(text: string): number {
  let deepest = 0;
  let flow = 0;
  const indents: number[] = [];
  for (const line of text.split("\n")) {
    const [prefix = "", spaces = ""] = /^( *)(?:[-?:]\s+)*/.exec(line) ?? [];
    if (prefix.length === line.length && line.trim() === "") continue;
    const indent = spaces.length;
    while ((indents.at(-1) ?? -1) >= indent) indents.pop();
    indents.push(indent);
    const dashes = prefix.length - indent - (prefix.slice(indent).match(/\s/g)?.length ?? 0);
    let inner = flow;
    for (const character of line) {
      if (character === "[" || character === "{") inner = Math.max(inner, (flow += 1));
      else if (character === "]" || character === "}") flow = Math.max(0, flow - 1);
    }
    deepest = Math.max(deepest, indents.length + dashes + inner);
  }
  return deepest;
}
