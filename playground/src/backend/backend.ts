// What the page asks of a plugin, wherever the plugin runs. Today it runs in the page's Web Worker (`wasm.ts`). A host on
// loopback can be another implementation: the page knows this interface only.

/** An object of Kubernetes, as far as the page reads it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** Objects by kind (`Deployment.apps/v1`) and then by name (`demo/hello`), as in Metacontroller's requests. */
export type ObjectsByKind = Record<string, Record<string, KubernetesObject>>;

/** A kind of child that a plugin declares. */
export interface ChildKind {
  apiVersion: string;
  kind: string;
  resource: string;
  /** Whether a cluster may lack it. */
  optional?: boolean;
}

/** A JSON Schema, or the schema of a CustomResourceDefinition. */
export interface Schema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  enum?: unknown[];
  default?: unknown;
  required?: string[];
  format?: string;
  minimum?: number;
  maximum?: number;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
}

/** A column of `kubectl get`. */
export interface Column {
  name: string;
  jsonPath: string;
  type: string;
  priority?: number;
}

/** A plugin, and what the page needs to help with its parents. */
export interface Description {
  name: string;
  version: string;
  parent: { apiVersion: string; kind: string; resource: string };
  children: ChildKind[];
  /** The JSON Schema of the settings. */
  settings: Schema;
  /** The schema of the parent, if it is known. */
  schema?: Schema;
  /** The columns of `kubectl get` for the parent, if they are known. */
  columns?: Column[];
}

/** One finding of the plugin about its parent. */
export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

/** What the sync hook answers. */
export interface Answer {
  children: KubernetesObject[];
  status?: { conditions?: Condition[]; [field: string]: unknown };
  resyncAfterSeconds?: number;
}

/** A call of the sync hook. */
export interface Call {
  parent: KubernetesObject;
  /** Every declared kind is a key, if only with `{}`. */
  observed: ObjectsByKind;
  related: ObjectsByKind;
  settings: Record<string, unknown>;
}

/** A sentence about the input, and the field that it is about, such as `spec.image`. */
export interface Remark {
  message: string;
  path?: string;
}

/** What came of a call. `failure` is set instead of `answer` if the hook did not answer. */
export interface Outcome {
  answer?: Answer;
  failure?: Remark;
  warnings: Remark[];
  log: string[];
}

/** A plugin that can be called. */
export interface Backend {
  describe(): Promise<Description>;
  run(call: Call): Promise<Outcome>;
}

/** The name of a kind in a sentence: there are two that are called Service. */
export function spokenKind({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return apiVersion.startsWith("serving.knative.dev/") ? `Knative ${kind}` : kind;
}

/** The key of a kind in a request: `Deployment.apps/v1`. */
export function kindKey({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${kind}.${apiVersion}`;
}
