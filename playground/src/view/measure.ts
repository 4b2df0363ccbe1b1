// How much of a text fits. SVG does not do that itself.

export interface Font {
  size: number;
  weight: number;
}

let context: CanvasRenderingContext2D | null = null;
let family = "";

function widthOf(text: string, { size, weight }: Font): number {
  context ??= document.createElement("canvas").getContext("2d");
  family ||= getComputedStyle(document.documentElement).getPropertyValue("--sans") || "sans-serif";
  // About the width of most fonts, for a browser that has no canvas.
  if (!context) return text.length * size * 0.56;
  context.font = `${weight} ${size}px ${family}`;
  return context.measureText(text).width;
}

/** Leaves out the end of a text that does not fit. */
export function cut(text: string, room: number, font: Font): string {
  return shortened(text, room, font, 1);
}

/** Leaves out the middle of a name that does not fit: names often differ at their ends only. */
export function squeeze(name: string, room: number, font: Font): string {
  return shortened(name, room, font, 0.6);
}

/** Keeps as many characters as fit, `share` of them from the start. */
function shortened(text: string, room: number, font: Font, share: number): string {
  if (text === "" || widthOf(text, font) <= room) return text;
  const characters = [...text];
  let kept = Math.min(
    Math.floor((characters.length * room) / widthOf(text, font)) + 2,
    characters.length - 1,
  );
  for (; kept > 1; kept -= 1) {
    const head = Math.ceil(kept * share);
    const tail = characters.slice(characters.length - (kept - head)).join("");
    const shorter = `${characters.slice(0, head).join("").trimEnd()}…${kept > head ? tail : ""}`;
    if (widthOf(shorter, font) <= room) return shorter;
  }
  return "…";
}
