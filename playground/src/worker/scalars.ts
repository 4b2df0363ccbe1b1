// Plain scalars as metawasm and the tools of Kubernetes read them, which is neither YAML 1.1 nor 1.2.

import { type Document, isScalar, type Node, type Scalar, type ScalarTag, visit } from "yaml";

const SCALARS: ScalarTag[] = [
  {
    default: true,
    tag: "tag:yaml.org,2002:bool",
    test: /^(?:true|yes|on|y|false|no|off|n)$/i,
    resolve: (text) => /^[toy]/i.test(text) && !/^off$/i.test(text),
  },
  {
    default: true,
    tag: "tag:yaml.org,2002:int",
    test: /^[-+]?(?:0b[01]+(?:_[01]+)*|0o[0-7]+(?:_[0-7]+)*|0x[\da-f]+(?:_[\da-f]+)*|[1-9]\d*(?:_\d+)+)$/i,
    resolve: (text) => {
      const size = BigInt(text.replace(/^[-+]/, "").replaceAll("_", ""));
      return text.startsWith("-") ? -size : size;
    },
  },
];

/** A key is the text that is written, whatever it would be as a value. */
function keyOf({ value, source }: Scalar): unknown {
  const isOther = typeof value === "bigint" || typeof value === "number" || typeof value === "boolean";
  return isOther ? (source ?? String(value)) : value;
}

/** Options of the parser. Integers are read exactly, so that `settle` can refuse those that JavaScript would round. */
export const READING = {
  schema: "core",
  intAsBigInt: true,
  uniqueKeys: (one: Node, other: Node) =>
    one === other || (isScalar(one) && isScalar(other) && keyOf(one) === keyOf(other)),
  customTags: (tags: (string | unknown)[]) => [...SCALARS, ...tags] as ScalarTag[],
} as const;

/** Makes plain numbers of integers, and texts of keys. Returns the first number that JSON cannot have as it is written. */
export function settle(document: Document): Scalar | undefined {
  let wrong: Scalar | undefined;
  visit(document, {
    Scalar(key, node) {
      const { value } = node;
      const isNumber = typeof value === "bigint" || typeof value === "number";
      if (key === "key") {
        node.value = keyOf(node);
      } else if (isNumber) {
        const number = Number(value);
        const isExact = typeof value === "bigint" ? Number.isSafeInteger(number) : Number.isFinite(number);
        if (!isExact) wrong ??= node;
        node.value = number;
      }
    },
  });
  return wrong;
}

/** How much of a number is shown. */
const LONGEST = 40;

/** The sentence for a number that `settle` returned. */
export function inexact({ source = "" }: Scalar): string {
  const number = source.length > LONGEST ? `${source.slice(0, LONGEST)}…` : source;
  return `the number ${number} cannot be represented exactly; quote it if it is a text`;
}
