import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Document } from "../worker/protocol";
import { CopyButton, download } from "./clipboard";
import { Yaml } from "./Yaml";

interface Props {
  documents: Document[];
  /** The name of the file to download. */
  file: string;
  /** The ids of the documents whose YAML is shown. */
  opened: ReadonlySet<string>;
  open(ids: ReadonlySet<string>): void;
  /** The document to go to, from the drawing. */
  wanted: string | null;
  /** The document has the focus. */
  found(): void;
  /** What is there instead of no documents. */
  children: ComponentChildren;
}

/** Objects as YAML, by kind. */
export function Documents({ documents, file, opened, open, wanted, found, children }: Props) {
  useEffect(() => {
    if (wanted === null) return;
    const heading = document.getElementById(`child-${wanted}`);
    heading?.scrollIntoView({ block: "start" });
    heading?.querySelector<HTMLElement>("summary")?.focus();
    found();
  }, [wanted]);
  if (documents.length === 0) return <>{children}</>;
  const all = documents.map(({ yaml }) => yaml).join("---\n");
  const toggle = (id: string, isOpen: boolean) => {
    if (isOpen === opened.has(id)) return;
    const next = new Set(opened);
    if (isOpen) next.add(id);
    else next.delete(id);
    open(next);
  };
  const allOpen = documents.every(({ id }) => opened.has(id));
  return (
    <div class="children">
      <div class="bar">
        <button type="button" onClick={() => open(new Set(allOpen ? [] : documents.map(({ id }) => id)))}>
          {allOpen ? "Close all" : "Open all"}
        </button>
        <CopyButton text={all} label="Copy all" />
        <button type="button" onClick={() => download(file, all)}>
          Download
        </button>
      </div>
      {byKind(documents).map(([kind, members]) => (
        <section key={kind} aria-label={kind}>
          <h2>
            {kind} {members.length > 1 && <span class="count">{members.length}</span>}
          </h2>
          {members.map((child) => (
            <One
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

function One({ child, open, toggle }: { child: Document; open: boolean; toggle(open: boolean): void }) {
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

function byKind(documents: Document[]): [string, Document[]][] {
  const groups = new Map<string, Document[]>();
  for (const child of documents) {
    groups.set(child.kind, [...(groups.get(child.kind) ?? []), child]);
  }
  return [...groups];
}
