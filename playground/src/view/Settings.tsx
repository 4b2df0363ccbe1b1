import type { Schema } from "../backend/backend";
import { type Field, fields, get, type Settings as Values, set } from "../model/settings";
import { Empty } from "./Empty";

interface Props {
  schema: Schema;
  settings: Values;
  change(settings: Values): void;
}

/** A form for the plugin's settings, from their schema. */
export function Settings({ schema, settings, change }: Props) {
  const all = fields(schema);
  if (all.length === 0) return <Empty title="No settings">This plugin has no settings.</Empty>;
  return (
    <form class="settings" onSubmit={(event) => event.preventDefault()}>
      <div class="bar">
        <p class="soft">One set for all objects of an installation.</p>
        <button type="button" disabled={Object.keys(settings).length === 0} onClick={() => change({})}>
          Reset all
        </button>
      </div>
      {all.map((field) => (
        <Setting
          key={field.path.join(".")}
          field={field}
          value={get(settings, field.path)}
          change={(value) => change(set(settings, field.path, value))}
        />
      ))}
    </form>
  );
}

function Setting({
  field: { path, schema },
  value,
  change,
}: {
  field: Field;
  value: unknown;
  change(value: unknown): void;
}) {
  const name = path.join(".");
  const id = `setting-${name.replaceAll(".", "-")}`;
  const shown = value === undefined ? schema.default : value;
  // A value that is the default again is left out.
  const give = (next: unknown) =>
    change(
      next === schema.default || next === "" || (Array.isArray(next) && next.length === 0) ? undefined : next,
    );
  return (
    <div class={`setting ${value === undefined ? "" : "set"}`}>
      <label for={id}>{name}</label>
      <Control id={id} schema={schema} value={shown} give={give} />
      {schema.description && (
        <p class="about" id={`${id}-about`}>
          {schema.description}
        </p>
      )}
    </div>
  );
}

function Control({
  id,
  schema,
  value,
  give,
}: {
  id: string;
  schema: Schema;
  value: unknown;
  give(value: unknown): void;
}) {
  const about = schema.description ? { "aria-describedby": `${id}-about` } : {};
  if (schema.enum) {
    return (
      <select
        id={id}
        {...about}
        value={String(value ?? "")}
        onChange={(event) => give(event.currentTarget.value)}
      >
        {schema.enum.map((word) => (
          <option key={String(word)} value={String(word)}>
            {String(word)}
          </option>
        ))}
      </select>
    );
  }
  switch (schema.type) {
    case "boolean":
      return (
        <input
          id={id}
          {...about}
          type="checkbox"
          checked={value === true}
          onChange={(event) => give(event.currentTarget.checked)}
        />
      );
    case "integer":
    case "number":
      return (
        <input
          id={id}
          {...about}
          type="number"
          min={schema.minimum}
          max={schema.maximum}
          value={String(value ?? "")}
          onInput={(event) => give(event.currentTarget.value === "" ? "" : event.currentTarget.valueAsNumber)}
        />
      );
    case "array":
      return (
        <textarea
          id={id}
          {...about}
          rows={2}
          placeholder="one per line"
          value={Array.isArray(value) ? value.join("\n") : ""}
          onInput={(event) =>
            give(event.currentTarget.value.split("\n").filter((line) => line.trim() !== ""))
          }
        />
      );
    default:
      return (
        <input
          id={id}
          {...about}
          type="text"
          spellcheck={false}
          autocomplete="off"
          value={String(value ?? "")}
          onInput={(event) => give(event.currentTarget.value)}
        />
      );
  }
}
