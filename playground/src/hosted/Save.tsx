import { useState } from "preact/hooks";
import type { SavedCase } from "../backend/api";
import { Unavailable } from "../backend/backend";
import type { HostBackend } from "../backend/host";
import { isCurrent, type State, type Store } from "../model/store";
import { CopyButton } from "../view/clipboard";

interface Props {
  store: Store;
  state: State;
  host: HostBackend;
}

type Outcome = { saved: SavedCase } | { refused: string };

/** What came of saving a call, which is no longer true of another one. */
interface Result {
  of: Pick<State, "parts" | "hook" | "kinds">;
  outcome: Outcome;
}

const NAME = "[a-z0-9][a-z0-9\\-]{0,62}";

/** Saves the call as a case of `metawasm test`. */
export function Save({ store, state, host }: Props) {
  const [name, setName] = useState("");
  const [result, setResult] = useState<Result | null>(null);
  const [isBusy, setBusy] = useState(false);
  const { catalogue, parts, hook, kinds } = state;
  const isFit = isCurrent(state);
  const input = store.input();
  if (!catalogue || !input) return null;
  if (catalogue.cases === null) {
    return <p class="soft save-off">Cases cannot be saved: metawasm playground has no directory for them.</p>;
  }
  const save = async (event: Event) => {
    event.preventDefault();
    if (!parts || !isFit) return;
    const told = (outcome: Outcome) => setResult({ of: { parts, hook, kinds }, outcome });
    setBusy(true);
    try {
      told({ saved: await host.save(input.plugin, { name, hook, kinds, ...parts }) });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      told({ refused: error.message });
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="save" aria-label="Save as test">
      <h2>Save as test</h2>
      <form onSubmit={save}>
        <label for="case-name">Name</label>
        <span class="soft">{catalogue.cases}/</span>
        <input
          id="case-name"
          value={name}
          pattern={NAME}
          maxLength={63}
          required
          placeholder="scale-up"
          autocomplete="off"
          spellcheck={false}
          title="Lower-case letters, digits and hyphens"
          onInput={(event) => {
            setName(event.currentTarget.value);
            setResult(null);
          }}
        />
        <button type="submit" disabled={!isFit || isBusy || name === ""}>
          Save
        </button>
      </form>
      <div role="status">
        {parts ? (
          result && isOf(result, state) && <Told outcome={result.outcome} />
        ) : (
          <p>A call without an answer cannot be saved.</p>
        )}
      </div>
    </section>
  );
}

function isOf({ of }: Result, { parts, hook, kinds }: State): boolean {
  return of.parts === parts && of.hook === hook && of.kinds === kinds;
}

function Told({ outcome }: { outcome: Outcome }) {
  if ("refused" in outcome) return <p class="bad">{outcome.refused}</p>;
  const { path, files, command } = outcome.saved;
  return (
    <>
      <p>
        Saved {path} with {files.join(", ")}. Run it:
      </p>
      <div class="command">
        <pre tabIndex={0} role="region" aria-label="Command">
          {command}
        </pre>
        <CopyButton text={command} label="Copy" describe="Copy the command" />
      </div>
    </>
  );
}
