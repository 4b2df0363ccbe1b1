import { useEffect, useRef } from "preact/hooks";
import { createEditor } from "../editor/editor";
import type { Store } from "../model/store";
import type { SchemaSource } from "../schema/assist";
import type { TextName } from "../worker/protocol";

interface Props {
  store: Store;
  name: TextName;
  /** What the text is, for screen readers. */
  label: string;
  schema?: SchemaSource;
}

/** The editor of a text. */
export function Editor({ store, name, label, schema = () => undefined }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!frame.current) return;
    const editor = createEditor(frame.current, {
      label,
      schema,
      edited: (text) => store.edit(name, text),
      refused: (message) => store.notify(message),
    });
    store.connect(name, editor);
    return () => {
      store.disconnect(name);
      editor.view.destroy();
    };
  }, [store, name]);
  return <div class="editor" ref={frame} />;
}
