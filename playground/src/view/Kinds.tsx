import { type ChildKind, kindKey } from "../backend/backend";
import { defaultKinds, groupOf } from "../model/kinds";

interface Props {
  kinds: ChildKind[];
  chosen: string[];
  change(kinds: string[]): void;
}

/** Which kinds the cluster has: those that the controller would declare. */
export function Kinds({ kinds, chosen, change }: Props) {
  const toggle = (key: string, on: boolean) =>
    change(kinds.map(kindKey).filter((other) => (other === key ? on : chosen.includes(other))));
  return (
    <div class="kinds">
      <div class="bar">
        <p class="soft">The kinds that the cluster has and the controller declares.</p>
        <button type="button" onClick={() => change(kinds.map(kindKey))}>
          All
        </button>
        <button type="button" onClick={() => change(defaultKinds(kinds))}>
          Default
        </button>
      </div>
      {byGroup(kinds).map(([group, members]) => (
        <fieldset key={group}>
          <legend>{group}</legend>
          {members.map((kind) => (
            <label key={kindKey(kind)}>
              <input
                type="checkbox"
                checked={chosen.includes(kindKey(kind))}
                onChange={(event) => toggle(kindKey(kind), event.currentTarget.checked)}
              />
              {kind.kind} <span class="soft">{kind.apiVersion}</span>
              {kind.optional && <span class="tag">optional</span>}
            </label>
          ))}
        </fieldset>
      ))}
    </div>
  );
}

function byGroup(kinds: ChildKind[]): [string, ChildKind[]][] {
  const groups = new Map<string, ChildKind[]>();
  for (const kind of kinds) groups.set(groupOf(kind), [...(groups.get(groupOf(kind)) ?? []), kind]);
  return [...groups];
}
