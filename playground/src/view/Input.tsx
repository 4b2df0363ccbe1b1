import type { Description } from "../backend/backend";
import { usesForm } from "../model/draft";
import { placeOf } from "../model/place";
import type { State, Store } from "../model/store";
import { Editor } from "./Editor";
import { Kinds } from "./Kinds";
import { Settings } from "./Settings";
import { type Tab, Tabs } from "./Tabs";

interface Props {
  store: Store;
  state: State;
  more: Tab[];
  selected: string;
  select(tab: string): void;
}

/** What a person types and chooses. */
export function Input({ store, state, more, selected, select }: Props) {
  const { description, view } = state;
  const kind = description?.parent.kind ?? "Parent";
  const schema = () => store.state.description?.schema;
  const tabs: Tab[] = [
    {
      id: "text",
      name: kind,
      stays: true,
      body: () => <Editor store={store} name="text" label="YAML of the parent object" schema={schema} />,
    },
    {
      id: "observed",
      name: "Observed",
      count: number(view?.counts.observed),
      stays: true,
      body: () => <Editor store={store} name="observed" label="YAML of the observed children" />,
    },
    {
      id: "related",
      name: "Related",
      count: number(view?.counts.related),
      stays: true,
      body: () => <Editor store={store} name="related" label="YAML of the related objects" />,
    },
    ...(description ? [settingsTab(store, state, description), kindsTab(store, state, description)] : []),
    ...more,
  ];
  return (
    <section class="pane input" aria-label="Input">
      <Tabs label="Input" tabs={tabs} selected={selected} select={select} />
      <Problem state={state} store={store} />
    </section>
  );
}

function number(count: number | undefined): string {
  return count ? String(count) : "";
}

function settingsTab(store: Store, state: State, description: Description): Tab {
  const { settings } = description;
  if (settings === null || !usesForm(description)) {
    const schema = () => store.state.description?.settings ?? undefined;
    return {
      id: "settings",
      name: "Settings",
      stays: true,
      body: () => <Editor store={store} name="settings" label="YAML of the settings" schema={schema} />,
    };
  }
  return {
    id: "settings",
    name: "Settings",
    count: number(Object.keys(state.settings).length),
    body: () => (
      <Settings
        schema={settings}
        settings={state.settings}
        change={(changed) => store.setSettings(changed)}
      />
    ),
  };
}

function kindsTab(store: Store, { kinds }: State, { children }: Description): Tab {
  return {
    id: "kinds",
    name: "Cluster",
    count: `${kinds.length}/${children.length}`,
    body: () => <Kinds kinds={children} chosen={kinds} change={(chosen) => store.setKinds(chosen)} />,
  };
}

/** One line below the editor. It is always there, so that nothing moves when it has something to say. */
function Problem({ state, store }: { state: State; store: Store }) {
  const { marks } = store;
  const errors = marks.filter(({ severity }) => severity === "error").length;
  const broken = state.broken && placeOf(marks[0]) + state.broken;
  const bad = state.lost ?? state.fatal ?? state.notice ?? broken;
  const quiet =
    marks.length === 0
      ? "No problems"
      : `${count(errors, "error")}${errors > 0 && errors < marks.length ? ", " : ""}${count(marks.length - errors, "warning")}, marked in the text; F8 in the editor goes to the next`;
  return (
    // A long sentence scrolls, also with the keyboard.
    <p class={`problem ${bad || errors > 0 ? "bad" : ""}`} role="status" tabIndex={bad ? 0 : -1}>
      {bad ?? (state.view ? quiet : "Loading the plugin …")}
    </p>
  );
}

function count(number: number, what: string): string {
  if (number === 0) return "";
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
