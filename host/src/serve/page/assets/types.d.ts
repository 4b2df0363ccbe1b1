// The data of /events and /status. host/src/serve/page/render.rs makes it.

export type ClassName = "answered" | "unchanged" | "deferred" | "failed";
export type StepName = "queue" | "run" | "review";

/** Requests by class. */
export type Classes = Record<ClassName, number>;

/** The 0.5 and the 0.99 quantile in microseconds; 0 without calls. */
export type Quantiles = [number, number];

/** A hook now. */
export type HookNow = { total: Classes; since: Classes } & Record<StepName, Quantiles>;

/** The points of a hook, the oldest first. */
export type HookHistory = Record<ClassName, number[]> & Record<StepName, [number[], number[]]>;

export interface History {
  version: number;
  /** The interval of a point. */
  seconds: number;
  /** How many points there can be. */
  points: number;
  plugins: Record<string, Record<string, HookHistory>>;
}

export interface Version {
  digest: string;
  version: string;
  source: string;
}

export interface Plugin {
  name: string;
  state: "loading" | "checking" | "ready" | "failed";
  reason?: string;
  source?: string;
  digest?: string;
  manifest?: string | null;
  key?: string | null;
  version?: string;
  plugin?: string;
  parent?: { apiVersion: string; kind: string } | null;
  limits?: { deadlineSeconds: number; memory: number; concurrency: number };
  candidate?: {
    source: string;
    digest: string | null;
    state: string;
    reason?: string;
  };
  previous?: Version;
  shadow?: Version;
  shadowCounts?: {
    compared: number;
    equal: number;
    different: number;
    failed: number;
    skipped: number;
  };
  changes: Record<string, number>;
  requests?: Record<string, Record<string, number>>;
  mostMemory?: number;
  running: number;
  waiting: number;
  now: Record<string, HookNow>;
}

export interface Connections {
  open: number;
  accepted: number;
  displaced: number;
  turnedAway: number;
  slow: number;
  handshakesFailed: number;
}

export interface Host {
  /** A random text, another one in each process: numbers of incidents and totals start again with it. */
  process: string;
  version: string;
  uptimeSeconds: number;
  ready: boolean;
  draining: boolean;
  problems: string[];
  running: number;
  waiting: number;
  inFlight: number;
  bodiesBytes: number;
  memo: { bytes: number; entries: number; evictions: number } | null;
  pool: {
    calls: number;
    instances: number;
    memories: number;
    warmMemories: number;
    keptBytes: number;
  } | null;
  memory: { resident: number; anonymous: number };
  connections: { hooks: Connections; admin: Connections; most: number };
  recording: boolean;
  watchers: number;
}

export interface State {
  /** Milliseconds since 1970. */
  at: number;
  /** Seconds since the last point of the history. */
  sampled: number;
  host: Host;
  plugins: Plugin[];
}

export interface Incident {
  number: number;
  at: number;
  /** How often the same happened to the same parent. */
  times: number;
  plugin: string;
  hook: string;
  path: string | null;
  parent: string | null;
  outcome: string;
  status: number | null;
  trace: string | null;
  ran: boolean;
  heldBack: number;
  sentence: string;
  replay: string | null;
}

export interface Incidents {
  /** As in Host. */
  process: string;
  missed: number;
  incidents: Incident[];
}
