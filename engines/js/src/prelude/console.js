// console: lines of the host's log, with levels. process and global: what small scripts look at.
(function (natives, inside) {
  'use strict';
  const DEPTH = 4;
  const MOST = 100;

  // Describes a value for a person, in one line.
  function show(value, depth, seen) {
    if (typeof value === 'string') return depth === DEPTH ? value : JSON.stringify(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'function') return `[Function: ${value.name || 'anonymous'}]`;
    if (typeof value === 'symbol') return value.toString();
    if (value === null || typeof value !== 'object') return String(value);
    if (value instanceof Error) return `${value}\n${value.stack || ''}`.trimEnd();
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (seen.includes(value)) return '[Circular]';
    if (depth === 0) return Array.isArray(value) ? '[Array]' : '[Object]';
    const inner = [...seen, value];
    const next = (item) => show(item, depth - 1 === DEPTH ? depth - 2 : depth - 1, inner);
    const cut = (items) => (items.length > MOST ? [...items.slice(0, MOST), `… ${items.length - MOST} more`] : items);
    if (Array.isArray(value)) return `[${cut(value.map(next)).join(', ')}]`;
    if (value instanceof Map) return `Map {${cut([...value].map(([k, v]) => `${next(k)} => ${next(v)}`)).join(', ')}}`;
    if (value instanceof Set) return `Set {${cut([...value].map(next)).join(', ')}}`;
    const fields = Object.keys(value).map((key) => `${/^[\w$]+$/.test(key) ? key : JSON.stringify(key)}: ${next(value[key])}`);
    return `{${cut(fields).join(', ')}}`;
  }

  function format(values) {
    const rest = [...values];
    let text = '';
    if (typeof rest[0] === 'string' && /%[sdifjoO%]/.test(rest[0])) {
      text = rest.shift().replace(/%([sdifjoO%])/g, (all, kind) => {
        if (kind === '%') return '%';
        if (rest.length === 0) return all;
        const value = rest.shift();
        if (kind === 's') return typeof value === 'string' ? value : show(value, DEPTH, []);
        if (kind === 'd' || kind === 'f') return String(Number(value));
        if (kind === 'i') return String(Math.trunc(Number(value)));
        return kind === 'j' ? JSON.stringify(value) : show(value, DEPTH, []);
      });
    }
    const others = rest.map((value) => show(value, DEPTH, []));
    return [...(text ? [text] : []), ...others].join(' ');
  }

  const line = (level) => function (...values) { natives.log(level, format(values)); };
  const console = {
    debug: line(0),
    log: line(1),
    info: line(1),
    warn: line(2),
    error: line(3),
    dir(value) { natives.log(1, show(value, DEPTH, [])); },
    table(value) { natives.log(1, show(value, DEPTH, [])); },
    trace(...values) { natives.log(0, `${format(values)}\n${new Error().stack}`); },
    assert(holds, ...values) { if (!holds) natives.log(3, `Assertion failed: ${format(values)}`); },
    group(...values) { if (values.length > 0) natives.log(1, format(values)); },
    groupEnd() {},
    // A timer needs a clock.
    time() {},
    timeLog() {},
    timeEnd() {},
    count() {},
  };
  const hidden = (value) => ({ value, writable: true, enumerable: false, configurable: true });
  const nextTick = (work, ...values) => { Promise.resolve().then(() => work(...values)); };
  const process = {
    argv: [], env: {}, platform: 'metawasm', version: '', versions: {}, nextTick,
    cwd: () => '/',
    exit() { throw new Error('process.exit() is not available: a hook returns an answer or throws'); },
    on() { return process; },
  };
  Object.defineProperties(globalThis, {
    console: hidden(console),
    global: hidden(globalThis),
    process: hidden(process),
  });
  if (globalThis.queueMicrotask === undefined) {
    Object.defineProperty(globalThis, 'queueMicrotask', hidden((work) => { Promise.resolve().then(() => work()); }));
  }
  inside.show = (value) => show(value, DEPTH, []);
});
