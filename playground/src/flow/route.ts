// The ways of arrows between boxes.

import type { FlowEdge } from "./graph";
import type { Box, Grid } from "./layout";

export interface Point {
  x: number;
  y: number;
}

export interface Arrow {
  edge: FlowEdge;
  /** The outline, as SVG writes it. */
  path: string;
  label: Point & { anchor: "start" | "middle" };
}

const RADIUS = 8;

/** Finds the way of every arrow. */
export function route(boxes: Box[], edges: FlowEdge[], grid: Grid): Arrow[] {
  const places = new Map(boxes.map((box) => [box.node.id, box]));
  return edges.flatMap((edge) => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    if (!from || !to) return [];
    const back = edges.some((other) => other.from === edge.to && other.to === edge.from);
    const points = way(edge, from, to, grid, back);
    return [{ edge, path: outline(points), label: labelOf(points) }];
  });
}

function way(edge: FlowEdge, from: Box, to: Box, grid: Grid, back: boolean): Point[] {
  if (edge.via === "gutter") return throughGutter(edge, from, to, grid);
  if (edge.via === "margin") return alongMargin(from, to);
  if (from.node.row === to.node.row) return sideways(from, to, back);
  return from.node.column === to.node.column ? straight(from, to) : bent(from, to, grid);
}

function centre(box: { x: number; y: number; width: number; height: number }): Point {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

function straight(from: Box, to: Box): Point[] {
  const { x } = centre(from);
  return from.y < to.y
    ? [
        { x, y: from.y + from.height },
        { x, y: to.y },
      ]
    : [
        { x, y: from.y },
        { x, y: to.y + to.height },
      ];
}

/** Two arrows between the same boxes are beside each other. */
function sideways(from: Box, to: Box, back: boolean): Point[] {
  const right = from.x < to.x;
  const y = centre(from).y + (back ? (right ? -14 : 14) : 0);
  return right
    ? [
        { x: from.x + from.width, y },
        { x: to.x, y },
      ]
    : [
        { x: from.x, y },
        { x: to.x + to.width, y },
      ];
}

/** Down, to the other column in the space above the box, and down into it. */
function bent(from: Box, to: Box, { gap }: Grid): Point[] {
  const down = from.y < to.y;
  const { x } = centre(from);
  const end = centre(to).x + (from.x > to.x ? to.width / 4 : -to.width / 4);
  const turn = down ? to.y - gap / 2 : to.y + to.height + gap / 2;
  return [
    { x, y: down ? from.y + from.height : from.y },
    { x, y: turn },
    { x: end, y: turn },
    { x: end, y: down ? to.y : to.y + to.height },
  ];
}

/** Between a container of a workload and a component: events on one line of the gutter, calls on another. */
function throughGutter(edge: FlowEdge, from: Box, to: Box, { gutter, gutterWidth, gap }: Grid): Point[] {
  const incoming = from.node.containers.length === 0;
  const [component, workload] = incoming ? [from, to] : [to, from];
  const trunk = gutter + gutterWidth * (incoming ? 1 / 3 : 2 / 3);
  const index = workload.node.containers.findIndex(({ name }) => name === edge.container);
  const inner = workload.containers[index] ?? workload;
  const x = centre(inner).x + (incoming ? -8 : 8);
  const { y } = centre(component);
  const left = component.node.column === 0;
  const below = component.y > workload.y;
  const border = below ? workload.y + workload.height : workload.y;
  const turn = border + (below ? 1 : -1) * gap * (incoming ? 0.55 : 0.3);
  const points = [
    { x: left ? component.x + component.width : component.x, y },
    { x: trunk, y },
    { x: trunk, y: turn },
    { x, y: turn },
    { x, y: border },
  ];
  return incoming ? points : points.reverse();
}

function alongMargin(from: Box, to: Box): Point[] {
  const x = from.x + from.width;
  return [
    { x, y: centre(from).y },
    { x: x + 14, y: centre(from).y },
    { x: x + 14, y: centre(to).y },
    { x, y: centre(to).y },
  ];
}

/** Beside a vertical arrow, above a horizontal one or the horizontal piece of a bent one. */
function labelOf(points: Point[]): Arrow["label"] {
  const [before, last] = points.length > 2 ? points.slice(1, 3) : points;
  if (!before || !last) return { x: 0, y: 0, anchor: "start" };
  const middle = { x: (before.x + last.x) / 2, y: (before.y + last.y) / 2 };
  return before.x === last.x
    ? { x: middle.x + 8, y: middle.y + 3, anchor: "start" }
    : { x: middle.x, y: middle.y - 7, anchor: "middle" };
}

/** A line with round corners. */
function outline(points: Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  rest.forEach((point, index) => {
    const [before, after] = [points[index], rest[index + 1]];
    if (!before || !after) {
      path += `L${point.x} ${point.y}`;
      return;
    }
    const [enter, leave] = [towards(point, before), towards(point, after)];
    path += `L${enter.x} ${enter.y}Q${point.x} ${point.y} ${leave.x} ${leave.y}`;
  });
  return path;
}

/** The point on the way from a corner to another point where its curve ends. */
function towards(corner: Point, other: Point): Point {
  const [dx, dy] = [other.x - corner.x, other.y - corner.y];
  const length = Math.hypot(dx, dy);
  const part = length === 0 ? 0 : Math.min(RADIUS, length / 2) / length;
  return { x: corner.x + dx * part, y: corner.y + dy * part };
}
