import { useMemo } from "preact/hooks";

const LINE = /^(\s*(?:- )*)([^\s:#][^:]*:)(?=\s|$)(.*)$/;

/** A YAML text that the page made: its keys and values in different colours. Everything in it is text. */
export function Yaml({ text, label }: { text: string; label: string }) {
  const lines = useMemo(() => text.replace(/\n$/, "").split("\n"), [text]);
  return (
    <pre class="yaml" tabIndex={0} role="region" aria-label={label}>
      <code>
        {lines.map((line, index) => {
          const [, indent, key, value] = LINE.exec(line) ?? [];
          const start = index === 0 ? "" : "\n";
          return key === undefined ? (
            <span class="yaml-value">{start + line}</span>
          ) : (
            <>
              {start + indent}
              <span class="yaml-key">{key}</span>
              <span class="yaml-value">{value}</span>
            </>
          );
        })}
      </code>
    </pre>
  );
}
