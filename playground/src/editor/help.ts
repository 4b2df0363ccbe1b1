// The help of the field at the cursor, for people without a pointer.

import { type EditorState, StateEffect, StateField } from "@codemirror/state";
import { type Command, showTooltip, type Tooltip } from "@codemirror/view";

const show = StateEffect.define<Tooltip | null>();

/** The help that is open. Any change or move closes it. */
export const helpField = StateField.define<Tooltip | null>({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : value;
  },
  provide: (field) => showTooltip.from(field),
});

/** Returns a command that opens or closes the help. */
export function toggleHelp(find: (state: EditorState, pos: number) => Tooltip | null): Command {
  return (view) => {
    const open = view.state.field(helpField);
    view.dispatch({ effects: show.of(open ? null : find(view.state, view.state.selection.main.head)) });
    return true;
  };
}
