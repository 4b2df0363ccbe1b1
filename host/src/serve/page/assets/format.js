// @ts-check
// Numbers and times for people.

const COUNT = new Intl.NumberFormat("en");

/**
 * @param {number} number
 * @param {number} digits of what is significant
 */
function short(number, digits = 3) {
  return number.toLocaleString("en", { maximumSignificantDigits: digits });
}

/**
 * 1,234
 *
 * @param {number} number
 */
export function count(number) {
  return COUNT.format(number);
}

/**
 * 12.3/s
 *
 * @param {number} number of calls a second
 */
export function rate(number) {
  return `${number > 0 && number < 0.01 ? "< 0.01" : short(number, number < 10 ? 2 : 3)}/s`;
}

/**
 * 98.2 %
 *
 * @param {number} part
 * @param {number} whole
 */
export function share(part, whole) {
  if (part === 0 || whole === 0) return "0 %";
  const percent = (part / whole) * 100;
  if (percent < 0.1) return "< 0.1 %";
  if (part < whole && percent > 99.9) return "> 99.9 %";
  return `${short(percent)} %`;
}

/**
 * 1.2 ms
 *
 * @param {number} micros
 */
export function duration(micros) {
  if (micros < 1000) return `${short(micros, 2)} µs`;
  if (micros < 1_000_000) return `${short(micros / 1000, 2)} ms`;
  return `${short(micros / 1_000_000, 2)} s`;
}

/**
 * 12.3 MiB
 *
 * @param {number} number
 */
export function bytes(number) {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let unit = 0;
  let value = number;
  while (value >= 1024 && unit + 1 < units.length) {
    value /= 1024;
    unit += 1;
  }
  return `${short(value)} ${units[unit]}`;
}

/**
 * 2 h 5 min
 *
 * @param {number} seconds
 */
export function span(seconds) {
  const [minute, hour, day] = [60, 3600, 86_400];
  if (seconds < minute) return `${seconds} s`;
  if (seconds < hour) return `${Math.floor(seconds / minute)} min`;
  if (seconds < day) return `${Math.floor(seconds / hour)} h ${Math.floor((seconds % hour) / minute)} min`;
  return `${Math.floor(seconds / day)} d ${Math.floor((seconds % day) / hour)} h`;
}

/**
 * sha256:0123456789ab
 *
 * @param {string} digest
 */
export function shortDigest(digest) {
  return digest.slice(0, "sha256:".length + 12);
}

/**
 * The time of day, with the date if it is another day.
 *
 * @param {number} millis since 1970
 */
export function clock(millis) {
  const at = new Date(millis);
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0"));
  const today = at.toDateString() === new Date().toDateString();
  const date = `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
  return today ? time.join(":") : `${date} ${time.join(":")}`;
}
