// Figures with their units.

/** Microseconds as a person reads them. */
export function duration(micros: number): string {
  if (micros < 1_000) return `${round(micros)} µs`;
  return micros < 1e6 ? `${round(micros / 1e3)} ms` : `${round(micros / 1e6)} s`;
}

/** Bytes as a person reads them. */
export function bytes(count: number): string {
  if (count < 1_024) return `${count} B`;
  return count < 2 ** 20 ? `${round(count / 1_024)} KiB` : `${round(count / 2 ** 20)} MiB`;
}

/** Two digits at least. */
function round(value: number): string {
  if (value === 0) return "0";
  return value.toFixed(value < 10 ? 1 : 0);
}
