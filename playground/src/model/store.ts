// The state of the page, and everything that can happen to it.

import { type Description, kindKey } from "../backend/backend";
import type { Document, Mark, Question, Reply, View } from "../worker/protocol";
import { type Example } from "./examples";
import { defaultKinds } from "./kinds";
import { CALM } from "./limits";
import { Runner, type WorkerLike } from "./runner";
import type { Settings } from "./settings";
import { DamagedLink, decode, encode, type Shared } from "./share";

/** What the page shows. */
export interface State {
  description: Description | null;
  /** The example that the text is, unchanged. */
  example: string | null;
  settings: Settings;
  kinds: string[];
  /** The last good answer. */
  view: View | null;
  /** The reason why the answer is older than the text. */
  broken: string | null;
  /** A sentence that is not about the text, such as a refused paste. */
  notice: string | null;
  /** The plugin cannot be used. */
  fatal: string | null;
}

/** The editor, as the store sees it. */
export interface Editor {
  setText(text: string): void;
  setMarks(marks: Mark[]): void;
}

export class Store {
  state: State = {
    description: null,
    example: null,
    settings: {},
    kinds: [],
    view: null,
    broken: null,
    notice: null,
    fatal: null,
  };
  marks: Mark[] = [];
  #text = "";
  #baseline: Document[] | null = null;
  /** The kinds of the link that was opened. */
  #kindsGiven: string[] | null = null;
  #editor: Editor | null = null;
  #calm: ReturnType<typeof setTimeout> | undefined;
  #runner: Runner;
  #listeners = new Set<() => void>();

  constructor(
    start: () => WorkerLike,
    readonly examples: Example[],
  ) {
    this.#runner = new Runner(start, {
      described: (description) => this.#described(description),
      replied: (reply, question) => this.#replied(reply, question),
      failed: (message) => this.#set({ fatal: message }),
    });
  }

  get text(): string {
    return this.#text;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  connect(editor: Editor): void {
    this.#editor = editor;
    editor.setText(this.#text);
    editor.setMarks(this.marks);
  }

  /** Loads the state of a link, or the first example. */
  async open(fragment: string): Promise<void> {
    let shared: Shared | null = null;
    let notice: string | null = null;
    try {
      shared = await decode(fragment);
    } catch (error) {
      if (!(error instanceof DamagedLink)) throw error;
      notice = `${error.message} The first example is shown instead.`;
    }
    const first = this.examples[0];
    const text = shared?.text ?? first?.text ?? "";
    const example = this.examples.find((candidate) => candidate.text === text)?.id ?? null;
    this.#kindsGiven = shared?.kinds ?? null;
    const kinds = this.#startKinds(this.state.description);
    this.#start(text, { example, notice, settings: shared?.settings ?? {}, kinds });
  }

  /** Returns the fragment for the present state. */
  fragment(): Promise<string> {
    const { settings, kinds } = this.state;
    return encode({ text: this.#text, settings, kinds });
  }

  pick(id: string): void {
    const example = this.examples.find((candidate) => candidate.id === id);
    if (example) this.#start(example.text, { example: id, notice: null });
  }

  edit(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    if (this.state.example !== null || this.state.notice !== null) this.#set({ example: null, notice: null });
    this.#ask();
  }

  setSettings(settings: Settings): void {
    this.#set({ settings });
    this.#ask();
  }

  setKinds(kinds: string[]): void {
    this.#set({ kinds });
    this.#ask();
  }

  notify(notice: string | null): void {
    this.#set({ notice });
  }

  /** Compares with the present answer from now on. */
  rebase(): void {
    const { view } = this.state;
    if (!view) return;
    this.#baseline = documents(view);
    this.#set({ view: { ...view, difference: { documents: [], added: 0, removed: 0 } } });
  }

  /** A text from elsewhere: differences are against its own answer. */
  #start(text: string, change: Partial<State>): void {
    this.#text = text;
    this.#baseline = null;
    this.#editor?.setText(text);
    this.#set(change);
    this.#ask();
  }

  #ask(): void {
    // The kinds are known with the description.
    if (!this.state.description) return;
    const { settings, kinds } = this.state;
    this.#runner.ask({ text: this.#text, settings, kinds, baseline: this.#baseline });
  }

  #described(description: Description): void {
    this.#set({ description, kinds: this.#startKinds(description) });
    if (this.#text !== "") this.#ask();
  }

  /** The kinds of the link that the plugin knows, or the default ones. */
  #startKinds(description: Description | null): string[] {
    const kinds = description?.children ?? [];
    const given = this.#kindsGiven;
    return given ? kinds.map(kindKey).filter((key) => given.includes(key)) : defaultKinds(kinds);
  }

  #replied(reply: Reply, question: Question): void {
    clearTimeout(this.#calm);
    if (reply.type === "broken" && this.state.view !== null && this.state.broken === null) {
      this.#calm = setTimeout(() => this.#show(reply, question), CALM);
    } else {
      this.#show(reply, question);
    }
  }

  #show(reply: Reply, question: Question): void {
    // Marks of an older text would be at the wrong places; the newer one is being asked about.
    if (question.text === this.#text) {
      this.marks = reply.marks;
      this.#editor?.setMarks(reply.marks);
    }
    if (reply.type === "broken") {
      this.#set({ broken: reply.message });
      return;
    }
    if (question.text === this.#text) this.#baseline ??= documents(reply.view);
    this.#set({ view: reply.view, broken: null, fatal: null });
  }

  #set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function documents(view: View): Document[] {
  return [...view.children, view.status];
}
