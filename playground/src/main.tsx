import { examples } from "playground:examples";
import { render } from "preact";
import { keepInAddress } from "./model/address";
import { Store } from "./model/store";
import { App } from "./view/App";
import { restoreTheme } from "./view/theme";

declare global {
  interface Window {
    /** Set by `start.js`, which has said why. */
    playgroundCannotRun?: boolean;
    /** The first worker, started by `start.js`. */
    playgroundWorker?: Worker;
  }
}

/** Returns the worker that runs already, and new ones after it was ended. */
function startWorker(): Worker {
  const { playgroundWorker } = window;
  delete window.playgroundWorker;
  return playgroundWorker ?? new Worker(new URL(WORKER, import.meta.url), { type: "module" });
}

/** Shows the page. */
function main(): void {
  const root = document.getElementById("app");
  if (!root || window.playgroundCannotRun) return;
  restoreTheme();
  const store = new Store(startWorker, examples);
  root.textContent = "";
  render(<App store={store} />, root);
  void store.open(location.hash);
  keepInAddress(store);
  addEventListener("hashchange", () => void store.open(location.hash));
}

main();
