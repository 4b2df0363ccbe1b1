// The API of `metawasm playground`, as it is on the wire. All addresses are relative: the page is below a secret path.

import type {
  Answer,
  ChildKind,
  Column,
  Cost,
  KubernetesObject,
  LogLine,
  ParentKind,
  Schema,
} from "./backend";

/** The most that the host reads of a request, in bytes. */
export const MAX_BODY = 8 * 1024 * 1024;

/** A plugin in `GET api/plugins`. */
export interface ApiPlugin {
  id: string;
  /** Which version of the file was loaded. */
  digest: string;
  source: string;
  name: string;
  version: string;
  hooks: string[];
  parent: ParentKind;
  parents?: ParentKind[] | null;
  children: ChildKind[];
  settingsSchema: Schema | null;
  settings: Record<string, unknown>;
  schema: Schema | null;
  columns: Column[] | null;
  text: string;
  observed: string;
  related: string;
  deadlineSeconds: number;
  memoryLimit: number;
}

/** The answer to `GET api/plugins`. */
export interface ApiCatalogue {
  plugins: ApiPlugin[];
  cases: string | null;
}

/** The answer to `POST api/plugins/ID/call`. */
export interface ApiOutcome {
  /** Which version of the plugin answered. */
  digest: string;
  answer: Answer | null;
  failure: { message: string; trace: string[] } | null;
  review: string[];
  mismatches: string[];
  parentMismatches: string[];
  log: LogLine[];
  logDropped: number;
  cost: Cost;
}

/** The body of `POST api/plugins/ID/simulate`. */
export interface Simulation {
  parent: KubernetesObject;
  related: KubernetesObject[];
  settings: Record<string, unknown>;
  kinds: string[];
  steps: unknown[];
}

/** A field that a write changed; a value that is missing was not there. */
export interface FieldChange {
  path: string;
  old?: unknown;
  new?: unknown;
}

/** What an object is called. */
export interface ApiId {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
}

/** A sync in the answer, which leaves out what is empty. */
export interface ApiSync extends Omit<Sync, "writes" | "refused"> {
  writes: (Partial<Omit<Write, "object">> & { verb: string; object: ApiId })[];
  refused: { object: ApiId; why: string }[];
}

export interface Write {
  verb: string;
  /** `Deployment/web`. */
  object: string;
  changes: FieldChange[];
  /** Where the API server stored something else: `old` was sent, `new` is stored. */
  overruled: FieldChange[];
}

/** A sync of Metacontroller. */
export interface Sync {
  hook: string | null;
  writes: Write[];
  refused: { object: string; why: string }[];
  failure: string | null;
  status: Answer["status"];
  log: LogLine[];
  /** What exists after the sync: places in the list of objects, the parent's first. */
  objects: number[];
}

/** A step, with the syncs until nothing more was written. */
export interface Run {
  name: string;
  settled: boolean;
  writes: number;
  syncs: Sync[];
}

export interface Fault {
  kind: string;
  sentence: string;
  step: string;
}

/** What a simulation shows. */
export interface Simulated {
  /** Which version of the plugin answered. */
  digest: string;
  steps: Run[];
  /** Every state of every object, once. */
  objects: KubernetesObject[];
  faults: Fault[];
}

/** The answer to `POST api/plugins/ID/simulate`. */
export interface ApiTimeline extends Omit<Simulated, "steps"> {
  steps: (Omit<Run, "syncs"> & { syncs: Partial<ApiSync>[] })[];
}

/** The body of `POST api/plugins/ID/save`. */
export interface NewCase {
  name: string;
  hook: string;
  parent: KubernetesObject;
  observed: KubernetesObject[];
  related: KubernetesObject[];
  settings: Record<string, unknown>;
  kinds: string[];
}

/** The answer to `POST api/plugins/ID/save`. */
export interface SavedCase {
  path: string;
  files: string[];
  command: string;
}
