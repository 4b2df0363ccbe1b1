/** An object of Kubernetes. A plugin reads what it knows and passes on what it does not. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** Objects by kind (`"Deployment.apps/v1"`, `"Service.v1"`) and then by name (`"demo/hello"`). */
export type ObjectsByKind = Record<string, Record<string, KubernetesObject>>;

/** What Metacontroller sends to the sync and the finalize hook. */
export interface Request {
  /** The CompositeController. Not read. */
  controller?: object;
  /** The Function as it is observed. */
  parent: KubernetesObject;
  /** The children as they are observed. Every kind that the controller declares is a key, if only with `{}`. */
  children: ObjectsByKind | null;
  /** What the customize hook asked for. */
  related?: ObjectsByKind | null;
  /** Whether this is the finalize hook. */
  finalizing?: boolean;
}

/** What Metacontroller sends to the customize hook. */
export interface CustomizeRequest {
  /** The CompositeController. Not read. */
  controller?: object;
  /** The Function as it is observed. */
  parent: KubernetesObject;
}

/** What the sync hook answers: what should exist, and how things are. */
export interface Answer {
  /** Every child that should exist; an observed one that is not among them is to be deleted. */
  children: KubernetesObject[];
  /** When to ask again, at the latest. */
  resyncAfterSeconds?: number;
  status: Status;
}

/** What the finalize hook answers. */
export interface FinalizeAnswer {
  /** The children that should still exist. */
  children: KubernetesObject[];
  /** Whether the Function may go. */
  finalized: boolean;
  resyncAfterSeconds?: number;
  status?: Status;
}

/** What the customize hook answers. */
export interface CustomizeAnswer {
  /** The other objects that the Function depends on. */
  relatedResources: RelatedResource[];
}

/** Objects to be sent as `related`: by name, by label, or all of a kind. */
export interface RelatedResource {
  apiVersion: string;
  /** Lower-case plural, as in `kubectl get`. */
  resource: string;
  namespace?: string;
  names?: string[];
  labelSelector?: object;
  namespaceSelector?: object;
}

/** A Function's status. */
export interface Status {
  /** Where the function can be called. */
  addresses?: { type: "External" | "Internal"; value: string }[];
  conditions: Condition[];
  /** How many pods there are. */
  replicas?: number;
  route?: { hosts: string[]; paths: { type: string; value: string }[]; [field: string]: unknown };
  serving?: { state: string; reason: string; message: string; service?: string; [field: string]: unknown };
  [field: string]: unknown;
}

/** One finding about a Function. `Ready` is the sum of all. */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  /** One word for programs. */
  reason: string;
  /** A sentence for people: what is, and what to do. */
  message: string;
  /** RFC 3339. There is no clock: it is the newest time that is observed anywhere. */
  lastTransitionTime: string;
  /** The generation of the Function that this is about. */
  observedGeneration?: number;
}

/** The plugin's settings: one for all Functions of an installation. Each has a default; `describe` has the schema. */
export interface Settings {
  /** The shape of HTTPScaledObject, by the release of KEDA's HTTP add-on: 0.5 and 0.6, 0.7, 0.8 and later; or InterceptorRoutes. */
  httpAddon?: "0.5" | "0.7" | "0.8" | "interceptor-route";
  /** Who serves a Function with an http trigger that names no engine. */
  defaultEngine?: "keda" | "knative";
  /** The Service of the HTTP add-on's interceptor. */
  interceptor?: { service?: string; namespace?: string; port?: number };
  /** The cluster's DNS domain. */
  clusterDomain?: string;
  /** Whether to look for objects of others that have the names of a Function's children. */
  checkNames?: boolean;
  /** A ConfigMap with hooks and tracing for all Functions; an empty name: none. */
  globalConfig?: { name?: string; namespace?: string };
  /** What the HTTP add-on is told where a Function says nothing. */
  scaling?: { metric?: "concurrency" | "requestRate"; readinessTimeout?: string; scalerAddress?: string };
  /** Dapr's proxy, for functions in standalone mode. */
  daprProxy?: { image?: string };
  /** Fields of pods that are sent although Kubernetes 1.36 does not have them, such as `containers.newField`; `*`: all. */
  extraPodFields?: string[];
  /** How functions are reached from outside the cluster. */
  exposure?: {
    by?: "auto" | "httpRoute" | "ingress" | "none";
    gateway?: { name?: string; namespace?: string };
    readGateways?: boolean;
    domain?: string;
    hostTemplate?: string;
    pathTemplate?: string;
    hostRewrite?: "urlRewrite" | "header";
    ingressClass?: string;
    tlsSecret?: string;
  };
}

/** What the plugin is. */
export interface Description {
  name: string;
  version: string;
  parent: { apiVersion: string; kind: string; resource: string };
  /** The kinds that it asks for. */
  children: { apiVersion: string; kind: string; resource: string; updateStrategy?: string; optional?: boolean }[];
  /** The JSON Schema of the settings. */
  settings: object;
  /** What it reads of a request, as JSON pointers in which `*` is any one key. */
  view: { keep: string[] } | { drop: string[] };
}

/**
 * What a hook throws when it has no answer. In every case the children are to stay as they are.
 *
 * - `invalid`: the Function is wrong and stays wrong until a person edits it. The message is for that person.
 * - `retry-later`: not now, but in `retryAfterSeconds`.
 * - `internal`: a bug, or an argument that is no request, no settings, or no JSON.
 */
export type Failure = Error &
  ({ kind: "invalid" | "internal" } | { kind: "retry-later"; retryAfterSeconds: number });

/** Answers the sync hook, JSON to JSON. @throws {Failure} */
export function sync(request: string, settings?: string | null): string;
/** Answers the customize hook, JSON to JSON. @throws {Failure} */
export function customize(request: string, settings?: string | null): string;
/** Answers the finalize hook, JSON to JSON. @throws {Failure} */
export function finalize(request: string, settings?: string | null): string;
/** What the plugin is, as JSON. */
export function describe(): string;

/** Answers the sync hook, object to object. @throws {Failure} */
export function syncObject(request: Request, settings?: Settings | null): Answer;
/** Answers the customize hook, object to object. @throws {Failure} */
export function customizeObject(request: CustomizeRequest, settings?: Settings | null): CustomizeAnswer;
/** Answers the finalize hook, object to object. @throws {Failure} */
export function finalizeObject(request: Request, settings?: Settings | null): FinalizeAnswer;
/** What the plugin is. */
export function describeObject(): Description;
