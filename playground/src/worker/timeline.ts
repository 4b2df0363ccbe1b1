// A simulation: read the texts, run the steps, prepare what the page shows.

import type { Simulation } from "../backend/api";
import { type Description, type KubernetesObject, Unavailable } from "../backend/backend";
import type { HostBackend } from "../backend/host";
import { read, refused } from "./answer";
import { documentOf } from "./documents";
import type { Simulate, Stored, TimelineReply } from "./hosted-protocol";
import { parseMapping } from "./parse";
import { type Read, Unreadable } from "./read";

/** A sentence of the host about a step. */
const STEP = /\bsteps\[\d+\]/;

/** Runs the steps of a question. Throws only what is a bug, and what ends an aborted call. */
export async function timeline(
  backend: HostBackend,
  description: Description,
  question: Simulate,
  signal?: AbortSignal,
): Promise<TimelineReply> {
  try {
    // Nothing is observed but what the time line makes.
    const texts = { ...question.texts, observed: "" };
    const { parent, related, settings } = read({ ...question, texts }, description).parts;
    const { steps, mark } = readSteps(question.texts.steps);
    const simulation = { parent, related, settings, kinds: question.kinds, steps };
    const answer = await simulate(backend, question.plugin, simulation, mark, signal);
    const objects = answer.objects.map((object) => stored(object, parent));
    const { digest, steps: runs, faults } = answer;
    return { type: "timeline", timeline: { steps: runs, objects, faults }, digest };
  } catch (error) {
    return refused(error);
  }
}

async function simulate(
  backend: HostBackend,
  plugin: string,
  simulation: Simulation,
  mark: Read["mark"],
  signal?: AbortSignal,
) {
  try {
    return await backend.simulate(plugin, simulation, signal);
  } catch (error) {
    const path = error instanceof Unavailable ? STEP.exec(error.message)?.[0] : undefined;
    if (path === undefined) throw error;
    const { message } = error as Unavailable;
    throw new Unreadable(message, [mark("error", path, message)]);
  }
}

/** Reads a script of `metawasm simulate`. */
function readSteps(text: string): { steps: unknown[]; mark: Read["mark"] } {
  const { value, mark } = parseMapping(text, "steps");
  const refuse = (path: string, message: string): never => {
    throw new Unreadable(message, [mark("error", path, message)]);
  };
  const [unknown] = Object.keys(value).filter((key) => key !== "steps");
  if (unknown !== undefined) refuse(unknown, `unknown field \`${unknown}\`; expected steps`);
  const { steps = [] } = value;
  if (steps === null) return { steps: [], mark };
  return Array.isArray(steps) ? { steps, mark } : refuse("steps", "steps: expected a list");
}

function stored(object: KubernetesObject, parent: KubernetesObject): Stored {
  const { ownerReferences = [] } = object.metadata as {
    ownerReferences?: Partial<Record<string, unknown>>[];
  };
  const isChild = ownerReferences.some(
    ({ kind, name, controller }) =>
      kind === parent.kind && name === parent.metadata.name && controller === true,
  );
  const { namespace = "default" } = parent.metadata;
  return {
    object,
    document: documentOf(object, namespace),
    plain: documentOf(withoutNotes(object), namespace),
    isChild,
  };
}

/** What Metacontroller stores of its last answer: all of the object again, on one line. */
const LAST_APPLIED = "metacontroller.k8s.io/last-applied-configuration";

function withoutNotes(object: KubernetesObject): KubernetesObject {
  const { annotations, resourceVersion: _, managedFields: __, ...metadata } = object.metadata as Metadata;
  const { [LAST_APPLIED]: ___, ...others } = annotations ?? {};
  const kept = Object.keys(others).length > 0 ? { annotations: others } : {};
  return { ...object, metadata: { ...metadata, ...kept } };
}

type Metadata = KubernetesObject["metadata"] & { resourceVersion?: string; managedFields?: unknown };
