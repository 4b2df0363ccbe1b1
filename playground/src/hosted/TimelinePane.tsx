import { useEffect, useReducer } from "preact/hooks";
import type { Store } from "../model/store";
import { Empty } from "../view/Empty";
import { MomentView } from "./MomentView";
import { summary } from "./moments";
import type { Player } from "./player";
import { Track } from "./Track";

interface Props {
  store: Store;
  player: Player;
  /** Selects a tab of the input. */
  go(tab: string): void;
}

/** What happens over time: the syncs, one of them, and what is wrong. */
export function TimelinePane({ store, player, go }: Props) {
  const [, update] = useReducer((count: number, _: void) => count + 1, 0);
  useEffect(() => {
    const stop = player.subscribe(() => update());
    const leave = player.watch();
    update();
    return () => {
      stop();
      leave();
    };
  }, [player]);
  const { timeline, moments, at, problem, isRunning } = player.state;
  if (!timeline) {
    return problem === null ? (
      <Empty title="Running the steps">The first time line takes a moment.</Empty>
    ) : (
      <Empty title="No time line yet">{problem}</Empty>
    );
  }
  const moment = moments[at];
  return (
    <div class={`timeline ${problem === null ? "" : "old"}`}>
      {problem !== null && (
        <div class="problem-note" role="status">
          <p>{problem}</p>
          <p class="soft">The last time line that could be made is shown.</p>
        </div>
      )}
      <div class="bar">
        <p class="soft" role="status">
          {isRunning ? "Running the steps …" : `${summary(timeline.steps, moments)}.`}
        </p>
        <button type="button" onClick={() => go("steps")}>
          {timeline.steps.length > 1 ? "Edit steps" : "Add steps"}
        </button>
      </div>
      {timeline.faults.length > 0 && (
        <section class="faults" aria-label="Faults">
          <h2>{timeline.faults.length === 1 ? "A fault" : `${timeline.faults.length} faults`}</h2>
          <ul>
            {timeline.faults.map(({ kind, sentence, step }, index) => (
              <li key={index}>
                <span class="fault-kind">{kind}</span> {sentence}{" "}
                <button type="button" class="link" onClick={() => player.goToStep(step)}>
                  step “{step}”
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {moment && (
        <>
          <Track timeline={timeline} moments={moments} at={at} go={(next) => player.go(next)} />
          <MomentView store={store} timeline={timeline} moments={moments} at={at} go={go} />
        </>
      )}
    </div>
  );
}
