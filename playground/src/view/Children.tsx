import { useEffect } from "preact/hooks";
import type { Document, View } from "../worker/protocol";
import { CopyButton, download } from "./clipboard";
import { Empty } from "./Empty";
import { Yaml } from "./Yaml";

interface Props {
  view: View;
  /** The ids of the children whose YAML is shown. */
  opened: ReadonlySet<string>;
  open(ids: ReadonlySet<string>): void;
  /** The child to go to, from the drawing. */
  wanted: string | null;
  /** The child has the focus. */
  found(): void;
}

/** The children as YAML, by kind. */
export function Children({ view, opened, open, wanted, found }: Props) {
  const { children } = view;
  useEffect(() => {
    if (wanted === null) return;
    const heading = document.getElementById(`child-${wanted}`);
    heading?.scrollIntoView({ block: "start" });
    heading?.querySelector<HTMLElement>("summary")?.focus();
    found();
  }, [wanted]);
  if (children.length === 0) {
    return (
      <Empty title="No children">The plugin wants no objects for this input. The conditions say why.</Empty>
    );
  }
  const all = children.map(({ yaml }) => yaml).join("---\n");
  const toggle = (id: string, isOpen: boolean) => {
    if (isOpen === opened.has(id)) return;
    const next = new Set(opened);
    if (isOpen) next.add(id);
    else next.delete(id);
    open(next);
  };
  const allOpen = children.every(({ id }) => opened.has(id));
  return (
    <div class="children">
      <div class="bar">
        <button type="button" onClick={() => open(new Set(allOpen ? [] : children.map(({ id }) => id)))}>
          {allOpen ? "Close all" : "Open all"}
        </button>
        <CopyButton text={all} label="Copy all" />
        <button type="button" onClick={() => download(`${view.parent.name}-children.yaml`, all)}>
          Download
        </button>
      </div>
      {byKind(children).map(([kind, documents]) => (
        <section key={kind} aria-label={kind}>
          <h2>
            {kind} {documents.length > 1 && <span class="count">{documents.length}</span>}
          </h2>
          {documents.map((child) => (
            <Child
              key={child.id}
              child={child}
              open={opened.has(child.id)}
              toggle={(isOpen) => toggle(child.id, isOpen)}
            />
          ))}
        </section>
      ))}
    </div>
  );
}

function Child({ child, open, toggle }: { child: Document; open: boolean; toggle(open: boolean): void }) {
  return (
    <details
      class="child-document"
      id={`child-${child.id}`}
      open={open}
      onToggle={(event) => toggle((event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>
        <span class="child-name">{child.name}</span> <span class="soft">{child.apiVersion}</span>
      </summary>
      {open && (
        <div class="document">
          <CopyButton text={child.yaml} label="Copy" describe={`Copy ${child.kind} ${child.name}`} />
          <Yaml text={child.yaml} label={`${child.kind} ${child.name}`} />
        </div>
      )}
    </details>
  );
}

function byKind(children: Document[]): [string, Document[]][] {
  const groups = new Map<string, Document[]>();
  for (const child of children) {
    groups.set(child.kind, [...(groups.get(child.kind) ?? []), child]);
  }
  return [...groups];
}
