// What both pages do when they are opened.

import { type ComponentChild, render } from "preact";
import { keepInAddress } from "./model/address";
import type { Store } from "./model/store";
import { restoreTheme } from "./view/theme";

declare global {
  interface Window {
    /** Set by `start.js`, which has said why. */
    playgroundCannotRun?: boolean;
    /** The first worker, started by `start.js`. */
    playgroundWorker?: Worker;
  }
}

/** Returns the worker that runs already, and new ones after it was taken. */
export function startWorker(): Worker {
  const { playgroundWorker } = window;
  delete window.playgroundWorker;
  return playgroundWorker ?? new Worker(new URL(WORKER, import.meta.url), { type: "module" });
}

/** Shows a page. */
export function startPage(make: () => { store: Store; page: ComponentChild }): void {
  const root = document.getElementById("app");
  if (!root || window.playgroundCannotRun) return;
  restoreTheme();
  const { store, page } = make();
  root.textContent = "";
  render(page, root);
  void store.open(location.hash);
  keepInAddress(store);
  addEventListener("hashchange", () => void store.open(location.hash));
}
