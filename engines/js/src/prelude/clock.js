// Clocks, randomness and timers: a hook has none, since equal requests must get equal answers.
(function (natives, inside) {
  'use strict';
  const Real = Date;
  const FROZEN = 946684800000; // 2000-01-01T00:00:00Z

  function missing(what, instead) {
    return new Error(`${what} is not available: a hook has no ${instead}`);
  }
  const CLOCK =
    'clock, so that equal requests get equal answers; for log lines only, write the comment ' +
    '`// @metawasm frozen-clock` at the top of the file: it then is always 2000-01-01T00:00:00Z';

  function now(what) {
    if (natives.frozen()) return FROZEN;
    throw missing(what, CLOCK);
  }

  function Guarded(...fields) {
    if (new.target === undefined) return new Real(now('Date()')).toString();
    if (fields.length === 0) fields = [now('new Date()')];
    return Reflect.construct(Real, fields, new.target === Guarded ? Real : new.target);
  }
  const hidden = (value) => ({ value, writable: true, enumerable: false, configurable: true });
  Object.defineProperties(Guarded, {
    name: { value: 'Date', configurable: true },
    length: { value: 7, configurable: true },
    prototype: { value: Real.prototype, writable: false },
    parse: hidden(Real.parse),
    UTC: hidden(Real.UTC),
    now: hidden(function () { return now('Date.now()'); }),
  });
  Object.defineProperty(Real.prototype, 'constructor', hidden(Guarded));
  Object.defineProperty(globalThis, 'Date', hidden(Guarded));

  let seed = 0x2545f491;
  Object.defineProperty(Math, 'random', hidden(function () {
    if (!natives.frozen()) {
      throw missing('Math.random()', 'randomness, so that equal requests get equal answers; derive names from the parent, for ' +
        'example with `name` and `shortHash` of the module "metawasm"');
    }
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) / 4294967296;
  }));
  if (globalThis.performance !== undefined) {
    Object.defineProperty(globalThis, 'performance', hidden({ now: () => now('performance.now()') - FROZEN }));
  }

  const LATER = 'timers: it answers at once; return `resyncAfterSeconds` to be called again';
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
    Object.defineProperty(globalThis, name, hidden(function () { throw missing(`${name}()`, LATER); }));
  }
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
    Object.defineProperty(globalThis, name, hidden(function () {}));
  }
  const NETWORK = 'network; put what it needs into the settings, or ask for objects with the customize hook';
  Object.defineProperty(globalThis, 'fetch', hidden(function () { throw missing('fetch()', NETWORK); }));
});
