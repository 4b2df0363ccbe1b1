// Steps of a simulation, as `metawasm simulate --script` reads them.

import type { Schema } from "../backend/backend";

/** What a step can be. */
export type StepKind =
  | "ready"
  | "edit"
  | "editObject"
  | "deleteObject"
  | "add"
  | "wait"
  | "fail"
  | "default"
  | "restart"
  | "delete";

/** What the form asks for. */
export type FieldName = "patch" | "object" | "yaml" | "duration" | "hook" | "times" | "kind" | "force";

/** The kinds of steps, in words, with what they need. */
export const STEPS: [kind: StepKind, title: string, fields: FieldName[]][] = [
  ["ready", "Workloads become ready", []],
  ["edit", "Edit the parent", ["patch"]],
  ["editObject", "Edit an object", ["object", "patch"]],
  ["deleteObject", "Delete an object", ["object"]],
  ["add", "Add or replace an object", ["yaml"]],
  ["wait", "Wait", ["duration"]],
  ["fail", "Let a hook fail", ["hook", "times"]],
  ["default", "Set fields like a webhook", ["kind", "patch", "force"]],
  ["restart", "Restart Metacontroller", []],
  ["delete", "Delete the parent", []],
];

/** The values of the form. */
export interface Filled {
  /** A mapping, as YAML. */
  patch: string;
  /** `Deployment/web`. */
  object: string;
  /** An object, as YAML. */
  yaml: string;
  duration: string;
  hook: string;
  times: number;
  kind: string;
  force: boolean;
}

/** Writes a step as an item of a list. */
export function write(kind: StepKind, filled: Filled): string {
  const [of = "", name = ""] = filled.object.split(/\/(.*)/);
  const object = `kind: ${scalar(of)}\n    name: ${scalar(name)}`;
  switch (kind) {
    case "ready":
    case "restart":
    case "delete":
      return `- ${kind}: true\n`;
    case "edit":
      return `- edit:${below(filled.patch, 4)}\n`;
    case "add":
      return `- add:${below(filled.yaml, 4)}\n`;
    case "editObject":
      return `- editObject:\n    ${object}\n    patch:${below(filled.patch, 6)}\n`;
    case "deleteObject":
      return `- deleteObject:\n    ${object}\n`;
    case "wait":
      return `- wait: ${scalar(filled.duration)}\n`;
    case "fail":
      return `- fail: {hook: ${scalar(filled.hook)}, times: ${filled.times}}\n`;
    case "default":
      return `- default:\n    kind: ${scalar(filled.kind)}\n    set:${below(filled.patch, 6)}${filled.force ? "\n    force: true" : ""}\n`;
  }
}

/** Puts a step at the end of a script, below the items that it has. */
export function append(script: string, step: string): string {
  const start = script.trim() === "" || script.endsWith("\n") ? script : `${script}\n`;
  const list = start.replace(/^steps: *\[\] *$/m, "steps:");
  const text = /^steps:/m.test(list) ? list : `${list}steps:\n`;
  // The first item says how far all are indented.
  const indent = /^steps:[^\n]*\n(?: *(?:#[^\n]*)?\n)*( *)- /m.exec(text)?.[1] ?? "";
  return text + step.replace(/^(?=.)/gm, indent);
}

/** A flow mapping stays on the line; lines of a block are indented below it. */
function below(text: string, indent: number): string {
  const trimmed = text.replace(/^\s*\n/, "").trimEnd();
  if (trimmed.trim() === "") return " {}";
  if (!trimmed.includes("\n") && /^\s*\{/.test(trimmed)) return ` ${trimmed.trim()}`;
  const lines = trimmed.split("\n");
  const own = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  return lines.map((line) => `\n${" ".repeat(indent)}${line.slice(own)}`).join("");
}

/** A word that YAML would read as something else needs quotes. */
function scalar(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

const text: Schema = { type: "string" };
const flag = (description: string): Schema => ({ type: "boolean", enum: [true], description });
const mapping = (description: string): Schema => ({ type: "object", description, properties: {} });

/** The schema of a script, for completion and help. The parent's schema completes its edits. */
export function scriptSchema(parent: Schema | undefined, hooks: string[]): Schema {
  const patch = mapping("JSON merge patch: null removes a field");
  return {
    type: "object",
    properties: {
      steps: {
        type: "array",
        description: "What happens, one after the other. The creation of the parent comes first by itself.",
        items: {
          type: "object",
          properties: {
            ready: flag(
              "Deployments, StatefulSets, DaemonSets, Jobs and PersistentVolumeClaims report that they are ready",
            ),
            edit: {
              ...(parent ?? mapping("")),
              description: "A person edits the parent: a JSON merge patch",
            },
            editObject: {
              type: "object",
              description: "Somebody edits another object, also its status",
              properties: { kind: text, name: text, patch },
            },
            deleteObject: {
              type: "object",
              description: "Somebody deletes another object",
              properties: { kind: text, name: text },
            },
            add: mapping("Somebody creates or replaces an object"),
            wait: { type: "string", description: "Time passes, such as 10m or 1h30m" },
            fail: {
              type: "object",
              description: "The next calls of a hook fail",
              properties: { hook: { type: "string", enum: hooks }, times: { type: "integer", minimum: 1 } },
            },
            default: {
              type: "object",
              description: "The API server or a webhook sets fields from now on",
              properties: {
                kind: text,
                apiVersion: text,
                set: mapping("The fields"),
                force: { type: "boolean", description: "Also where the fields are set already" },
              },
            },
            restart: flag("Metacontroller restarts"),
            delete: flag("A person deletes the parent"),
            name: { type: "string", description: "The title of the step" },
            deletes: {
              type: "array",
              description: "Deletions that are expected: KIND or KIND/NAME",
              items: text,
            },
          },
        },
      },
    },
  };
}
