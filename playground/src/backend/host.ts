// Plugins that `metawasm playground` runs.

import {
  type ApiCatalogue,
  type ApiId,
  type ApiOutcome,
  type ApiPlugin,
  type ApiSync,
  type ApiTimeline,
  MAX_BODY,
  type NewCase,
  type SavedCase,
  type Simulated,
  type Simulation,
  type Sync,
} from "./api";
import {
  type Backend,
  type Call,
  type Catalogue,
  type Description,
  Lost,
  type Outcome,
  Unavailable,
} from "./backend";

const LOST = "The connection to metawasm playground is lost; start it again.";
/** Each start has another secret in its address. */
const RESTARTED =
  "metawasm playground was started again with another address; open the address that it printed.";
const POINTER = /^((?:\/[^/:\s]*)+): /;

export class HostBackend implements Backend {
  /** `base` is the address of the page. */
  constructor(private readonly base: string) {}

  async catalogue(): Promise<Catalogue> {
    const { plugins, cases } = (await this.#ask("plugins")) as ApiCatalogue;
    return { plugins: plugins.map(described), cases };
  }

  async run({ plugin, ...body }: Call, signal?: AbortSignal): Promise<Outcome> {
    const { answer, failure, parentMismatches, ...rest } = (await this.#ask(
      `plugins/${plugin}/call`,
      body,
      signal,
    )) as ApiOutcome;
    return {
      ...(answer ? { answer } : {}),
      ...(failure ? { failure: { ...failure, ...fieldOf(failure.message) } } : {}),
      warnings: parentMismatches.map((message) => {
        const path = pathOf(message);
        return path === undefined ? { message } : { message, path };
      }),
      ...rest,
    };
  }

  async simulate(plugin: string, simulation: Simulation, signal?: AbortSignal): Promise<Simulated> {
    const { steps, ...rest } = (await this.#ask(
      `plugins/${plugin}/simulate`,
      simulation,
      signal,
    )) as ApiTimeline;
    return { ...rest, steps: steps.map((run) => ({ ...run, syncs: run.syncs.map(whole) })) };
  }

  async save(plugin: string, saved: NewCase): Promise<SavedCase> {
    return (await this.#ask(`plugins/${plugin}/save`, saved)) as SavedCase;
  }

  async #ask(path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const init: RequestInit = { ...(signal ? { signal } : {}), cache: "no-store" };
    if (body !== undefined) {
      init.method = "POST";
      init.headers = { "content-type": "application/json" };
      init.body = sendable(body);
    }
    let response: Response;
    try {
      response = await fetch(new URL(`api/${path}`, this.base), init);
    } catch (error) {
      signal?.throwIfAborted();
      throw new Lost(LOST, { cause: error });
    }
    if (response.status === 403) throw new Lost(RESTARTED);
    const answer = await read(response, signal);
    if (response.ok) return answer;
    const { error } = (answer ?? {}) as { error?: unknown };
    // What is no answer of the API comes from something else on this port.
    if (typeof error !== "string") throw new Lost(LOST);
    throw new Unavailable(error);
  }
}

/** The body of a request. Throws `Unavailable` for one that the host would not read. */
function sendable(body: unknown): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  if (bytes.length > MAX_BODY) {
    const size = (bytes.length / 2 ** 20).toFixed(1);
    throw new Unavailable(
      `The request has ${size} MiB; metawasm playground reads at most ${MAX_BODY / 2 ** 20} MiB. Remove objects, or uses of YAML aliases.`,
    );
  }
  return bytes;
}

async function read(response: Response, signal?: AbortSignal): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    signal?.throwIfAborted();
    if (response.ok || !(error instanceof SyntaxError)) throw new Lost(LOST, { cause: error });
    return null;
  }
}

/** A sync with all its fields: the host leaves out what is empty. */
function whole(sync: Partial<ApiSync>): Sync {
  const { hook = null, failure = null, status = null, refused = [], log = [], objects = [] } = sync;
  return {
    hook,
    failure,
    status,
    log,
    objects,
    refused: refused.map(({ object, why }) => ({ object: nameOf(object), why })),
    writes: (sync.writes ?? []).map(({ verb, object, changes = [], overruled = [] }) => ({
      verb,
      object: nameOf(object),
      changes,
      overruled,
    })),
  };
}

function nameOf({ kind, name }: ApiId): string {
  return `${kind}/${name}`;
}

/** A field in a sentence such as `plugin site, sync of Site web/blog: spec.image: Required value`. */
const FIELD = /(?:^|: )((?:spec|metadata)(?:\.[\w-]+|\[[^\]]*\])*): /;

function fieldOf(sentence: string): { path?: string } {
  const path = FIELD.exec(sentence)?.[1];
  return path === undefined ? {} : { path };
}

/** The field of a sentence such as `/spec/imag: unknown field`, as a path. */
function pathOf(sentence: string): string | undefined {
  const pointer = POINTER.exec(sentence)?.[1];
  return pointer
    ?.split("/")
    .slice(1)
    .map((step) => `[${step.replaceAll("~1", "/").replaceAll("~0", "~")}]`)
    .join("");
}

function described(plugin: ApiPlugin): Description {
  const { settingsSchema, schema, columns, parents, text, observed, related, settings, ...same } = plugin;
  return {
    ...same,
    settings: settingsSchema,
    ...(schema ? { schema } : {}),
    ...(columns ? { columns } : {}),
    ...(parents ? { parents } : {}),
    start: { text, observed, related, settings },
  };
}
