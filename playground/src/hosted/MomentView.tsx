import { useMemo, useState } from "preact/hooks";
import type { Fault, FieldChange, Sync, Write } from "../backend/api";
import type { Store } from "../model/store";
import { Changed } from "../view/Changes";
import { Log } from "../view/Call";
import { ConditionTable } from "../view/Conditions";
import { Documents } from "../view/Documents";
import { Drawing } from "../view/Drawing";
import { Empty } from "../view/Empty";
import { type Tab, Tabs } from "../view/Tabs";
import type { Timeline } from "../worker/hosted-protocol";
import { asAnswer, changesAt, type Moment, observedAt, stateAt } from "./moments";

interface Props {
  store: Store;
  timeline: Timeline;
  moments: Moment[];
  at: number;
  /** Selects a tab of the input. */
  go(tab: string): void;
}

/** A sync: what it wrote, and what exists after it. */
export function MomentView({ store, timeline, moments, at, go }: Props) {
  const [selected, select] = useState("sync");
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [wanted, setWanted] = useState<string | null>(null);
  const moment = moments[at];
  const state = useMemo(() => stateAt(timeline, moment), [timeline, moment]);
  const changes = useMemo(() => changesAt(timeline, moments, at), [timeline, moments, at]);
  const answer = useMemo(() => asAnswer(state, moment?.sync.status), [state, moment]);
  if (!moment) return null;
  const step = timeline.steps[moment.step];
  const { view, description } = store.state;
  const parent = state[0]?.object;
  // A fault that only repeats the failure is said once.
  const { failure } = moment.sync;
  const faults = timeline.faults.filter(
    ({ step: of, sentence }) => of === step?.name && (failure === null || !sentence.includes(failure)),
  );
  const open = (id: string) => {
    setOpened(new Set(opened).add(id));
    setWanted(id);
    select("objects");
  };
  const tabs: Tab[] = [
    { id: "sync", name: "Sync", body: () => <SyncView sync={moment.sync} faults={faults} /> },
    {
      id: "objects",
      name: "Objects",
      count: String(state.length),
      body: () => (
        <Documents
          documents={state.map(({ document }) => document)}
          file={`${view?.parent.name ?? "parent"}-sync-${moment.number}.yaml`}
          opened={opened}
          open={setOpened}
          wanted={wanted}
          found={() => setWanted(null)}
        >
          <Empty title="Nothing is left">No object exists after this sync.</Empty>
        </Documents>
      ),
    },
    {
      id: "state",
      name: "Drawing",
      body: () => (
        <Drawing
          answer={answer}
          parent={{
            apiVersion: parent?.apiVersion ?? description?.parent.apiVersion ?? "",
            kind: parent?.kind ?? description?.parent.kind ?? "",
            name: parent?.metadata.name ?? "",
            namespace: parent?.metadata.namespace ?? "",
            spec: parent?.["spec"],
          }}
          open={open}
          help={null}
        />
      ),
    },
    {
      id: "before",
      name: "Changes",
      count: changes.documents.length > 0 ? `+${changes.added} −${changes.removed}` : "",
      body: () =>
        changes.documents.length === 0 ? (
          <Empty title="No changes">After this sync, every object is as it was after the sync before.</Empty>
        ) : (
          <div class="changes">
            <Changed documents={changes.documents} />
          </div>
        ),
    },
  ];
  return (
    <section class="moment" aria-label={`Sync ${moment.number}`}>
      <div class="bar heading">
        <h2>
          Sync {moment.number} of {moments.length} <span class="soft">· {step?.name}</span>
        </h2>
        <button
          type="button"
          title="Makes the children of this moment the observed objects of the call"
          onClick={() => {
            store.replace("observed", observedAt(state));
            go("observed");
          }}
        >
          Observe
        </button>
      </div>
      <Tabs
        label={`Sync ${moment.number}`}
        tabs={tabs}
        selected={selected}
        select={select}
        prefix="moment-"
      />
    </section>
  );
}

function SyncView({ sync, faults }: { sync: Sync; faults: Fault[] }) {
  const { hook, writes, refused, failure, status, log } = sync;
  const conditions = status?.conditions ?? [];
  return (
    <div class="sync">
      {failure !== null && <p class="bad">{hook ? `The ${hook} hook failed: ${failure}` : failure}</p>}
      {faults.map(({ kind, sentence }, index) => (
        <p key={index} class="bad">
          <span class="fault-kind">{kind}</span> {sentence}
        </p>
      ))}
      {writes.length > 0 && (
        <ul class="writes" aria-label="Writes">
          {writes.map((write, index) => (
            <WriteLine key={index} write={write} />
          ))}
        </ul>
      )}
      {refused.length > 0 && (
        <ul class="writes" aria-label="Refused by the API server">
          {refused.map(({ object, why }, index) => (
            <li key={index}>
              <span class="verb delete">refused</span> <strong>{object}</strong>
              <p class="bad">{why}</p>
            </li>
          ))}
        </ul>
      )}
      {writes.length + refused.length === 0 && failure === null && (
        <p class="soft">
          {hook === null
            ? "There was nothing to ask: the parent is gone."
            : `The ${hook} hook asked for nothing new.`}
        </p>
      )}
      {conditions.length > 0 && (
        <>
          <h3>Conditions</h3>
          <ConditionTable conditions={conditions} />
        </>
      )}
      <Log lines={log} />
    </div>
  );
}

/** How many fields of a write are shown at first. */
const FIELDS = 12;

const CONDITIONS = /^(status$|(status\.)?conditions\b)/;

function WriteLine({ write: { verb, object, changes, overruled } }: { write: Write }) {
  const [isWhole, setWhole] = useState(false);
  // Conditions have a table of their own.
  const all = verb === "status" ? changes.filter(({ path }) => !CONDITIONS.test(path)) : changes;
  const shown = isWhole ? all : all.slice(0, FIELDS);
  // What a new object has is in the tab with the objects.
  const fields = verb === "create" || verb === "delete" ? [] : shown;
  return (
    <li>
      <span class={`verb ${verb}`}>{verb}</span> <strong>{object}</strong>
      {fields.length > 0 && (
        <ul class="fields">
          {fields.map((change, index) => (
            <FieldLine key={index} change={change} />
          ))}
        </ul>
      )}
      {verb === "update" && changes.length === 0 && <Overruled fields={overruled.slice(0, FIELDS)} />}
      {fields.length > 0 && shown.length < all.length && (
        <button type="button" onClick={() => setWhole(true)}>
          Show {all.length - shown.length} more
        </button>
      )}
    </li>
  );
}

/** Why an update changed nothing: the API server stores something else than it is sent. */
function Overruled({ fields }: { fields: FieldChange[] }) {
  return (
    <ul class="fields">
      {fields.map((field, index) => (
        <li key={index}>
          <code class="path">{field.path}</code> sent <code class="value old">{value(field.old)}</code>,
          stored <code class="value new">{value(field.new)}</code>
        </li>
      ))}
    </ul>
  );
}

function FieldLine({ change }: { change: FieldChange }) {
  return (
    <li>
      <code class="path">{change.path}</code> <code class="value old">{value(change.old)}</code>{" "}
      <span aria-label="becomes">→</span> <code class="value new">{value(change.new)}</code>
    </li>
  );
}

/** How much of a value is shown. */
const LONGEST = 200;

function value(given: unknown): string {
  if (given === undefined) return "nothing";
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
