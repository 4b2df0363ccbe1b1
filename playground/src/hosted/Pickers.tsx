import type { State, Store } from "../model/store";

/** Which plugin, and which of its hooks. A choice of one is none. */
export function Pickers({ store, state }: { store: Store; state: State }) {
  const { catalogue, description, hook } = state;
  if (!catalogue || !description) return null;
  const { plugins } = catalogue;
  return (
    <>
      {plugins.length > 1 && (
        <label class="tool">
          <span>Plugin</span>
          <select
            id="plugin"
            value={description.id}
            onChange={(event) => store.choosePlugin(event.currentTarget.value)}
          >
            {plugins.map(({ id, version }) => (
              <option key={id} value={id}>
                {id} {version}
              </option>
            ))}
          </select>
        </label>
      )}
      {description.hooks.length > 1 && (
        <label class="tool">
          <span>Hook</span>
          <select id="hook" value={hook} onChange={(event) => store.chooseHook(event.currentTarget.value)}>
            {description.hooks.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
