import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { writeAddress } from "../model/address";
import type { Example } from "../model/examples";
import { get, set } from "../model/settings";
import type { State, Store } from "../model/store";
import { copy } from "./clipboard";
import { nextTheme, type Theme, themeNow } from "./theme";

/** The setting that says which release of an add-on the cluster has. It is important enough for the header. */
const PROFILE = "httpAddon";

interface Props {
  store: Store;
  state: State;
  /** Tools of this page only. */
  tools: ComponentChildren;
}

export function Header({ store, state, tools }: Props) {
  return (
    <header>
      <h1>
        metawasm <span class="soft">playground</span>
      </h1>
      <div class="tools">
        {tools}
        {store.examples.length > 0 && <ExamplePicker store={store} state={state} />}
        <ProfilePicker store={store} state={state} />
        <ShareButton store={store} />
        <ThemeButton />
      </div>
    </header>
  );
}

function ExamplePicker({ store, state }: { store: Store; state: State }) {
  return (
    <label class="tool">
      <span>Example</span>
      <select
        id="example"
        value={state.example ?? ""}
        onChange={(event) => store.pick(event.currentTarget.value)}
      >
        {state.example === null && <option value="">edited</option>}
        {byGroup(store.examples).map(([group, examples]) => (
          <optgroup key={group} label={group}>
            {examples.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function ProfilePicker({ store, state }: { store: Store; state: State }) {
  const schema = state.description?.settings?.properties?.[PROFILE];
  if (!schema?.enum) return null;
  const value = String(get(state.settings, [PROFILE]) ?? schema.default ?? "");
  const change = (next: string) =>
    store.setSettings(set(state.settings, [PROFILE], next === schema.default ? undefined : next));
  return (
    <label class="tool" title={schema.description}>
      <span>HTTP add-on</span>
      <select id="profile" value={value} onChange={(event) => change(event.currentTarget.value)}>
        {schema.enum.map(String).map((word) => (
          <option key={word} value={word}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

function ShareButton({ store }: { store: Store }) {
  const [said, setSaid] = useState<string | null>(null);
  const press = async () => {
    const written = await writeAddress(store);
    const copied = written && (await copy(location.href));
    setSaid(copied ? "Link copied" : written ? "See the address bar" : "Too long to share");
    setTimeout(() => setSaid(null), 2_500);
  };
  return (
    <button type="button" id="share" onClick={press}>
      <span aria-live="polite">{said ?? "Share"}</span>
    </button>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(themeNow);
  return (
    <button
      type="button"
      id="theme"
      aria-label={`Colours: ${theme}. Change`}
      title="Colours: as the system, light, or dark"
      onClick={() => setTheme(nextTheme())}
    >
      {{ system: "◐", light: "☀", dark: "☾" }[theme]}
    </button>
  );
}

function byGroup(examples: Example[]): [string, Example[]][] {
  const groups = new Map<string, Example[]>();
  for (const example of examples) groups.set(example.group, [...(groups.get(example.group) ?? []), example]);
  return [...groups];
}
