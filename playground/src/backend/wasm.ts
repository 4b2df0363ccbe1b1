import init, * as face from "metawasm-function";
import modulePath from "metawasm-function/module";
import { columns, schema } from "playground:crd";
import type { Answer, Backend, Call, Description, Outcome } from "./backend";

/** The Function plugin in this thread, through its JavaScript face. */
export class WasmBackend implements Backend {
  static async load(): Promise<WasmBackend> {
    await init({ module_or_path: new URL(modulePath, import.meta.url) });
    return new WasmBackend();
  }

  async describe(): Promise<Description> {
    return { ...(JSON.parse(face.describe()) as Description), schema, columns };
  }

  async run({ parent, observed, related, settings }: Call): Promise<Outcome> {
    const request = JSON.stringify({ parent, children: observed, related });
    try {
      const answer = JSON.parse(face.sync(request, JSON.stringify(settings))) as Answer;
      return { answer, warnings: [], log: [] };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { failure: { message }, warnings: [], log: [] };
    }
  }
}
