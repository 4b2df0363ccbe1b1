import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Tab {
  id: string;
  name: string;
  /** A short addition, such as a number. */
  count?: string;
  /** Whether its panel stays in the page once it was selected. */
  stays?: boolean;
  body: () => ComponentChildren;
}

interface Props {
  label: string;
  tabs: Tab[];
  selected: string;
  select(id: string): void;
  /** Tells apart the tabs of several lists in the ids of their elements. */
  prefix?: string;
}

/** Says by classes on which sides of a list there are more tabs. */
function showEnds(list: HTMLElement | null): void {
  if (!list) return;
  const { scrollLeft, scrollWidth, clientWidth } = list;
  // The padding at the ends is no tab.
  list.classList.toggle("before", scrollLeft > PADDING);
  list.classList.toggle("after", scrollLeft + clientWidth < scrollWidth - PADDING);
}

/** The padding of a list, in pixels. */
const PADDING = 8;
/** How much of the next tab is in view, so that one sees that there is more. */
const PEEK = 24;

/** Tabs after the ARIA pattern: arrow keys, Home and End move between them. */
export function Tabs({ label, tabs, selected, select, prefix = "" }: Props) {
  const visited = useRef(new Set<string>()).current;
  visited.add(selected);
  const list = useRef<HTMLDivElement>(null);
  // Of tabs that have no room, the selected one is in view, also when the others get wider.
  const widths = tabs.map(({ name, count = "" }) => name + count).join();
  useLayoutEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>("[aria-selected=true]");
    if (!list.current || !tab) return;
    const { offsetLeft, offsetWidth } = tab;
    const { scrollLeft, clientWidth } = list.current;
    const last = offsetLeft + offsetWidth - clientWidth;
    if (offsetLeft < scrollLeft || last > scrollLeft) list.current.scrollLeft = Math.max(0, last + PEEK);
  }, [selected, widths]);
  useLayoutEffect(() => showEnds(list.current));
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => showEnds(list.current));
    if (list.current) observer.observe(list.current);
    return () => observer.disconnect();
  }, []);
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ id }) => id === selected);
    const last = tabs.length - 1;
    const places: Record<string, number> = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    const next = tabs[places[event.key] ?? -1];
    if (!next) return;
    event.preventDefault();
    select(next.id);
    list.current?.querySelector<HTMLElement>(`#tab-${prefix}${next.id}`)?.focus();
  };
  return (
    <div class="tabs">
      <div
        class="tab-list"
        role="tablist"
        aria-label={label}
        ref={list}
        onKeyDown={move}
        onScroll={() => showEnds(list.current)}
      >
        {tabs.map(({ id, name, count }) => (
          <button
            key={id}
            id={`tab-${prefix}${id}`}
            type="button"
            role="tab"
            aria-selected={id === selected}
            aria-controls={`panel-${prefix}${id}`}
            tabIndex={id === selected ? 0 : -1}
            onClick={() => select(id)}
          >
            {name}
            {count ? " " : ""}
            {count && <span class="count">{count}</span>}
          </button>
        ))}
      </div>
      {tabs.map(({ id, stays, body }) => (
        <div
          key={id}
          id={`panel-${prefix}${id}`}
          class={`panel ${stays ? "flush" : ""}`}
          role="tabpanel"
          aria-labelledby={`tab-${prefix}${id}`}
          tabIndex={0}
          hidden={id !== selected}
        >
          {(id === selected || (stays && visited.has(id))) && body()}
        </div>
      ))}
    </div>
  );
}
