// What a page asks of plugins, wherever they run: in the page's Web Worker (`wasm.ts`), or in a host on loopback
// (`host.ts`). The pages know this interface only.

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

/** A kind of parent. */
export interface ParentKind {
  apiVersion: string;
  kind: string;
  resource: string;
}

/** What the input of a plugin is at first. */
export interface Start {
  /** The parent, as YAML. */
  text: string;
  observed: string;
  related: string;
  settings: Record<string, unknown>;
}

/** A plugin, and what the page needs to help with its parents. */
export interface Description {
  /** Its key among the plugins of the page. */
  id: string;
  /** Which version of its file was loaded, if the file can change. */
  digest?: string;
  name: string;
  version: string;
  /** Where it was loaded from. */
  source?: string;
  /** The hooks that can be called. */
  hooks: string[];
  parent: ParentKind;
  /** All kinds of parents, if there is more than one. */
  parents?: ParentKind[];
  children: ChildKind[];
  /** The JSON Schema of the settings, if it is known. */
  settings: Schema | null;
  /** The schema of the parent, if it is known. */
  schema?: Schema;
  /** The columns of `kubectl get` for the parent, if they are known. */
  columns?: Column[];
  start?: Start;
  /** The time that a call may take. */
  deadlineSeconds?: number;
  /** The memory that a call may use, in bytes. */
  memoryLimit?: number;
}

/** The plugins of a page. */
export interface Catalogue {
  plugins: Description[];
  /** The directory that cases are saved to; `null` if they cannot be saved. */
  cases: string | null;
}

/** One finding of the plugin about its parent. */
export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

/** What a hook answers. Decorators call their children attachments, and `customize` has none. */
export interface Answer {
  children?: KubernetesObject[];
  attachments?: KubernetesObject[];
  status?: { conditions?: Condition[]; [field: string]: unknown } | null;
  resyncAfterSeconds?: number;
  [field: string]: unknown;
}

/** What a hook is called with. */
export interface Request {
  /** As it was written: the backend adds what the API server would add. */
  parent: KubernetesObject;
  observed: KubernetesObject[];
  related: KubernetesObject[];
  settings: Record<string, unknown>;
}

/** A call of a hook. */
export interface Call extends Request {
  plugin: string;
  hook: string;
  /** Keys of the kinds that the cluster has. */
  kinds: string[];
}

/** A sentence about the input, and the field that it is about, such as `spec.image`. */
export interface Remark {
  message: string;
  path?: string;
}

export interface LogLine {
  level: string;
  message: string;
}

/** What a call took. A figure that the backend cannot give is `null`. */
export interface Cost {
  queueMicros: number | null;
  runMicros: number | null;
  reviewMicros: number | null;
  memoryBytes: number | null;
  requestBytes: number | null;
  answerBytes: number | null;
}

/** Why a hook did not answer. */
export interface Failure extends Remark {
  /** Names of functions, the innermost first. */
  trace: string[];
}

/** What came of a call. `failure` is set instead of `answer` if the hook did not answer. */
export interface Outcome {
  /** Which version of the plugin's file answered, if the file can change. */
  digest?: string;
  answer?: Answer;
  failure?: Failure;
  /** Sentences about the parent. */
  warnings: Remark[];
  /** What the review changed in the answer. */
  review: string[];
  /** Where children do not match the schemas of their kinds. */
  mismatches: string[];
  log: LogLine[];
  /** Lines of the log that were too many. */
  logDropped: number;
  cost: Cost;
}

/** Plugins that can be called. */
export interface Backend {
  catalogue(): Promise<Catalogue>;
  /** Calls a hook. Rejects with `Unavailable` if that is not possible. */
  run(call: Call, signal?: AbortSignal): Promise<Outcome>;
}

/** A sentence for a person, where a call is not possible at all. */
export class Unavailable extends Error {}

/** The plugins cannot be reached now; the same call may succeed later. */
export class Lost extends Unavailable {}

/** The name of a kind in a sentence: there are two that are called Service. */
export function spokenKind({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return apiVersion.startsWith("serving.knative.dev/") ? `Knative ${kind}` : kind;
}

/** The key of a kind in a request: `Deployment.apps/v1`. */
export function kindKey({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${kind}.${apiVersion}`;
}

/** The children of an answer, however its kind of controller calls them. */
export function childrenOf(answer: Answer): KubernetesObject[] {
  return answer.children ?? answer.attachments ?? [];
}

/** The id of an object among others: `Deployment.apps/v1/demo/web`, or without the namespace where there is none. */
export function documentId({ apiVersion, kind, metadata }: KubernetesObject): string {
  const { name, namespace } = metadata;
  return [`${kind}.${apiVersion}`, ...(namespace === undefined ? [] : [namespace]), name].join("/");
}
