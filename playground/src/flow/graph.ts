// What a drawing shows: boxes in a grid of two columns, and arrows between them. Requests go down the left column,
// scaling signals through the right one.

/** How a box looks. */
export type Role = "caller" | "child" | "cluster";

export interface FlowNode {
  id: string;
  role: Role;
  /** The small line above the name: `Deployment`, `KEDA`. */
  caption: string;
  name: string;
  /** Lines below the name. */
  details: string[];
  /** Containers in a pod. */
  containers: { name: string; detail: string }[];
  column: 0 | 1;
  row: number;
  /** The child that the box stands for. */
  document?: string;
}

/** `request`: requests and events; `signal`: what scales; `build`: source to image; `uses`: one object names another. */
export type EdgeType = "request" | "signal" | "build" | "uses";

export interface FlowEdge {
  from: string;
  to: string;
  type: EdgeType;
  label: string;
  /** A detour: through the gutter between the columns, or along the right margin. Otherwise straight or with one bend. */
  via?: "gutter" | "margin";
  /** Which container the arrow starts or ends at. */
  container?: string;
}

export interface Graph {
  nodes: FlowNode[];
  edges: FlowEdge[];
}

type Given = Pick<FlowNode, "id" | "role" | "caption" | "name"> &
  Partial<Pick<FlowNode, "details" | "containers" | "document">>;

/** Collects boxes and arrows. */
export class Builder {
  readonly nodes: FlowNode[] = [];
  readonly edges: FlowEdge[] = [];
  /** The next free row of each column. */
  readonly next: [number, number] = [0, 0];

  /** Puts a box into the next free row of a column, or into a later row. */
  add(column: 0 | 1, given: Given, row = this.next[column]): string {
    const at = Math.max(row, this.next[column]);
    this.nodes.push({ details: [], containers: [], ...given, column, row: at });
    this.next[column] = at + 1;
    return given.id;
  }

  join(
    from: string | undefined,
    to: string | undefined,
    type: EdgeType,
    label = "",
    more: Partial<FlowEdge> = {},
  ): void {
    if (from !== undefined && to !== undefined) this.edges.push({ from, to, type, label, ...more });
  }

  /** The row of a box. */
  row(id: string | undefined): number {
    return this.nodes.find((node) => node.id === id)?.row ?? 0;
  }

  /** The first row that is free in both columns. */
  free(): number {
    return Math.max(...this.next);
  }
}
