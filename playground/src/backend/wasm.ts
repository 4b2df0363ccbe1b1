import init, * as face from "metawasm-function";
import modulePath from "metawasm-function/module";
import { columns, schema } from "playground:crd";
import {
  type Answer,
  type Backend,
  type Call,
  type Catalogue,
  type Cost,
  type Description,
  type KubernetesObject,
  kindKey,
  type ObjectsByKind,
  type Outcome,
} from "./backend";

/** What the API server would have added to a parent. `metawasm render` adds the same. */
const COMPLETION = {
  uid: "00000000-0000-0000-0000-000000000000",
  generation: 1,
  creationTimestamp: "2000-01-01T00:00:00Z",
  resourceVersion: "1",
};

/** The Function plugin in this thread, through its JavaScript face. */
export class WasmBackend implements Backend {
  static async load(): Promise<WasmBackend> {
    await init({ module_or_path: new URL(modulePath, import.meta.url) });
    return new WasmBackend();
  }

  async catalogue(): Promise<Catalogue> {
    const described = JSON.parse(face.describe()) as Omit<Description, "id" | "hooks">;
    return { plugins: [{ ...described, id: "function", hooks: ["sync"], schema, columns }], cases: null };
  }

  async run({ parent, observed, related, settings, kinds }: Call): Promise<Outcome> {
    const namespace = parent.metadata.namespace ?? "default";
    const completed = { ...parent, metadata: { ...COMPLETION, ...parent.metadata, namespace } };
    const declared = observed.filter((object) => kinds.includes(kindKey(object)));
    const request = JSON.stringify({
      parent: completed,
      children: byKind(declared, namespace, kinds),
      related: byKind(related, namespace, []),
    });
    const warnings = observed
      .filter((object) => !declared.includes(object))
      .map(({ kind, metadata }) => ({
        message: `observed ${kind} ${metadata.name} is not sent, because the cluster does not have its kind`,
      }));
    const start = performance.now();
    let text = "";
    let failure: Outcome["failure"];
    try {
      text = face.sync(request, JSON.stringify(settings));
    } catch (error) {
      failure = { message: error instanceof Error ? error.message : String(error), trace: [] };
    }
    const cost: Cost = {
      queueMicros: null,
      runMicros: (performance.now() - start) * 1_000,
      reviewMicros: null,
      memoryBytes: null,
      requestBytes: bytes(request),
      answerBytes: failure ? null : bytes(text),
    };
    const rest = { warnings, review: [], mismatches: [], log: [], logDropped: 0, cost };
    return failure ? { failure, ...rest } : { answer: JSON.parse(text) as Answer, ...rest };
  }
}

/** Objects as a request has them. Every kind of `kinds` is a key, if only with `{}`. */
export function byKind(objects: KubernetesObject[], namespace: string, kinds: string[]): ObjectsByKind {
  const found: ObjectsByKind = Object.fromEntries(kinds.map((key) => [key, {}]));
  for (const object of objects) {
    const metadata = { namespace, ...object.metadata };
    const named = (found[kindKey(object)] ??= {});
    named[`${metadata.namespace}/${metadata.name}`] = { ...object, metadata };
  }
  return found;
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
