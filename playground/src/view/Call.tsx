import type { ComponentChildren } from "preact";
import type { Cost, Failure, LogLine } from "../backend/backend";
import type { State } from "../model/store";
import type { Report } from "../worker/protocol";
import { CopyButton } from "./clipboard";
import { bytes, duration } from "./units";
import { Yaml } from "./Yaml";

interface Props {
  state: State;
  report: Report;
  /** Makes the answer's children the observed objects. */
  apply(): void;
  /** Tools of this page only. */
  tools: ComponentChildren;
  /** Parts of this page only. */
  more: ComponentChildren;
}

/** What came of the newest call: figures, what was found, log lines, and the whole answer. */
export function Call({ state, report, apply, tools, more }: Props) {
  const { view } = state;
  const { failure, warnings, review, mismatches, log, logDropped, cost } = report;
  const isOld = failure !== null || state.broken !== null || state.lost !== null;
  return (
    <div class="call">
      {failure && <Failed hook={report.hook} failure={failure} />}
      <div class="bar">
        <Figures cost={cost} />
        {tools}
      </div>
      <Sentences title="What the review changed" sentences={review} />
      <Sentences title="Children that do not match their schemas" sentences={mismatches} tone="bad" />
      <Sentences title="About the parent" sentences={warnings} tone="warn" />
      <Log lines={log} dropped={logDropped} />
      {more}
      {view && (
        <section aria-label="Answer of the hook">
          <div class="bar heading">
            <h2>{isOld ? "The last answer" : "Answer"}</h2>
            <CopyButton text={view.yaml} label="Copy" describe="Copy the answer" />
            {view.children.length > 0 && !isOld && (
              <button
                type="button"
                onClick={apply}
                title="Makes the children of this answer the observed objects"
              >
                Apply the answer
              </button>
            )}
          </div>
          <div class={`sheet ${isOld ? "old" : ""}`}>
            <Yaml text={view.yaml} label="Answer as YAML" />
          </div>
        </section>
      )}
    </div>
  );
}

/** The host writes line breaks and tabs of messages as `\n` and `\t`: a stack is readable with them. */
function unescaped(message: string): string {
  return message.replaceAll("\\n", "\n").replaceAll("\\t", "\t");
}

/** Why the hook did not answer, and where it was. */
export function Failed({ hook, failure: { message, trace } }: { hook: string; failure: Failure }) {
  return (
    <section class="failed" aria-label="Failure">
      <h2>The {hook} hook did not answer</h2>
      <p>{unescaped(message)}</p>
      {trace.length > 0 && (
        <>
          <h3>Trace, innermost call first</h3>
          <div class="trace" tabIndex={0} role="region" aria-label="Trace">
            <ol>
              {trace.map((name, index) => (
                <li key={index}>{name}</li>
              ))}
            </ol>
          </div>
        </>
      )}
    </section>
  );
}

const FIGURES: [keyof Cost, string, (value: number) => string][] = [
  ["queueMicros", "Queue", duration],
  ["runMicros", "Run", duration],
  ["reviewMicros", "Review", duration],
  ["memoryBytes", "Memory", bytes],
  ["requestBytes", "Request", bytes],
  ["answerBytes", "Answer", bytes],
];

function Figures({ cost }: { cost: Cost }) {
  return (
    <dl class="figures">
      {FIGURES.map(([key, name, write]) => {
        const value = cost[key];
        return (
          typeof value === "number" && (
            <div key={key}>
              <dt>{name}</dt>
              <dd>{write(value)}</dd>
            </div>
          )
        );
      })}
    </dl>
  );
}

interface SentencesProps {
  title: string;
  sentences: string[];
  tone?: "bad" | "warn";
}

function Sentences({ title, sentences, tone }: SentencesProps) {
  if (sentences.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ul class={`sentences ${tone ?? ""}`}>
        {sentences.map((sentence, index) => (
          <li key={index}>{sentence}</li>
        ))}
      </ul>
    </section>
  );
}

const LEVELS = new Set(["error", "warn", "info", "debug", "trace"]);

/** The log of a call. */
export function Log({ lines, dropped = 0 }: { lines: LogLine[]; dropped?: number }) {
  if (lines.length === 0 && dropped === 0) return null;
  return (
    <section aria-label="Log">
      <h2>Log</h2>
      <div class="log" tabIndex={0} role="region" aria-label="Log lines">
        <ol>
          {lines.map(({ level, message }, index) => (
            <li key={index}>
              <span class={`level ${LEVELS.has(level) ? level : ""}`}>{level}</span>
              <span class="message">{unescaped(message)}</span>
            </li>
          ))}
          {dropped > 0 && (
            <li class="soft">
              {dropped} more {dropped === 1 ? "line was" : "lines were"} dropped
            </li>
          )}
        </ol>
      </div>
    </section>
  );
}
