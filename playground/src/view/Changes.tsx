import type { Difference, DocumentDiff } from "../worker/protocol";
import { Empty } from "./Empty";

/** The difference to the answer before the edits. */
export function Changes({ difference, rebase }: { difference: Difference; rebase(): void }) {
  const { documents, added, removed } = difference;
  if (documents.length === 0) {
    return (
      <Empty title="No changes yet">
        Edit the text, a setting or a kind. The difference to the answer before your edits appears here.
      </Empty>
    );
  }
  return (
    <div class="changes">
      <div class="bar">
        <p class="soft">
          {added} {added === 1 ? "line" : "lines"} added, {removed} removed since the text was opened
        </p>
        <button type="button" onClick={rebase}>
          Compare from here on
        </button>
      </div>
      <Changed documents={documents} />
    </div>
  );
}

/** What differs, document by document. */
export function Changed({ documents }: { documents: DocumentDiff[] }) {
  return (
    <>
      {documents.map((document) => (
        <One key={document.id} document={document} />
      ))}
    </>
  );
}

const NAMES = { "+": "added", "-": "removed", " ": "", gap: "" } as const;

function One({ document: { title, change, lines } }: { document: DocumentDiff }) {
  return (
    <section class="changed" aria-label={title}>
      <h2>
        {title} <span class={`change ${change}`}>{change}</span>
      </h2>
      <pre class="diff" tabIndex={0} role="region" aria-label={`Difference of ${title}`}>
        {lines.map(({ sign, text }, index) => (
          <div key={index} class={`diff-line ${NAMES[sign] || (sign === "gap" ? "gap" : "same")}`}>
            {sign === "gap" ? `⋯ ${text}` : `${sign} ${text}`}
          </div>
        ))}
      </pre>
    </section>
  );
}
