// The page of `metawasm playground`: the host runs the plugins.

import { HostBackend } from "../backend/host";
import { AROUND_CALL, noAnswer } from "../model/limits";
import { Store } from "../model/store";
import { startPage, startWorker } from "../page";
import { App, type Extras } from "../view/App";
import { Pickers } from "./Pickers";
import { Player } from "./player";
import { Save } from "./Save";
import { StepsPane } from "./Steps";
import { TimelinePane } from "./TimelinePane";

startPage(() => {
  const host = new HostBackend(location.href);
  const deadline = ({ plugin }: { plugin: string }) => {
    const found = store.state.catalogue?.plugins.find(({ id }) => id === plugin);
    return (found?.deadlineSeconds ?? 0) * 1_000 + AROUND_CALL;
  };
  const store: Store = new Store(startWorker, [], { deadline, cancels: true, expired: noAnswer });
  const player = new Player(store, startWorker);
  const extras: Extras = {
    tools: (state) => <Pickers store={store} state={state} />,
    inputs: () => [
      { id: "steps", name: "Steps", stays: true, body: () => <StepsPane store={store} player={player} /> },
    ],
    outputs: (_, go) => [
      {
        id: "timeline",
        name: "Time line",
        body: () => <TimelinePane store={store} player={player} go={go} />,
      },
    ],
    callTools: () => (
      <button
        type="button"
        title="Calls the plugin again, also a new version of its file"
        onClick={() => store.again()}
      >
        Call again
      </button>
    ),
    call: (state) => <Save store={store} state={state} host={host} />,
  };
  return {
    store,
    page: <App store={store} where="The plugins run in metawasm on this computer." extras={extras} />,
  };
});
