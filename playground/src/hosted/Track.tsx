import { useLayoutEffect, useRef } from "preact/hooks";
import type { Timeline } from "../worker/hosted-protocol";
import { type Moment, outcome } from "./moments";

/** How many syncs have a button: of a long time line, those around the shown one. */
const SHOWN = 120;

interface Props {
  timeline: Timeline;
  moments: Moment[];
  at: number;
  go(at: number): void;
}

/** The syncs by their steps, to click on, and a slider through all of them. */
export function Track({ timeline, moments, at, go }: Props) {
  const first = Math.min(Math.max(0, at - SHOWN / 2), Math.max(0, moments.length - SHOWN));
  const shown = moments.slice(first, first + SHOWN);
  const moment = moments[at];
  const list = useRef<HTMLOListElement>(null);
  // The list scrolls if there are many steps.
  useLayoutEffect(() => {
    const run = list.current?.querySelector<HTMLElement>(".selected");
    if (!list.current || !run) return;
    const { offsetTop, offsetHeight } = run;
    const { scrollTop, clientHeight } = list.current;
    if (offsetTop < scrollTop || offsetTop + offsetHeight > scrollTop + clientHeight) {
      list.current.scrollTop = offsetTop - (clientHeight - offsetHeight) / 2;
    }
  }, [moment]);
  const title = (place: Moment) => timeline.steps[place.step]?.name ?? "";
  return (
    <section class="track" aria-label="Syncs">
      <ol class="runs" ref={list}>
        {groups(shown).map((members) => {
          const [{ step }] = members;
          const run = timeline.steps[step];
          const isSelected = moment?.step === step;
          return (
            <li key={step} class={`run ${isSelected ? "selected" : ""}`}>
              <span class="run-name" title={run?.name}>
                {run?.name}
                {run && !run.settled && <span class="unsettled"> does not settle</span>}
              </span>
              <span class="dots">
                {members.map((member) => (
                  <Dot
                    key={member.number}
                    moment={member}
                    title={title(member)}
                    isSelected={member.number === at + 1}
                    go={go}
                  />
                ))}
              </span>
            </li>
          );
        })}
      </ol>
      <div class="scrub">
        <button type="button" aria-label="Previous sync" disabled={at === 0} onClick={() => go(at - 1)}>
          ‹
        </button>
        <input
          type="range"
          aria-label="Sync"
          min={1}
          max={moments.length}
          value={at + 1}
          aria-valuetext={moment ? `${at + 1} of ${moments.length}, step ${title(moment)}` : ""}
          onInput={(event) => go(event.currentTarget.valueAsNumber - 1)}
        />
        <button
          type="button"
          aria-label="Next sync"
          disabled={at === moments.length - 1}
          onClick={() => go(at + 1)}
        >
          ›
        </button>
      </div>
    </section>
  );
}

interface DotProps {
  moment: Moment;
  title: string;
  isSelected: boolean;
  go(at: number): void;
}

/** A sync. Its sign is not its colour alone. */
function Dot({ moment: { number, sync }, title, isSelected, go }: DotProps) {
  const isBad = sync.failure !== null || sync.refused.length > 0;
  const look = isBad ? "bad" : sync.writes.length > 0 ? "writes" : "quiet";
  return (
    <button
      type="button"
      class={`dot ${look}`}
      aria-current={isSelected ? "step" : undefined}
      aria-label={`Sync ${number}, ${title}: ${outcome(sync)}`}
      title={`Sync ${number}: ${outcome(sync)}`}
      // The slider and its buttons are enough for the Tab key.
      tabIndex={isSelected ? 0 : -1}
      onClick={() => go(number - 1)}
    >
      {isBad ? "!" : sync.writes.length > 0 ? sync.writes.length : "·"}
    </button>
  );
}

/** Neighbours with the same step. */
function groups(all: Moment[]): [Moment, ...Moment[]][] {
  const found: [Moment, ...Moment[]][] = [];
  for (const moment of all) {
    const last = found.at(-1);
    if (last && last[0].step === moment.step) last.push(moment);
    else found.push([moment]);
  }
  return found;
}
