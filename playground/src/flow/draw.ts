// From an answer to a drawing.

import type { Answer } from "../backend/backend";
import { drawAsync } from "./async";
import { Dapr } from "./dapr";
import { Builder, type Graph } from "./graph";
import { addRoute, drawHttp } from "./http";
import { drawKnative } from "./knative";
import { at, box, Children, text } from "./read";
import { findWorkload } from "./workload";

/** Makes the drawing of an answer. Every child is in it. */
export function draw(answer: Answer, spec: unknown): Graph {
  const builder = new Builder();
  const children = new Children(answer.children ?? []);
  const found = findWorkload(children);
  if (found) {
    const dapr = new Dapr(builder, children, found.template);
    const scaledByRequests =
      children.first("HTTPScaledObject", "http.keda.sh") ??
      children.first("InterceptorRoute", "http.keda.sh");
    const workload = scaledByRequests
      ? drawHttp(builder, children, found)
      : found.child.apiVersion.startsWith("serving.knative.dev/")
        ? drawKnative(builder, children, found)
        : drawAsync(builder, children, found, (row) => dapr.above(row));
    dapr.below(workload);
  } else {
    addRoute(builder, children);
  }
  addBuild(builder, children, spec);
  addRest(builder, children);
  return { nodes: builder.nodes, edges: builder.edges };
}

/** The way from source to image. */
function addBuild(builder: Builder, children: Children, spec: unknown): void {
  const build = children.take(children.first("Build", "shipwright.io"));
  if (!build) return;
  const row = builder.free();
  const url = text(at(build, "spec", "source", "git", "url")) || text(at(spec, "build", "srcRepo", "url"));
  const source = builder.add(
    0,
    { id: "source", role: "cluster", caption: "source", name: url || "bundle" },
    row,
  );
  const id = builder.add(
    1,
    box(build, [
      text(at(build, "spec", "strategy", "name")) &&
        `strategy ${text(at(build, "spec", "strategy", "name"))}`,
    ]),
    row,
  );
  builder.join(source, id, "build", "");
  const run = children.take(children.first("BuildRun", "shipwright.io"));
  const image = builder.add(
    0,
    { id: "image", role: "cluster", caption: "image", name: text(at(build, "spec", "output", "image")) },
    row + 1,
  );
  if (run) {
    const runId = builder.add(1, box(run), row + 1);
    builder.join(id, runId, "build", "");
    builder.join(runId, image, "build", "pushes");
  } else {
    builder.join(id, image, "build", "pushes");
  }
}

/** Children that no picture knows: each has its box. */
function addRest(builder: Builder, children: Children): void {
  const first = builder.free();
  children.rest().forEach((child, index) => {
    builder.add(index % 2 === 0 ? 0 : 1, box(child), first + Math.floor(index / 2));
  });
}
