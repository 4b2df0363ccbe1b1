import { useEffect, useState } from "preact/hooks";
import type { Document, View } from "../worker/protocol";
import { CopyButton, download } from "./clipboard";
import { Empty } from "./Empty";
import { Yaml } from "./Yaml";

interface Props {
  view: View;
  /** The child to show, from the drawing; `at` tells apart two requests for the same. */
  wanted: { id: string; at: number } | null;
}

/** The children as YAML, by kind. */
export function Children({ view, wanted }: Props) {
  const { children } = view;
  const [open, setOpen] = useState<Set<string>>(() => new Set());
  useEffect(() => {
    if (!wanted) return;
    setOpen((before) => new Set(before).add(wanted.id));
    requestAnimationFrame(() => {
      const heading = document.getElementById(`child-${wanted.id}`);
      heading?.scrollIntoView({ block: "start" });
      heading?.querySelector<HTMLElement>("summary")?.focus();
    });
  }, [wanted]);
  if (children.length === 0) {
    return (
      <Empty title="No children">The plugin wants no objects for this input. The conditions say why.</Empty>
    );
  }
  const all = children.map(({ yaml }) => yaml).join("---\n");
  const toggle = (id: string, isOpen: boolean) => {
    if (isOpen === open.has(id)) return;
    const next = new Set(open);
    if (isOpen) next.add(id);
    else next.delete(id);
    setOpen(next);
  };
  const allOpen = children.every(({ id }) => open.has(id));
  return (
    <div class="children">
      <div class="bar">
        <button type="button" onClick={() => setOpen(new Set(allOpen ? [] : children.map(({ id }) => id)))}>
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
              open={open.has(child.id)}
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
