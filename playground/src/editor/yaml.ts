// YAML for highlighting: a tokenizer that looks at each character once and never recurses, so that no text can stop the
// page. What a text means is read elsewhere, in the worker.

import { StreamLanguage, type StreamParser, type StringStream } from "@codemirror/language";

interface State {
  /** The indentation of the line whose value is a block of text. */
  block: number | null;
  /** How many brackets and braces are open. */
  flow: number;
}

const CONSTANT = /^(true|false|null|~)$/;
const NUMBER = /^[-+]?(\d[\d_]*(\.\d*)?([eE][-+]?\d+)?|0x[\da-fA-F]+|0o[0-7]+|\.\d+|\.inf|\.nan)$/;

const parser: StreamParser<State> = {
  name: "yaml",
  startState: () => ({ block: null, flow: 0 }),
  token(stream, state) {
    if (stream.sol() && state.block !== null) {
      if (stream.indentation() > state.block) {
        stream.skipToEnd();
        return "string";
      }
      state.block = null;
    }
    if (stream.eatSpace()) return null;
    if (stream.match(/^(---|\.\.\.)(?=\s|$)/) && stream.start === 0) return "meta";
    if (stream.peek() === "#") {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.match(/^[|>][-+0-9]*(?=\s*(#|$))/)) {
      state.block = stream.indentation();
      return "meta";
    }
    if (stream.match(/^[-?:](?=\s|$)/)) return "punctuation";
    if (stream.match(/^[[{]/)) {
      state.flow += 1;
      return "punctuation";
    }
    if (stream.match(/^[\]}]/)) {
      state.flow = Math.max(0, state.flow - 1);
      return "punctuation";
    }
    if (stream.match(/^[,:]/)) return "punctuation";
    if (stream.match(/^[&*!%][^\s,[\]{}]*/)) return "labelName";
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^']|'')*'?/)) {
      return stream.match(/^\s*:(?=\s|$)/, false) ? "propertyName" : "string";
    }
    return plain(stream, state);
  },
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["[", "{", '"'] } },
};

/** Reads text without quotes: up to a colon, a comment, or in brackets up to what ends an item. */
function plain(stream: StringStream, { flow }: State): string | null {
  const { string } = stream;
  let end = stream.pos + 1;
  for (; end < string.length; end += 1) {
    const character = string[end] ?? "";
    const next = string[end + 1] ?? " ";
    if (character === ":" && (/\s/.test(next) || (flow > 0 && /[,[\]{}]/.test(next)))) break;
    if (character === "#" && /\s/.test(string[end - 1] ?? "")) break;
    if (flow > 0 && /[,[\]{}]/.test(character)) break;
  }
  const word = string.slice(stream.pos, end).trimEnd();
  stream.pos += word.length;
  if (string[end] === ":") return "propertyName";
  if (CONSTANT.test(word)) return "bool";
  return NUMBER.test(word) ? "number" : null;
}

export const yaml = StreamLanguage.define(parser);
