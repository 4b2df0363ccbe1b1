// Types of the module "metawasm", and of requests and answers of hooks.
declare module 'metawasm' {
  /** A Kubernetes object. */
  export interface KubernetesObject {
    apiVersion: string;
    kind: string;
    metadata: {
      name: string;
      namespace?: string;
      uid?: string;
      generation?: number;
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
      deletionTimestamp?: string;
      [field: string]: any;
    };
    spec?: any;
    status?: any;
    [field: string]: any;
  }

  /** Objects by kind (`Pod.v1`, `Deployment.apps/v1`), then by name, or by namespace and name. */
  export type Objects = Record<string, Record<string, KubernetesObject>>;

  /** The request of the hooks sync and finalize of a CompositeController. */
  export interface SyncRequest {
    controller: KubernetesObject;
    parent: KubernetesObject;
    children: Objects;
    related: Objects;
    finalizing: boolean;
  }

  /** The request of the hooks sync and finalize of a DecoratorController. */
  export interface DecoratorRequest {
    controller: KubernetesObject;
    object: KubernetesObject;
    attachments: Objects;
    related: Objects;
    finalizing: boolean;
  }

  /** The request of the hook customize: `parent` is the object of a DecoratorController too. */
  export interface CustomizeRequest {
    controller: KubernetesObject;
    parent: KubernetesObject;
  }

  /** The answer of the hook sync of a CompositeController. An empty list of children deletes all of them. */
  export interface SyncAnswer {
    status?: object;
    children: object[];
    resyncAfterSeconds?: number;
  }

  /** The answer of the hook finalize. Metacontroller removes its finalizer when `finalized` is true. */
  export interface FinalizeAnswer extends SyncAnswer {
    finalized: boolean;
  }

  /** The answer of the hook sync of a DecoratorController. */
  export interface DecoratorAnswer {
    labels?: Record<string, string | null>;
    annotations?: Record<string, string | null>;
    status?: object | null;
    attachments: object[];
    resyncAfterSeconds?: number;
    finalized?: boolean;
  }

  /** The answer of the hook customize. */
  export interface CustomizeAnswer {
    relatedResources: {
      apiVersion: string;
      resource: string;
      labelSelector?: object;
      namespaceSelector?: object;
      namespace?: string;
      names?: string[];
    }[];
  }

  /** The parent is invalid until a person edits it. Metacontroller shows the message as an Event on the parent. */
  export class Invalid extends Error {
    constructor(message: string);
  }

  /** The hook cannot answer yet. It is called again after 1 to 3600 seconds. */
  export class RetryLater extends Error {
    constructor(seconds: number, reason?: string);
    readonly seconds: number;
  }

  /** JSON with sorted keys. */
  export function canonical(value: unknown): string;
  /** A condition. Its time is that of the observed condition of this type, if its status is the same. */
  export function condition(
    type: string,
    status: boolean | 'True' | 'False' | 'Unknown',
    reason: string,
    message?: string,
    observed?: object[],
  ): { type: string; status: string; reason: string; message: string; lastTransitionTime?: string };
  /** SHA-256 in hexadecimal digits, of a text or of a value as canonical JSON. */
  export function hash(value: unknown): string;
  /** The first 10 digits of `hash`. */
  export function shortHash(value: unknown): string;
  /** A valid name of a Kubernetes object: the parts with hyphens between them; with a hash, if it had to be changed or cut. */
  export function name(...parts: (string | number)[]): string;
  /** The objects of a kind (`Pod`, or `Pod.v1`), or of all kinds. */
  export function objects(map: Objects | undefined, kind?: string): KubernetesObject[];
  /** The number that a quantity such as 500m or 1Gi stands for. */
  export function quantity(value: string | number): number;
}
