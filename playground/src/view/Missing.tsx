import { kindKey, spokenKind } from "../backend/backend";
import { missingKinds } from "../model/missing";
import type { State, Store } from "../model/store";

/** Offers the kinds that the answer asks for and the cluster lacks. */
export function Missing({ store, state }: { store: Store; state: State }) {
  const { view, description, kinds } = state;
  const missing = missingKinds(view?.answer.status?.conditions ?? [], description?.children ?? [], kinds);
  if (missing.length === 0) return null;
  const names = missing.map(spokenKind);
  return (
    <p class="missing">
      The cluster has no {names.join(" and no ")}.{" "}
      <button type="button" onClick={() => store.setKinds([...kinds, ...missing.map(kindKey)])}>
        Add {names.join(" and ")}
      </button>
    </p>
  );
}
