// The time line: it is made again whenever the input changes while somebody looks at it, and one of its syncs is shown.

import { RETRY, SETTLED, SIMULATION_DEADLINE } from "../model/limits";
import { placeOf } from "../model/place";
import { Runner, type WorkerLike } from "../model/runner";
import type { Store } from "../model/store";
import type { Simulate, Timeline, TimelineReply } from "../worker/hosted-protocol";
import type { Input } from "../worker/protocol";
import { type Moment, moments } from "./moments";

export interface Playing {
  /** The last time line that could be made. */
  timeline: Timeline | null;
  moments: Moment[];
  /** The place of the moment that is shown. */
  at: number;
  /** Why the time line is older than the input. */
  problem: string | null;
  isRunning: boolean;
}

/** An input, and what else makes another time line of it: a new version of the plugin, and the wish to see it again. */
interface Asked extends Input {
  digest: string | null;
  round: number;
}

export class Player {
  state: Playing = { timeline: null, moments: [], at: 0, problem: null, isRunning: false };
  #runner: Runner<Simulate, TimelineReply> | null = null;
  /** The input that was asked about last. */
  #asked: Asked | null = null;
  /** How many views show the time line. */
  #watchers = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();

  constructor(
    private readonly store: Store,
    private readonly start: () => WorkerLike,
  ) {
    store.subscribe(() => this.#follow());
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keeps the time line up to date until the returned function is called. */
  watch(): () => void {
    this.#watchers += 1;
    this.#follow();
    return () => {
      this.#watchers -= 1;
    };
  }

  go(at: number): void {
    const last = this.state.moments.length - 1;
    if (last >= 0) this.#set({ at: Math.min(Math.max(at, 0), last) });
  }

  /** Goes to the last sync of a step: it shows what the step ended with. */
  goToStep(name: string): void {
    const { timeline, moments: all } = this.state;
    const at = all.findLastIndex(({ step }) => timeline?.steps[step]?.name === name);
    if (at >= 0) this.go(at);
  }

  /** Runs the steps once the input is calm. */
  #follow(): void {
    const given = this.store.input();
    if (this.#watchers === 0 || !given) return;
    const { digest, round } = this.store.state;
    const input: Asked = { ...given, digest, round };
    if (same(input, this.#asked)) return;
    const isFirst = this.#asked === null || this.#asked.plugin !== input.plugin;
    if (isFirst) this.#set({ timeline: null, moments: [], at: 0, problem: null });
    this.#asked = input;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(input), isFirst ? 0 : SETTLED);
  }

  #ask({ digest: _, round: __, ...input }: Asked): void {
    this.#runner ??= this.#started();
    this.#set({ isRunning: true });
    this.#runner.ask({ type: "simulate", ...input });
  }

  #started(): Runner<Simulate, TimelineReply> {
    return new Runner<Simulate, TimelineReply>(
      this.start,
      {
        // Its worker may be the first that sees a new version of the plugin.
        catalogued: (catalogue) => this.store.catalogued(catalogue),
        replied: (reply, question) => this.#replied(reply, question),
        expired: (after) =>
          this.#stopped(
            `The simulation was ended because it took longer than ${after / 1_000} s. Remove steps.`,
          ),
        lost: (message) => this.#lost(message),
        failed: (message) => this.#stopped(message),
      },
      { deadline: () => SIMULATION_DEADLINE, cancels: true },
    );
  }

  #replied(reply: TimelineReply, question: Simulate): void {
    if (question.plugin !== this.#asked?.plugin) return;
    if (reply.type === "lost") return this.#lost(reply.message);
    if (question.texts.steps === this.store.texts.steps) {
      const marks = reply.type === "broken" ? reply.marks : [];
      this.store.mark(
        "steps",
        marks.filter(({ source }) => source === "steps"),
      );
    }
    if (reply.type === "broken") return this.#stopped(placeOf(reply.marks[0]) + reply.message);
    const { timeline } = reply;
    const all = moments(timeline);
    const before = this.state.timeline?.steps.length;
    // A step that was added is what somebody wants to see.
    const isLonger = before !== undefined && timeline.steps.length > before;
    const added = all.findIndex(({ step }) => step === timeline.steps.length - 1);
    const at = isLonger && added >= 0 ? added : Math.min(this.state.at, Math.max(all.length - 1, 0));
    this.#set({ timeline, moments: all, at, problem: null, isRunning: false });
  }

  #lost(message: string): void {
    this.#stopped(message);
    const input = this.#asked;
    if (!input) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#watchers > 0) this.#ask(input);
      else this.#asked = null;
    }, RETRY);
  }

  #stopped(problem: string): void {
    this.#set({ problem, isRunning: false });
  }

  #set(change: Partial<Playing>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** Whether two inputs have the same time line: what is observed, and which hook is called, does not matter to it. */
function same(one: Asked, other: Asked | null): boolean {
  return (
    other !== null &&
    one.plugin === other.plugin &&
    one.digest === other.digest &&
    one.round === other.round &&
    one.texts.text === other.texts.text &&
    one.texts.related === other.texts.related &&
    one.texts.settings === other.texts.settings &&
    one.texts.steps === other.texts.steps &&
    one.settings === other.settings &&
    one.kinds === other.kinds
  );
}
