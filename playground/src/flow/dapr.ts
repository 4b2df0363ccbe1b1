// Dapr: the components that a function uses, and its sidecar or proxy.

import type { KubernetesObject } from "../backend/backend";
import type { Builder } from "./graph";
import { at, box, type Children, entries, list, text } from "./read";
import { containers, hasSidecar, variable, type Workload } from "./workload";

/** A component, and what the function does with it. */
interface Use {
  name: string;
  type: string;
  does: Set<string>;
  /** Whether it calls the function. */
  triggers: boolean;
}

/** Reads the components of a function from the context that its container gets. */
export function usesOf(template: unknown): Use[] {
  const uses = new Map<string, Use>();
  const add = (name: unknown, type: unknown, does: string, triggers = false) => {
    if (text(name) === "") return;
    const use = uses.get(text(name)) ?? {
      name: text(name),
      type: text(type),
      does: new Set(),
      triggers: false,
    };
    use.does.add(does);
    use.triggers ||= triggers;
    uses.set(use.name, use);
  };
  const context = parsed(variable(template, "FUNC_CONTEXT_V1BETA2"));
  for (const trigger of list(at(context, "triggers", "dapr"))) {
    const topic = text(at(trigger, "topic"));
    add(at(trigger, "name"), at(trigger, "type"), topic ? `topic ${topic}` : "calls the function", true);
  }
  for (const input of list(at(context, "triggers", "inputs")))
    add(at(input, "dapr", "name"), at(input, "dapr", "type"), "input");
  for (const [, output] of entries(at(context, "outputs"))) {
    const topic = text(at(output, "topic"));
    add(at(output, "componentName"), at(output, "componentType"), topic ? `output to ${topic}` : "output");
  }
  for (const [, state] of entries(at(context, "states")))
    add(at(state, "componentName"), at(state, "componentType"), "state");
  return [...uses.values()];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export class Dapr {
  readonly #uses: Use[];
  readonly #above: string[] = [];

  constructor(
    private readonly builder: Builder,
    private readonly children: Children,
    private readonly template: unknown,
  ) {
    // Without a sidecar or a proxy nothing reaches the components.
    this.#uses = hasSidecar(template) || this.#proxy() ? usesOf(template) : [];
  }

  /** Puts what calls the function above it, where nothing else is: into the rows before `row`, if they suffice. */
  above(row: number): void {
    const calling = this.#uses.filter((use) => use.triggers);
    if (this.#proxy()) return;
    const start = Math.max(row - calling.length, this.builder.next[0]);
    calling.forEach((use, index) => this.#above.push(this.#component(use, 0, start + index)));
  }

  /** Puts the other components below, and joins all with the sidecar. */
  below(workload: Workload): void {
    const proxy = this.children.take(this.#proxy());
    let end = hasSidecar(this.template) ? workload.id : undefined;
    if (proxy) {
      const template = at(proxy, "spec", "template");
      end = this.builder.add(
        0,
        { ...box(proxy, ["Dapr's proxy"]), containers: containers(template, proxy) },
        this.builder.free(),
      );
      this.builder.join(end, workload.id, "request", "events");
    }
    for (const id of this.#above)
      this.builder.join(id, end, "request", "", { via: "gutter", container: "daprd" });
    const others = this.#uses.filter((use) => !this.#above.includes(nodeId(use.name)));
    const first = this.builder.free();
    others.forEach((use, index) => {
      const id = this.#component(use, index % 2 === 0 ? 0 : 1, first + Math.floor(index / 2));
      const [from, to] = use.triggers ? [id, end] : [end, id];
      this.builder.join(from, to, "request", "", { via: "gutter", container: "daprd" });
    });
  }

  #proxy(): KubernetesObject | undefined {
    return this.children
      .of("Deployment", "apps")
      .find((child) => child.metadata.labels?.["openfunction.io/role"] === "dapr-proxy");
  }

  #component(use: Use, column: 0 | 1, row: number): string {
    const child = this.children.take(
      this.children.of("Component", "dapr.io").find((found) => found.metadata.name === use.name),
    );
    const type = use.type || text(at(child, "spec", "type"));
    const details = [type, [...use.does].join(", ")].filter((line) => line !== "");
    const given = child
      ? box(child, details)
      : { role: "cluster" as const, caption: "existing Component", name: use.name, details };
    return this.builder.add(column, { ...given, id: nodeId(use.name) }, row);
  }
}

function nodeId(name: string): string {
  return `component-${name}`;
}
