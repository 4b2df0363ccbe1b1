// The module "metawasm": failures and helpers for hooks.
(function (natives, inside) {
  'use strict';
  class Invalid extends Error {
    get name() { return 'Invalid'; }
  }
  class RetryLater extends Error {
    constructor(seconds, reason) {
      super(reason ?? 'the hook cannot answer yet');
      if (!Number.isFinite(seconds) || seconds <= 0) throw new TypeError('RetryLater takes seconds above 0, and a reason');
      this.seconds = Math.min(Math.max(Math.ceil(seconds), 1), 3600);
    }
    get name() { return 'RetryLater'; }
  }

  // JSON with sorted keys: equal objects have equal texts.
  function canonical(value) {
    if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
    if (value !== null && typeof value === 'object' && typeof value.toJSON !== 'function') {
      const fields = Object.keys(value).sort().filter((key) => value[key] !== undefined);
      return `{${fields.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
    }
    return JSON.stringify(value) ?? 'null';
  }
  const hash = (value) => natives.sha256(typeof value === 'string' ? value : canonical(value));
  const shortHash = (value) => hash(value).slice(0, 10);

  // A name of a Kubernetes object made of parts. One that is too long is cut, and ends with a hash of all of it.
  function name(...parts) {
    const whole = parts.map(String).join('-');
    const clean = whole.toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '');
    if (clean === whole && clean.length <= 63 && clean !== '') return clean;
    const start = clean.slice(0, 63 - 11).replace(/-+$/, '');
    return `${start || 'x'}-${shortHash(whole)}`;
  }

  const UNITS = {
    '': 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
    Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
  };
  // The number that a quantity such as 500m or 1Gi stands for.
  function quantity(value) {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    const found = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(String(value));
    if (!found) throw new Invalid(`${JSON.stringify(value) ?? typeof value} is not a quantity; expected a number such as 500m or 1Gi`);
    return found[2] ? Number(found[1] + found[2]) : Number(found[1]) * UNITS[found[3] ?? ''];
  }

  // A condition of a status. Its time is the one of the observed condition if the status is the same; a hook has no clock, and
  // leaves the time to others otherwise.
  function condition(type, status, reason, message, observed) {
    const text = typeof status === 'boolean' ? (status ? 'True' : 'False') : status;
    const fields = { type, status: text, reason, message: message ?? '' };
    const before = Array.isArray(observed) ? observed.find((other) => other?.type === type) : undefined;
    if (before?.status === text && before.lastTransitionTime) fields.lastTransitionTime = before.lastTransitionTime;
    return fields;
  }

  // The observed children, or related objects, of one kind or of all kinds.
  function objects(map, kind) {
    const kinds = Object.entries(map ?? {}).filter(([key]) => kind === undefined || key === kind || key.startsWith(`${kind}.`));
    return kinds.flatMap(([, byName]) => Object.values(byName));
  }

  inside.helpers = Object.freeze({ Invalid, RetryLater, canonical, condition, hash, name, objects, quantity, shortHash });
});
