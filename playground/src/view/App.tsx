import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { createEditor } from "../editor/editor";
import type { State, Store } from "../model/store";
import { Changes } from "./Changes";
import { Children } from "./Children";
import { Conditions } from "./Conditions";
import { Drawing } from "./Drawing";
import { Empty } from "./Empty";
import { Header } from "./Header";
import { Kinds } from "./Kinds";
import { Missing } from "./Missing";
import { Settings } from "./Settings";
import { type Tab, Tabs } from "./Tabs";

export function App({ store }: { store: Store }) {
  const [, update] = useReducer((count: number, _: void) => count + 1, 0);
  useEffect(() => {
    const stop = store.subscribe(() => update());
    // Something may have happened between the first picture and this effect.
    update();
    return stop;
  }, [store]);
  const { state } = store;
  return (
    <>
      <Header store={store} state={state} />
      <main>
        <Input store={store} state={state} />
        <Output store={store} state={state} />
      </main>
      <footer>
        <p>
          Everything runs in this page.{" "}
          {state.description && `Plugin ${state.description.name} ${state.description.version}. `}
          <a href="./licenses.txt">Licences</a>
        </p>
      </footer>
    </>
  );
}

function Input({ store, state }: { store: Store; state: State }) {
  const [selected, select] = useState("text");
  const { description } = state;
  const changed = Object.keys(state.settings).length;
  const tabs: Tab[] = [
    { id: "text", name: description?.parent.kind ?? "Function", body: () => <EditorPane store={store} /> },
    {
      id: "settings",
      name: "Settings",
      count: changed > 0 ? String(changed) : "",
      body: () =>
        description && (
          <Settings
            schema={description.settings}
            settings={state.settings}
            change={(settings) => store.setSettings(settings)}
          />
        ),
    },
    {
      id: "kinds",
      name: "Cluster",
      count: description ? `${state.kinds.length}/${description.children.length}` : "",
      body: () =>
        description && (
          <Kinds
            kinds={description.children}
            chosen={state.kinds}
            change={(kinds) => store.setKinds(kinds)}
          />
        ),
    },
  ];
  return (
    <section class="pane input" aria-label="Input">
      <Tabs label="Input" tabs={tabs} selected={selected} select={select} keep={["text"]} />
      <Problem state={state} store={store} />
    </section>
  );
}

function EditorPane({ store }: { store: Store }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!frame.current) return;
    const editor = createEditor(frame.current, {
      schema: () => store.state.description?.schema,
      edited: (text) => store.edit(text),
      refused: (message) => store.notify(message),
    });
    store.connect(editor);
    return () => editor.view.destroy();
  }, [store]);
  return <div class="editor" ref={frame} />;
}

/** One line below the editor. It is always there, so that nothing moves when it has something to say. */
function Problem({ state, store }: { state: State; store: Store }) {
  const [mark] = store.marks;
  const errors = store.marks.filter(({ severity }) => severity === "error").length;
  const place = state.broken && mark ? `Line ${mark.line}, column ${mark.column}: ` : "";
  const bad = state.fatal ?? state.notice ?? (state.broken && place + state.broken);
  const quiet =
    store.marks.length === 0
      ? "No problems"
      : `${count(errors, "error")}${errors > 0 && errors < store.marks.length ? ", " : ""}${count(store.marks.length - errors, "warning")}, marked in the text; F8 in the editor goes to the next`;
  return (
    <p class={`problem ${bad ? "bad" : errors > 0 ? "bad" : ""}`} role="status">
      {bad ?? (state.view ? quiet : "Loading the plugin …")}
    </p>
  );
}

function count(number: number, what: string): string {
  if (number === 0) return "";
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function Output({ store, state }: { store: Store; state: State }) {
  const [selected, select] = useState("drawing");
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [wanted, setWanted] = useState<string | null>(null);
  const { view } = state;
  const open = (id: string) => {
    setOpened(new Set(opened).add(id));
    setWanted(id);
    select("children");
  };
  const help = <Missing store={store} state={state} />;
  const { added = 0, removed = 0 } = view?.difference ?? {};
  const conditions = view?.answer.status?.conditions ?? [];
  const tabs: Tab[] = [
    { id: "drawing", name: "Drawing", body: () => view && <Drawing view={view} open={open} help={help} /> },
    {
      id: "children",
      name: "Children",
      count: view ? String(view.children.length) : "",
      body: () =>
        view && (
          <Children
            view={view}
            opened={opened}
            open={setOpened}
            wanted={wanted}
            found={() => setWanted(null)}
          />
        ),
    },
    {
      id: "conditions",
      name: "Conditions",
      count: view ? String(conditions.length) : "",
      body: () => view && <Conditions view={view} help={help} />,
    },
    {
      id: "changes",
      name: "Changes",
      count: added + removed > 0 ? `+${added} −${removed}` : "",
      body: () => view && <Changes view={view} rebase={() => store.rebase()} />,
    },
  ];
  const stale = view !== null && (state.broken !== null || state.fatal !== null);
  return (
    <section class={`pane output ${stale ? "stale" : ""}`} aria-label="Answer">
      {view ? (
        <Tabs label="Answer" tabs={tabs} selected={selected} select={select} />
      ) : state.fatal ? (
        <Empty title="The plugin cannot be used">{state.fatal}</Empty>
      ) : state.broken ? (
        <Empty title="No answer yet">{state.broken}</Empty>
      ) : (
        <Empty title="Loading the plugin">The first answer takes a moment.</Empty>
      )}
      {stale && <p class="stale-note">This is the answer to the last valid text.</p>}
    </section>
  );
}
