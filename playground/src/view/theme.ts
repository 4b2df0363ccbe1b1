// Dark or light: as the system has it, unless somebody chose.

export type Theme = "system" | "light" | "dark";

const KEY = "metawasm-playground-theme";
const ORDER: Theme[] = ["system", "light", "dark"];

let theme: Theme = "system";

/** The theme in use. */
export function themeNow(): Theme {
  return theme;
}

/** Uses the theme that was chosen last. */
export function restoreTheme(): void {
  const stored = read();
  if (stored) apply(stored);
}

/** Changes to the next theme and remembers it in this browser. */
export function nextTheme(): Theme {
  apply(ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? "system");
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A browser that stores nothing uses the theme until the page is closed.
  }
  return theme;
}

function apply(next: Theme): void {
  theme = next;
  document.documentElement.dataset["theme"] = next;
}

function read(): Theme | undefined {
  try {
    return ORDER.find((known) => known === localStorage.getItem(KEY));
  } catch {
    return undefined;
  }
}
