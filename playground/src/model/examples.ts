/** A Function to pick. */
export interface Example {
  /** Its path below `examples/`, without the extension: `seed/async-input`. */
  id: string;
  /** The heading in the list. */
  group: string;
  title: string;
  text: string;
}
