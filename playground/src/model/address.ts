// Keeps the state in the fragment of the address, so that a reload or a copied address has it.

import type { Store } from "./store";

/** How long nothing changes before the address does, in milliseconds. Browsers limit how often it may change. */
const QUIET = 400;

/** Puts the state into the address. Returns whether the browser took it: some limit the length, or the number of changes. */
export async function writeAddress(store: Store): Promise<boolean> {
  try {
    history.replaceState(null, "", await store.fragment());
    return true;
  } catch {
    return false;
  }
}

/** Follows the store. The state that is opened first needs no fragment. */
export function keepInAddress(store: Store): void {
  let last: unknown[] | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  store.subscribe(() => {
    if (!store.state.description || store.text === "") return;
    const { description, hook, settings, kinds } = store.state;
    const now = [store.texts, description, hook, settings, kinds];
    const same = last?.every((value, index) => value === now[index]);
    const first = last === null;
    last = now;
    if (same || first) return;
    clearTimeout(timer);
    timer = setTimeout(() => void writeAddress(store), QUIET);
  });
}
