import { useState } from "preact/hooks";

/** Copies a text, also where the clipboard of the browser needs HTTPS and the page has none. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** Saves a text as a file. */
export function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A button that copies, and says for a moment that it did. */
export function CopyButton({ text, label, describe }: { text: string; label: string; describe?: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const press = async () => {
    setSaid((await copy(text)) ? "Copied" : "Not copied");
    setTimeout(() => setSaid(null), 1_500);
  };
  return (
    <button type="button" class="copy" onClick={press} aria-label={said ?? describe ?? label}>
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}
