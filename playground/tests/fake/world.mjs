// Metacontroller and an API server, as much as the tests of the page need.

import { isDeepStrictEqual } from "node:util";
import { sync } from "./plugin.mjs";

/** Applies a JSON merge patch. */
function merge(target, patch) {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = { ...(typeof target === "object" && target !== null ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function changes(before, after, path = "") {
  if (isDeepStrictEqual(before, after)) return [];
  const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(before) || !isMap(after))
    return [
      {
        path,
        ...(before === undefined ? {} : { old: before }),
        ...(after === undefined ? {} : { new: after }),
      },
    ];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    changes(before[key], after[key], path === "" ? key : `${path}.${key}`),
  );
}

const named = (object) => `${object.kind}/${object.metadata.name}`;

const idOf = ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, name: metadata.name });

const DOES = {
  ready: (world) => {
    for (const [key, object] of world.objects) {
      if (object.kind !== "Deployment") continue;
      const { replicas } = object.spec;
      world.objects.set(key, { ...object, status: { replicas, readyReplicas: replicas } });
    }
  },
  edit: (world, patch) => (world.parent = merge(world.parent, patch)),
  editObject: (world, { kind, name, patch }) =>
    world.objects.set(`${kind}/${name}`, merge(world.objects.get(`${kind}/${name}`), patch)),
  deleteObject: (world, { kind, name }) => world.objects.delete(`${kind}/${name}`),
  add: (world, object) => world.objects.set(named(object), object),
  delete: (world) => {
    world.parent = null;
    world.objects.clear();
  },
  fail: (world, { times }) => (world.failures = times),
  wait: () => {},
  restart: () => {},
  default: () => {},
};

/** Runs a simulation. Throws a sentence about a step that is invalid. */
export function simulate({ parent, related, settings, steps }) {
  const world = { parent, objects: new Map(related.map((object) => [named(object), object])), failures: 0 };
  const seen = [];
  const index = (object) => {
    const at = seen.findIndex((known) => isDeepStrictEqual(known, object));
    return at >= 0 ? at : seen.push(object) - 1;
  };
  const runs = [{ name: "create", event: null }, ...steps.map((step, at) => named_(step, at))].map(
    ({ name, event }) => {
      event?.(world);
      const syncs = [];
      do syncs.push(once(world, settings, index));
      while (syncs.length < 6 && (syncs.at(-1).writes.length > 0 || syncs.at(-1).failure !== null));
      const settled = syncs.at(-1).writes.length === 0 && syncs.at(-1).failure === null;
      return { name, settled, writes: syncs.reduce((sum, { writes }) => sum + writes.length, 0), syncs };
    },
  );
  const faults = runs
    .filter(({ settled }) => !settled)
    .map(({ name, syncs }) => ({
      kind: syncs.at(-1).failure ? "fails" : "loops",
      sentence: syncs.at(-1).failure ?? "each sync writes something new",
      step: name,
    }));
  return { steps: runs, objects: seen, faults };
}

function named_(step, at) {
  const kinds = Object.keys(step ?? {}).filter((key) => key in DOES);
  if (kinds.length !== 1) throw new Error(`steps[${at}]: expected one of ${Object.keys(DOES).join(", ")}`);
  const [kind] = kinds;
  return { name: step.name ?? kind, event: (world) => DOES[kind](world, step[kind]) };
}

function once(world, settings, index) {
  const result = { hook: null, writes: [], refused: [], failure: null, status: null, log: [], objects: [] };
  if (world.parent) {
    result.hook = "sync";
    try {
      if (world.failures-- > 0) throw { message: "the sync hook does not answer, as the step says" };
      const { answer, log } = sync(world.parent, [...world.objects.values()], settings);
      Object.assign(result, { log, status: answer.status });
      write(world, answer, result);
    } catch (failure) {
      result.failure = failure.message;
    }
  }
  const all = [...(world.parent ? [world.parent] : []), ...world.objects.values()];
  result.objects = all.map(index);
  return result;
}

function write(world, answer, { writes }) {
  const { name, namespace = "default" } = world.parent.metadata;
  const owner = {
    apiVersion: world.parent.apiVersion,
    kind: world.parent.kind,
    name,
    uid: "0",
    controller: true,
  };
  for (const child of answer.children) {
    const before = world.objects.get(named(child));
    const after = {
      ...before,
      ...child,
      metadata: { ...child.metadata, namespace, ownerReferences: [owner] },
    };
    if (isDeepStrictEqual(before, after)) continue;
    world.objects.set(named(child), after);
    writes.push({
      verb: before ? "update" : "create",
      object: idOf(child),
      changes: before ? changes(before, after) : [],
    });
  }
  const wanted = new Set(answer.children.map(named));
  for (const [key, object] of world.objects) {
    if (wanted.has(key) || !object.metadata.ownerReferences) continue;
    world.objects.delete(key);
    writes.push({ verb: "delete", object: idOf(object), changes: [] });
  }
  if (!isDeepStrictEqual(world.parent.status, answer.status)) {
    writes.push({
      verb: "status",
      object: idOf(world.parent),
      changes: changes(world.parent.status ?? {}, answer.status),
    });
    world.parent = { ...world.parent, status: answer.status };
  }
}
