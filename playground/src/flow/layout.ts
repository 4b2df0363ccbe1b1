// Places of boxes and arrows, in pixels, for a given width. Nothing is scaled, so that text stays readable on a phone.

import { type Arrow, route } from "./route";
import type { FlowNode, Graph } from "./graph";

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A box with its place. */
export interface Box extends Rect {
  node: FlowNode;
  containers: Rect[];
}

export interface Layout {
  boxes: Box[];
  arrows: Arrow[];
  width: number;
  height: number;
}

/** Lengths that boxes and arrows share. */
export interface Grid {
  /** Where the gutter between the columns starts, and how wide it is. */
  gutter: number;
  gutterWidth: number;
  /** The space between two rows. */
  gap: number;
}

const EDGE = 3;
/** Room for arrows along the right margin, where there are any. */
const MARGIN = 20;
const GAP = 36;
const PAD = 11;
const CAPTION = 15;
const NAME = 18;
const DETAIL = 16;
const CONTAINER = 42;

export function layout({ nodes, edges }: Graph, available: number): Layout {
  const columns = nodes.some((node) => node.column === 1) ? 2 : 1;
  const margin = edges.some(({ via }) => via === "margin") ? MARGIN : EDGE;
  const gutterWidth = clamp(available * 0.13, 46, 96);
  const room = available - EDGE - margin - (columns === 2 ? gutterWidth : 0);
  const width = clamp(Math.floor(room / columns), 120, 268);
  const total = EDGE + margin + columns * width + (columns === 2 ? gutterWidth : 0);
  const left = EDGE + Math.max(0, Math.floor((available - total) / 2));

  const tops: number[] = [];
  let y = EDGE;
  const heights = rowHeights(nodes);
  for (const height of heights) {
    tops.push(y);
    if (height > 0) y += height + GAP;
  }
  const boxes = nodes.map((node) => {
    const height = heightOf(node);
    const rowHeight = heights[node.row] ?? height;
    const x = left + node.column * (width + gutterWidth);
    const top = (tops[node.row] ?? 0) + (rowHeight - height) / 2;
    return { node, x, y: top, width, height, containers: containersOf(node, x, top, width, height) };
  });
  const grid = { gutter: left + width, gutterWidth, gap: GAP };
  return {
    boxes,
    arrows: route(boxes, edges, grid),
    width: Math.max(available, total),
    height: Math.max(y - GAP + EDGE, 0),
  };
}

function rowHeights(nodes: FlowNode[]): number[] {
  const heights: number[] = [];
  for (const node of nodes) {
    for (let row = heights.length; row <= node.row; row += 1) heights.push(0);
    heights[node.row] = Math.max(heights[node.row] ?? 0, heightOf(node));
  }
  return heights;
}

function heightOf({ details, containers }: FlowNode): number {
  return PAD * 2 + CAPTION + NAME - 4 + details.length * DETAIL + (containers.length > 0 ? CONTAINER + 8 : 0);
}

function containersOf({ containers }: FlowNode, x: number, y: number, width: number, height: number): Rect[] {
  const space = 6;
  const each = (width - 2 * 8 - space * (containers.length - 1)) / containers.length;
  return containers.map((_, index) => ({
    x: x + 8 + index * (each + space),
    y: y + height - CONTAINER - 8,
    width: each,
    height: CONTAINER,
  }));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** Where the lines of text of a box start, from its top left corner. */
export const text = {
  x: PAD,
  caption: PAD + 9,
  name: PAD + CAPTION + 10,
  detail: (index: number) => PAD + CAPTION + NAME + 9 + index * DETAIL,
};
