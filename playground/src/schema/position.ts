// Where a place in a YAML text is, as a path of keys. It is found by indentation, so that it works while the text is
// broken, which it is whenever somebody types.

/** A place in a text. */
export interface Position {
  /** Keys from the root to the mapping or list around the place; an item of a list is `[]`. */
  path: string[];
  /** The key of this line, if the place is in its value. */
  key: string | null;
  /** What stands right before the place and belongs to the word there. */
  word: string;
  /** The keys that the mapping around the place has on other lines. */
  siblings: Set<string>;
}

/** A mapping's key or a list's dash whose contents may follow. */
interface Open {
  step: string;
  column: number;
  /** Tells apart two lists or mappings with the same path. */
  id: number;
}

const KEY = /^(?:"([^"]*)"|'([^']*)'|([^\s#"'[\]{},&*!|>%@`-][^#]*?|-[^\s#][^#]*?))\s*:(?=\s|$)/;
const BLOCK = /:\s+[|>][-+0-9]*\s*(#.*)?$/;

/** The keys and dashes that are open while lines are read from the top. */
class Outline {
  stack: Open[] = [];
  #ids = 0;
  /** The column of a key whose value is a block of text: deeper lines are not YAML. */
  #block: number | null = null;

  /** Reads a line up to its end. Returns its key and the id of the mapping that has it. */
  read(line: string): { key: string; inside: number } | null {
    const indent = line.search(/\S/);
    if (indent < 0 || line[indent] === "#") return null;
    if (this.#block !== null) {
      if (indent > this.#block) return null;
      this.#block = null;
    }
    const column = this.dashes(line);
    const match = KEY.exec(line.slice(column));
    if (!match) return null;
    this.close(column);
    const inside = this.top();
    const key = match[1] ?? match[2] ?? match[3] ?? "";
    this.#open(key, column);
    if (BLOCK.test(line)) this.#block = column;
    return { key, inside };
  }

  /** Opens the items that a line starts with. Returns the column after their dashes. */
  dashes(line: string): number {
    let column = Math.max(line.search(/\S/), 0);
    while (/^-(\s|$)/.test(line.slice(column))) {
      // A list may have the indentation of its key.
      this.stack = this.stack.filter(
        (open) => open.column < column || (open.column === column && open.step !== "[]"),
      );
      this.#open("[]", column);
      const rest = line.slice(column + 1).search(/\S/);
      column += 1 + Math.max(rest, 1);
    }
    return column;
  }

  /** Closes everything that a key in this column ends. */
  close(column: number): void {
    this.stack = this.stack.filter((open) => open.column < column);
  }

  /** The id of the innermost mapping or item; zero at the root. */
  top(): number {
    return this.stack.at(-1)?.id ?? 0;
  }

  #open(step: string, column: number): void {
    this.#ids += 1;
    this.stack.push({ step, column, id: this.#ids });
  }
}

/** Finds the position of a column (from 0) in a line (from 0) of a text. */
export function positionAt(lines: string[], row: number, column: number): Position {
  const outline = new Outline();
  const keys: { key: string; inside: number }[] = [];
  const collect = (line: string) => {
    const found = outline.read(line);
    if (found) keys.push(found);
  };
  lines.slice(0, row).forEach(collect);

  const line = lines[row] ?? "";
  const before = line.slice(0, column);
  const start = before.trim() === "" ? column : outline.dashes(before);
  const match = KEY.exec(before.slice(start));
  const inValue = match !== null && before.length > start + match[0].length;
  outline.close(start);
  const inside = outline.top();
  const path = outline.stack.map((open) => open.step);

  // Lines below may belong to the same mapping.
  if (line.trim() !== "") outline.read(line);
  lines.slice(row + 1).forEach(collect);
  return {
    path,
    key: inValue ? (match[1] ?? match[2] ?? match[3] ?? "") : null,
    word: /[\w./-]*$/.exec(before)?.[0] ?? "",
    siblings: new Set(keys.filter((found) => found.inside === inside).map(({ key }) => key)),
  };
}
