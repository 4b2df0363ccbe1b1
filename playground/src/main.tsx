// The static page: the Function plugin runs in the page itself.

import { examples } from "playground:examples";
import { DEADLINE, FIRST_DEADLINE } from "./model/limits";
import { Store } from "./model/store";
import { startPage, startWorker } from "./page";
import { App } from "./view/App";

startPage(() => {
  const deadline = (_: unknown, isFirst: boolean) => (isFirst ? FIRST_DEADLINE : DEADLINE);
  const store = new Store(startWorker, examples, { deadline, cancels: false });
  return { store, page: <App store={store} where="Everything runs in this page." /> };
});
