import type { ComponentChildren } from "preact";
import { useEffect, useReducer, useState } from "preact/hooks";
import type { State, Store } from "../model/store";
import { Call } from "./Call";
import { Changes } from "./Changes";
import { Conditions } from "./Conditions";
import { Documents } from "./Documents";
import { Drawing } from "./Drawing";
import { Empty } from "./Empty";
import { Header } from "./Header";
import { Input } from "./Input";
import { Missing } from "./Missing";
import { type Tab, Tabs } from "./Tabs";

/** What a page has in addition. */
export interface Extras {
  /** At the start of the tools in the header. */
  tools?(state: State): ComponentChildren;
  /** Tabs at the end of the input. */
  inputs?(state: State): Tab[];
  /** Tabs at the end of the answer. `go` selects a tab of the input. */
  outputs?(state: State, go: (tab: string) => void): Tab[];
  /** Beside the figures of the call. */
  callTools?(state: State): ComponentChildren;
  /** Between the log and the answer of the call. */
  call?(state: State): ComponentChildren;
}

interface Props {
  store: Store;
  /** Where the plugins run, as a sentence. */
  where: string;
  extras?: Extras;
}

export function App({ store, where, extras = {} }: Props) {
  const [, update] = useReducer((count: number, _: void) => count + 1, 0);
  useEffect(() => {
    const stop = store.subscribe(() => update());
    // Something may have happened between the first picture and this effect.
    update();
    return stop;
  }, [store]);
  const { state } = store;
  const [input, setInput] = useState("text");
  const { name, version, source } = state.description ?? {};
  return (
    <>
      <Header store={store} state={state} tools={extras.tools?.(state)} />
      <main>
        <Input
          store={store}
          state={state}
          more={extras.inputs?.(state) ?? []}
          selected={input}
          select={setInput}
        />
        <Output store={store} state={state} extras={extras} go={setInput} />
      </main>
      <footer>
        <p>
          {where} {name && `Plugin ${name} ${version}${source ? ` from ${source}` : ""}. `}
          <a href="./licenses.txt">Licences</a>
        </p>
      </footer>
    </>
  );
}

interface OutputProps {
  store: Store;
  state: State;
  extras: Extras;
  go(tab: string): void;
}

function Output({ store, state, extras, go }: OutputProps) {
  const [selected, select] = useState("drawing");
  const more = extras.outputs?.(state, go) ?? [];
  const own = answerTabs(store, state, extras, select, go);
  const { view, report } = state;
  const isStale = view !== null && (state.broken ?? state.fatal ?? state.lost) !== null;
  // Other tabs say themselves how old they are.
  const isOld = isStale && own.some(({ id }) => id === selected && id !== "call");
  const hasTabs = view !== null || report !== null || more.length > 0;
  return (
    <section class={`pane output ${isOld ? "stale" : ""}`} aria-label="Answer">
      {hasTabs && state.description ? (
        <Tabs label="Answer" tabs={[...own, ...more]} selected={selected} select={select} />
      ) : (
        <Nothing state={state} />
      )}
      {isOld && <p class="stale-note">This is the answer to the last valid input.</p>}
    </section>
  );
}

/** Says why there is no answer. */
function Nothing({ state: { fatal, lost, broken } }: { state: State }) {
  if (lost !== null) return <Empty title="No connection">{lost}</Empty>;
  if (fatal !== null) return <Empty title="The plugin cannot be used">{fatal}</Empty>;
  if (broken !== null) return <Empty title="No answer yet">{broken}</Empty>;
  return <Empty title="Loading the plugin">The first answer takes a moment.</Empty>;
}

function answerTabs(
  store: Store,
  state: State,
  extras: Extras,
  select: (tab: string) => void,
  go: (tab: string) => void,
): Tab[] {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [wanted, setWanted] = useState<string | null>(null);
  const { view, report } = state;
  const open = (id: string) => {
    setOpened(new Set(opened).add(id));
    setWanted(id);
    select("children");
  };
  const apply = () => {
    store.apply();
    go("observed");
  };
  const help = <Missing store={store} state={state} />;
  const { added = 0, removed = 0 } = view?.difference ?? {};
  const conditions = view?.answer.status?.conditions ?? [];
  const nothing = <Nothing state={state} />;
  return [
    {
      id: "drawing",
      name: "Drawing",
      body: () =>
        view ? <Drawing answer={view.answer} parent={view.parent} open={open} help={help} /> : nothing,
    },
    {
      id: "children",
      name: "Children",
      count: view ? String(view.children.length) : "",
      body: () =>
        view ? (
          <Documents
            documents={view.children}
            file={`${view.parent.name}-children.yaml`}
            opened={opened}
            open={setOpened}
            wanted={wanted}
            found={() => setWanted(null)}
          >
            <Empty title="No children">
              {state.hook === "customize"
                ? "The customize hook answers which related objects it needs. They are in the tab Call."
                : "The plugin wants no objects for this input. The conditions say why."}
            </Empty>
          </Documents>
        ) : (
          nothing
        ),
    },
    {
      id: "conditions",
      name: "Conditions",
      count: view ? String(conditions.length) : "",
      body: () => (view ? <Conditions view={view} help={help} /> : nothing),
    },
    {
      id: "changes",
      name: "Changes",
      count: added + removed > 0 ? `+${added} −${removed}` : "",
      body: () => (view ? <Changes difference={view.difference} rebase={() => store.rebase()} /> : nothing),
    },
    {
      id: "call",
      name: "Call",
      count: report?.failure ? "failed" : "",
      body: () =>
        report ? (
          <Call
            state={state}
            report={report}
            apply={apply}
            tools={extras.callTools?.(state)}
            more={extras.call?.(state)}
          />
        ) : (
          nothing
        ),
    },
  ];
}
