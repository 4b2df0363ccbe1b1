// The state of the page, and everything that can happen to it.

import type { Catalogue, Description } from "../backend/backend";
import type {
  Document,
  Input,
  Mark,
  Parts,
  Question,
  Reply,
  Report,
  TextName,
  Texts,
  View,
} from "../worker/protocol";
import { TEXTS } from "../worker/protocol";
import { type Draft, EMPTY, hookOf, kindsOf, moved, shareable, startOf, usesForm } from "./draft";
import { type Example } from "./examples";
import { CALM, RETRY } from "./limits";
import { type Options, Runner, type WorkerLike } from "./runner";
import type { Settings } from "./settings";
import { DamagedLink, decode, encode, type Shared } from "./share";

/** What the page shows. */
export interface State {
  catalogue: Catalogue | null;
  /** The chosen plugin. */
  description: Description | null;
  /** Which version of its file answered last. */
  digest: string | null;
  /** How often somebody asked for the same again. */
  round: number;
  /** The example that the text is, unchanged. */
  example: string | null;
  hook: string;
  settings: Settings;
  kinds: string[];
  /** The last good answer. */
  view: View | null;
  /** What is known of the newest call. */
  report: Report | null;
  /** What the newest call was made with; `null` while the texts cannot be read. */
  parts: Parts | null;
  /** Whether the newest question has no answer yet. */
  isPending: boolean;
  /** The reason why the answer is older than the text. */
  broken: string | null;
  /** A sentence that is not about the text, such as a refused paste. */
  notice: string | null;
  /** The plugins cannot be reached now. */
  lost: string | null;
  /** The plugin cannot be used. */
  fatal: string | null;
}

/** Whether what is shown is the answer to what is typed and chosen now. */
export function isCurrent({ parts, isPending, broken, lost, fatal }: State): boolean {
  return parts !== null && !isPending && (broken ?? lost ?? fatal) === null;
}

/** An editor, as the store sees it. */
export interface Editor {
  setText(text: string): void;
  setMarks(marks: Mark[]): void;
}

export class Store {
  state: State = {
    catalogue: null,
    description: null,
    digest: null,
    round: 0,
    example: null,
    hook: "sync",
    settings: {},
    kinds: [],
    view: null,
    report: null,
    parts: null,
    isPending: false,
    broken: null,
    notice: null,
    lost: null,
    fatal: null,
  };
  texts: Texts = EMPTY;
  /** The marks of the texts that a call reads. */
  marks: Mark[] = [];
  #baseline: Document[] | null = null;
  /** What was opened before the plugins were known. */
  #link: Shared | null = null;
  #isOpen = false;
  #newest: Question | null = null;
  /** What was typed for plugins that are not chosen now. */
  #drafts = new Map<string, Draft>();
  #editors = new Map<TextName, Editor>();
  #calm: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #runner: Runner<Question, Reply>;
  #listeners = new Set<() => void>();

  constructor(
    start: () => WorkerLike,
    readonly examples: Example[],
    private readonly options: Options<Question> & {
      /** The sentence for a call that was ended after some seconds. */
      expired?(seconds: number): string;
    },
  ) {
    this.#runner = new Runner(
      start,
      {
        catalogued: (catalogue) => this.catalogued(catalogue),
        replied: (reply, question) => this.#replied(reply, question),
        expired: (after, question) => this.#expired(after, question),
        lost: (message) => this.#lost(message),
        failed: (message) => this.#set({ fatal: message }),
      },
      options,
    );
  }

  /** The text of the parent. */
  get text(): string {
    return this.texts.text;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  connect(name: TextName, editor: Editor): void {
    this.#editors.set(name, editor);
    editor.setText(this.texts[name]);
    editor.setMarks(this.marks.filter(({ source }) => source === name));
  }

  disconnect(name: TextName): void {
    this.#editors.delete(name);
  }

  /** Loads the state of a link, or the first example. */
  async open(fragment: string): Promise<void> {
    let shared: Shared | null = null;
    let notice: string | null = null;
    try {
      shared = await decode(fragment);
    } catch (error) {
      if (!(error instanceof DamagedLink)) throw error;
      notice = `${error.message} The page starts without it.`;
    }
    this.#begin(shared, notice);
  }

  /** Returns the fragment for the present state. */
  fragment(): Promise<string> {
    const { catalogue, description } = this.state;
    const draft = this.#draft();
    // A page with one plugin of its own needs no name of it.
    const plugin = description && catalogue && description.start ? description.id : undefined;
    return encode(shareable(draft, description, plugin));
  }

  /** What can be asked about now; `null` before the plugins are known. */
  input(): Input | null {
    const { description, hook, kinds } = this.state;
    if (!description) return null;
    const settings = usesForm(description) ? this.state.settings : null;
    return { plugin: description.id, hook, texts: this.texts, settings, kinds };
  }

  pick(id: string): void {
    const example = this.examples.find((candidate) => candidate.id === id);
    if (!example) return;
    this.#start({ ...this.texts, text: example.text }, { example: id, notice: null });
  }

  choosePlugin(id: string): void {
    const { catalogue, description } = this.state;
    const next = catalogue?.plugins.find((plugin) => plugin.id === id);
    if (!next || next.id === description?.id) return;
    if (description) this.#drafts.set(description.id, this.#draft());
    const { texts, ...chosen } = this.#drafts.get(id) ?? startOf(next, null);
    const nothing = { view: null, report: null, parts: null, broken: null, fatal: null };
    const digest = next.digest ?? null;
    this.#start(texts, { description: next, digest, example: null, notice: null, ...nothing, ...chosen });
  }

  chooseHook(hook: string): void {
    this.#baseline = null;
    this.#set({ hook });
    this.#ask();
  }

  edit(name: TextName, text: string): void {
    if (text === this.texts[name]) return;
    this.texts = { ...this.texts, [name]: text };
    const example = name === "text" ? null : this.state.example;
    const changed = example !== this.state.example || this.state.notice !== null;
    // Nothing else says that steps are new: no call is made with them.
    if (changed || name === "steps") this.#set({ example, notice: null });
    if (name !== "steps") this.#ask();
  }

  /** Changes a text from outside of its editor. */
  replace(name: TextName, text: string): void {
    this.#editors.get(name)?.setText(text);
    this.edit(name, text);
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

  /** Shows marks that another question has found. */
  mark(name: TextName, marks: Mark[]): void {
    this.#editors.get(name)?.setMarks(marks);
  }

  /** Compares with the present answer from now on. */
  rebase(): void {
    const { view } = this.state;
    if (!view) return;
    this.#baseline = documents(view);
    this.#set({ view: { ...view, difference: { documents: [], added: 0, removed: 0 } } });
  }

  /** Calls again with the same input: the plugin may have a new version. */
  again(): void {
    this.#set({ round: this.state.round + 1 });
    this.#runner.refresh();
    this.#ask();
  }

  /** Makes the children of the answer the observed objects. */
  apply(): void {
    this.#ask("apply");
  }

  #draft(): Draft {
    const { hook, settings, kinds } = this.state;
    return { texts: this.texts, hook, settings, kinds };
  }

  #begin(shared: Shared | null, notice: string | null): void {
    this.#link = shared;
    this.#isOpen = true;
    const { catalogue } = this.state;
    const named = catalogue?.plugins.find(({ id }) => id === shared?.plugin);
    const description = named ?? catalogue?.plugins[0] ?? null;
    const unknown = catalogue !== null && shared?.plugin !== undefined && !named;
    const { texts, ...chosen } = startOf(description, unknown ? null : shared);
    texts.text ||= this.examples[0]?.text ?? "";
    const example = this.examples.find((candidate) => candidate.text === texts.text)?.id ?? null;
    const why = unknown ? `The link is about the plugin ${shared.plugin}, which is not loaded here.` : notice;
    const digest = description?.digest ?? null;
    this.#start(texts, { description, digest, example, notice: why, ...chosen });
  }

  /** Texts from elsewhere: differences are against their own answer. */
  #start(texts: Texts, change: Partial<State>): void {
    this.texts = texts;
    this.#baseline = null;
    for (const name of TEXTS) this.#editors.get(name)?.setText(texts[name]);
    this.#set(change);
    this.#ask();
  }

  #ask(type: Question["type"] = "call"): void {
    const input = this.input();
    // Before the page is opened, there is no text. One that was emptied is a mistake like any other.
    if (!input || !this.#isOpen) return;
    this.#newest = { type, ...input, baseline: this.#baseline };
    if (!this.state.isPending) this.#set({ isPending: true });
    this.#runner.ask(this.#newest);
  }

  /** Takes the plugins, or new versions of them. */
  catalogued(catalogue: Catalogue): void {
    const [first = null] = catalogue.plugins;
    const before = this.state.catalogue;
    this.#set({ catalogue, lost: null, fatal: first ? null : "No plugin is loaded." });
    if (before !== null) return this.#renewed(before, catalogue);
    if (first?.start) this.#begin(this.#link, this.state.notice);
    else if (first) {
      const kinds = kindsOf(first, this.#link);
      this.#set({ description: first, kinds, hook: hookOf(first, this.#link) });
      this.#ask();
    }
  }

  /** Replaces the descriptions of plugins whose files have changed. What was typed for them stays. */
  #renewed(before: Catalogue, { plugins }: Catalogue): void {
    const renewed = (old: Description) => {
      const now = plugins.find(({ id }) => id === old.id);
      return now && now.digest !== old.digest ? now : null;
    };
    for (const old of before.plugins) {
      const draft = this.#drafts.get(old.id);
      const now = renewed(old);
      if (draft && now) this.#drafts.set(old.id, moved(draft, old, now));
    }
    const { description } = this.state;
    const now = description && renewed(description);
    if (!description || !now) return;
    const { texts, ...chosen } = moved(this.#draft(), description, now);
    if (texts.settings !== this.texts.settings) this.#editors.get("settings")?.setText(texts.settings);
    this.texts = texts;
    this.#set({ description: now, digest: now.digest ?? null, ...chosen });
    this.#ask();
  }

  #replied(reply: Reply, question: Question): void {
    clearTimeout(this.#calm);
    // The answer of a plugin that was chosen before.
    if (question.plugin !== this.state.description?.id) return;
    if (reply.type === "lost") return this.#lost(reply.message);
    this.#set({ lost: null, digest: reply.digest ?? this.state.digest });
    if (reply.type === "applied") {
      this.#set({ isPending: question !== this.#newest });
      return this.replace("observed", reply.text);
    }
    if (reply.type === "broken" && this.state.view !== null && this.state.broken === null) {
      this.#calm = setTimeout(() => this.#show(reply, question), CALM);
    } else {
      this.#show(reply, question);
    }
  }

  #expired(after: number, question: Question): void {
    const seconds = after / 1_000;
    const message =
      this.options.expired?.(seconds) ??
      `The call was ended because it took longer than ${seconds} s. Edit the text to try again.`;
    this.#replied({ type: "broken", message, marks: [], report: null }, question);
  }

  /** Asks again until there is an answer. */
  #lost(message: string): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (this.state.catalogue) this.#ask();
      else this.#runner.describe();
    }, RETRY);
    this.#set({ lost: message });
  }

  #show(reply: Exclude<Reply, { type: "applied" | "lost" }>, question: Question): void {
    // Marks of an older text would be at the wrong places; the newer one is being asked about.
    const isNewest = TEXTS.every((name) => name === "steps" || question.texts[name] === this.texts[name]);
    if (isNewest) {
      this.marks = reply.marks;
      for (const [name, editor] of this.#editors) {
        if (name !== "steps") editor.setMarks(reply.marks.filter(({ source }) => source === name));
      }
    }
    const isPending = question !== this.#newest;
    if (reply.type === "broken") {
      this.#set({ broken: reply.message, report: reply.report, parts: null, isPending });
      return;
    }
    const { view, report, parts } = reply;
    if (isNewest) this.#baseline ??= documents(view);
    this.#set({ view, report, parts, broken: null, fatal: null, isPending });
  }

  #set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function documents(view: View): Document[] {
  return [...view.children, view.status];
}
