// Modules that the build makes (scripts/build.mjs).

/** The JavaScript face of the Function plugin, made by `cargo xtask web`. */
declare module "metawasm-function" {
  export default function init(options: { module_or_path: URL }): Promise<unknown>;
  export function sync(request: string, settings: string): string;
  export function describe(): string;
}

/** The address of the face's WebAssembly module, relative to the worker. */
declare module "metawasm-function/module" {
  const path: string;
  export default path;
}

/** The schema and the columns of metacontroller/crd/function.yaml. */
declare module "playground:crd" {
  import type { Column, Schema } from "./backend";
  export const schema: Schema;
  export const columns: Column[];
}

/** The Functions in examples/, the seed's first. */
declare module "playground:examples" {
  import type { Example } from "../model/examples";
  export const examples: Example[];
}

/** The address of the worker, relative to the page. */
declare const WORKER: string;
