import type { ComponentChildren } from "preact";
import { useReducer, useState } from "preact/hooks";
import { kindKey } from "../backend/backend";
import type { Store } from "../model/store";
import { Editor } from "../view/Editor";
import { stateAt } from "./moments";
import type { Player } from "./player";
import { append, type FieldName, type Filled, scriptSchema, STEPS, type StepKind, write } from "./script";

const EMPTY: Filled = {
  patch: "",
  object: "",
  yaml: "",
  duration: "10m",
  hook: "sync",
  times: 1,
  kind: "",
  force: false,
};

/** The steps of the time line: a form that adds one, and the script. */
export function StepsPane({ store, player }: { store: Store; player: Player }) {
  const schema = () => {
    const { description } = store.state;
    return scriptSchema(description?.schema, description?.hooks ?? []);
  };
  return (
    <div class="steps">
      <NewStep store={store} player={player} />
      <Editor store={store} name="steps" label="YAML of the steps" schema={schema} />
    </div>
  );
}

function NewStep({ store, player }: { store: Store; player: Player }) {
  const [kind, setKind] = useState<StepKind>("ready");
  const [filled, fill] = useReducer(
    (before: Filled, change: Partial<Filled>) => ({ ...before, ...change }),
    EMPTY,
  );
  const fields = STEPS.find(([name]) => name === kind)?.[2] ?? [];
  const add = (event: Event) => {
    event.preventDefault();
    store.replace("steps", append(store.texts.steps, write(kind, filled)));
    fill({ patch: "", yaml: "" });
  };
  return (
    <form class="new-step" onSubmit={add} aria-label="New step">
      <div class="bar">
        <select
          aria-label="What happens"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as StepKind)}
        >
          {STEPS.map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
        <button type="submit">Add step</button>
      </div>
      {fields.map((field) => (
        <Field key={field} field={field} filled={filled} fill={fill} store={store} player={player} />
      ))}
    </form>
  );
}

interface FieldProps {
  field: FieldName;
  filled: Filled;
  fill(change: Partial<Filled>): void;
  store: Store;
  player: Player;
}

const TITLES: Record<FieldName, string> = {
  patch: "Patch",
  object: "Object",
  yaml: "Object",
  duration: "Duration",
  hook: "Hook",
  times: "Times",
  kind: "Kind",
  force: "Also if set",
};

function Field({ field, filled, fill, store, player }: FieldProps) {
  const id = `step-${field}`;
  const labelled = (control: ComponentChildren) => (
    <div class="step-field">
      <label for={id}>{TITLES[field]}</label>
      {control}
    </div>
  );
  const plain = { id, required: true, autocomplete: "off", spellcheck: false } as const;
  const { description } = store.state;
  switch (field) {
    case "patch":
    case "yaml":
      return labelled(
        <textarea
          {...plain}
          rows={3}
          placeholder={
            field === "patch" ? "spec:\n  replicas: 3" : "apiVersion: v1\nkind: Secret\nmetadata: {name: key}"
          }
          value={filled[field]}
          onInput={(event) => fill({ [field]: event.currentTarget.value })}
        />,
      );
    case "object":
      return labelled(
        <>
          <input
            {...plain}
            list="step-objects"
            pattern="[^\/]+\/.+"
            title="Kind and name, such as Deployment/web"
            placeholder="Deployment/web"
            value={filled.object}
            onInput={(event) => fill({ object: event.currentTarget.value })}
          />
          <datalist id="step-objects">
            {objects(player).map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>,
      );
    case "kind":
      return labelled(
        <>
          <input
            {...plain}
            list="step-kinds"
            placeholder="Deployment"
            value={filled.kind}
            onInput={(event) => fill({ kind: event.currentTarget.value })}
          />
          <datalist id="step-kinds">
            {(description?.children ?? []).map((kind) => (
              <option key={kindKey(kind)} value={kind.kind} />
            ))}
          </datalist>
        </>,
      );
    case "duration":
      return labelled(
        <input
          {...plain}
          pattern="(\d+[smh])+"
          title="A duration, such as 10m or 1h30m"
          value={filled.duration}
          onInput={(event) => fill({ duration: event.currentTarget.value })}
        />,
      );
    case "hook":
      return labelled(
        <select id={id} value={filled.hook} onChange={(event) => fill({ hook: event.currentTarget.value })}>
          {(description?.hooks ?? []).map((hook) => (
            <option key={hook} value={hook}>
              {hook}
            </option>
          ))}
        </select>,
      );
    case "times":
      return labelled(
        <input
          {...plain}
          type="number"
          min={1}
          max={1000}
          value={filled.times}
          onInput={(event) => fill({ times: event.currentTarget.valueAsNumber || 1 })}
        />,
      );
    case "force":
      return labelled(
        <input
          id={id}
          type="checkbox"
          checked={filled.force}
          onChange={(event) => fill({ force: event.currentTarget.checked })}
        />,
      );
  }
}

/** The objects that exist at the end of the time line. */
function objects(player: Player): string[] {
  const { timeline, moments } = player.state;
  if (!timeline) return [];
  return stateAt(timeline, moments.at(-1))
    .slice(1)
    .map(({ object }) => `${object.kind}/${object.metadata.name}`);
}
