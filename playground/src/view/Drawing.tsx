import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Answer } from "../backend/backend";
import type { EdgeType, Graph, Role } from "../flow/graph";
import { type Box, type Layout, layout, text } from "../flow/layout";
import { picture } from "../flow/picture";
import type { Arrow } from "../flow/route";
import { details, sentences, title } from "../flow/words";
import type { View } from "../worker/protocol";
import { Empty } from "./Empty";
import { cut, squeeze } from "./measure";

interface Props {
  answer: Answer;
  parent: View["parent"];
  /** Shows a child as YAML. */
  open(document: string): void;
  /** What to do when there is nothing to draw. */
  help: ComponentChildren;
}

/** The fonts of style.css. */
const CAPTION = { size: 11, weight: 400 };
const NAME = { size: 13, weight: 600 };
const DETAIL = { size: 12, weight: 400 };
const CONTAINER = { size: 11, weight: 600 };

const LEGEND: [EdgeType, string][] = [
  ["request", "requests and events"],
  ["signal", "scaling signals"],
  ["uses", "uses"],
  ["build", "from source to image"],
];

const SWATCHES: [Role, string][] = [
  ["child", "child of this object"],
  ["cluster", "exists already"],
];

/** How requests and scaling signals flow through the children. */
export function Drawing({ answer, parent, open, help }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    setWidth(Math.floor(element.clientWidth));
    return () => observer.disconnect();
  }, []);
  // The tests read when the first answer was shown.
  useLayoutEffect(() => void performance.mark("first-answer"), []);
  const graph = useMemo(() => picture(answer, parent), [answer, parent]);
  const placed = useMemo(() => layout(graph, width), [graph, width]);
  return (
    <div class="drawing" ref={frame}>
      {graph.nodes.length === 0 ? (
        <Empty title="There is nothing to draw">
          The answer has no children. {reason(answer)}
          {help}
        </Empty>
      ) : (
        width > 0 && (
          <>
            <Legend graph={graph} />
            <Picture placed={placed} open={open} />
            <details class="in-words">
              <summary>The drawing in words</summary>
              <ul>
                {[...sentences(graph), ...details(graph)].map((sentence, index) => (
                  <li key={index}>{sentence}</li>
                ))}
              </ul>
            </details>
          </>
        )
      )}
    </div>
  );
}

/** What the condition Ready says. */
function reason(answer: Answer): string {
  const ready = answer.status?.conditions?.find(({ type }) => type === "Ready");
  return ready ? `Ready is ${ready.status}, ${ready.reason}: ${ready.message}` : "The conditions say why.";
}

/** Explains what is in the drawing. */
function Legend({ graph: { nodes, edges } }: { graph: Graph }) {
  const lines = LEGEND.filter(([type]) => edges.some((edge) => edge.type === type));
  const swatches = SWATCHES.filter(([role]) => nodes.some((node) => node.role === role));
  return (
    <ul class="legend" aria-label="Legend">
      {lines.map(([type, name]) => (
        <li key={type}>
          <svg width="36" height="10" aria-hidden="true">
            <path class={`arrow ${type}`} d="M2 5H28" marker-end={`url(#tip-${type})`} />
          </svg>
          {name}
        </li>
      ))}
      {swatches.map(([role, name]) => (
        <li key={role}>
          <span class={`swatch ${role}`} /> {name}
        </li>
      ))}
    </ul>
  );
}

function Picture({
  placed: { boxes, arrows, width, height },
  open,
}: {
  placed: Layout;
  open(document: string): void;
}) {
  return (
    <svg
      class="picture"
      role="group"
      aria-label="Flow of requests and scaling signals"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
    >
      <defs>
        {(["request", "signal", "build", "uses"] as const).map((type) => (
          <marker
            key={type}
            id={`tip-${type}`}
            class={`tip ${type}`}
            viewBox="0 0 10 10"
            refX="9"
            refY="5"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0.5L10 5L0 9.5Z" />
          </marker>
        ))}
      </defs>
      {boxes.map((box) => (
        <NodeBox key={box.node.id} box={box} open={open} />
      ))}
      {arrows.map((arrow) => (
        <ArrowLine key={`${arrow.edge.from}>${arrow.edge.to}>${arrow.edge.type}`} arrow={arrow} />
      ))}
    </svg>
  );
}

function ArrowLine({ arrow: { edge, path, label } }: { arrow: Arrow }) {
  return (
    <g>
      <path class={`arrow ${edge.type}`} d={path} marker-end={`url(#tip-${edge.type})`} />
      {edge.label && (
        <text class="arrow-label" x={label.x} y={label.y} text-anchor={label.anchor}>
          {edge.label}
        </text>
      )}
    </g>
  );
}

/** A box. That of a child is covered by a button, which shows the child's YAML. */
function NodeBox({ box, open }: { box: Box; open(document: string): void }) {
  const { node, x, y, width, height } = box;
  const { document } = node;
  const shape = { x, y, width, height, rx: node.role === "caller" ? 20 : 8 };
  return (
    <g class={`node ${node.role}`}>
      <title>{[title(node), ...node.details].join("\n")}</title>
      <rect class="frame" {...shape} />
      <NodeText box={box} />
      {document !== undefined && (
        <rect
          class="press"
          {...shape}
          role="button"
          // In SVG, names of attributes are case-sensitive.
          tabindex={0}
          aria-label={`${title(node)}: show its YAML`}
          onClick={() => open(document)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" && event.key !== " ") return;
            event.preventDefault();
            open(document);
          }}
        />
      )}
    </g>
  );
}

/** The text of a box, and its containers. */
function NodeText({ box: { node, x, y, width, containers } }: { box: Box }) {
  const room = width - 2 * text.x;
  return (
    <>
      <text class="caption" x={x + text.x} y={y + text.caption}>
        {cut(node.caption, room, CAPTION)}
      </text>
      <text class="name" x={x + text.x} y={y + text.name}>
        {squeeze(node.name, room, NAME)}
      </text>
      {node.details.map((line, index) => (
        <text key={index} class="detail" x={x + text.x} y={y + text.detail(index)}>
          {cut(line, room, DETAIL)}
        </text>
      ))}
      {containers.map((inner, index) => {
        const container = node.containers[index];
        if (!container) return null;
        return (
          <g key={index}>
            <rect
              class="container"
              x={inner.x}
              y={inner.y}
              width={inner.width}
              height={inner.height}
              rx="5"
            />
            <text class="container-name" x={inner.x + 6} y={inner.y + 17}>
              {squeeze(container.name, inner.width - 9, CONTAINER)}
            </text>
            <text class="detail" x={inner.x + 6} y={inner.y + 33}>
              {cut(container.detail, inner.width - 10, DETAIL)}
            </text>
          </g>
        );
      })}
    </>
  );
}
