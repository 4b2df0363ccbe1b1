// Where a mistake is, in words.

import type { Mark, TextName } from "../worker/protocol";

const PLACES: Record<TextName, string> = {
  text: "Line",
  observed: "Observed, line",
  related: "Related, line",
  settings: "Settings, line",
  steps: "Steps, line",
};

/** The place of a mark, before a sentence: `Observed, line 3, column 1: `. */
export function placeOf(mark: Mark | undefined): string {
  return mark ? `${PLACES[mark.source]} ${mark.line}, column ${mark.column}: ` : "";
}
