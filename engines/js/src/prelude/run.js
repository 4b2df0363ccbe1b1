// How a script's files are required, how its hooks are found, and how one is run.
(function (natives, inside) {
  'use strict';
  // Scripts may replace globals.
  const { Date, Error, Map, Number, Object, Promise, Set, String, TypeError } = globalThis;
  const { parse, stringify } = JSON;
  const { Invalid, RetryLater } = inside.helpers;
  const isArray = Array.isArray;
  const HOOKS = ['sync', 'finalize', 'customize'];
  const HELPERS = 'metawasm';

  class Problem extends Error {}

  // CommonJS, as in Node: a module that is in the making is seen as far as it is.
  const modules = new Map();
  function require(path) {
    if (path === HELPERS) return inside.helpers;
    const known = modules.get(path);
    if (known) return known.exports;
    const kind = natives.kind(path);
    if (kind === 'module') throw new Problem(`cannot require ${path}: it is an ES module; use import`);
    const module = { id: path, filename: path, exports: {}, loaded: false };
    modules.set(path, module);
    if (kind === 'json') {
      try {
        module.exports = parse(natives.text(path));
      } catch (error) {
        throw new Problem(`${path}: invalid JSON: ${error.message}`);
      }
    } else {
      const from = (name) => {
        const [found, problem] = natives.resolve(path, String(name));
        if (problem) throw new Problem(problem);
        return require(found);
      };
      const run = natives.common(path);
      const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
      run.call(module.exports, module.exports, from, module, path, folder);
    }
    module.loaded = true;
    return module.exports;
  }

  // The ES module that exports what another file exports.
  function bridge(path) {
    const exports = require(path);
    const isName = (key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default';
    const names = exports !== null && ['object', 'function'].includes(typeof exports) ? Object.keys(exports).filter(isName) : [];
    const lines = names.map((key, index) => `const e${index} = all[${stringify(key)}]; export { e${index} as ${key} };`);
    return `const all = globalThis[Symbol.for("metawasm.require")](${stringify(path)}); export default all;\n${lines.join('\n')}`;
  }
  Object.defineProperty(globalThis, Symbol.for('metawasm.require'), { value: require });

  // The hooks of a file: by name, or one for all.
  function hooksOf(exports) {
    const of = exports !== null && (typeof exports === 'object' || typeof exports === 'function') ? exports : {};
    const base = of.default !== null && typeof of.default === 'object' ? of.default : {};
    const named = {};
    for (const hook of [...HOOKS, 'describe']) {
      const value = of[hook] ?? base[hook];
      if (value !== undefined) named[hook] = value;
    }
    const single = typeof exports === 'function' ? exports : typeof of.default === 'function' ? of.default : undefined;
    return { named, single };
  }

  function choose(path, exports, only, hook) {
    const { named, single } = hooksOf(exports);
    if (typeof named[hook] === 'function') return { run: named[hook], stock: false };
    const hasOthers = HOOKS.some((other) => typeof named[other] === 'function');
    if (single && (only || !hasOthers)) return { run: single, stock: true };
    const wanted = only ? `a function \`${hook}\`, or a single function` : 'a function sync, finalize or customize, or a single function';
    throw new Problem(`${path}: exports no hook; export ${wanted}`);
  }

  function describe(path, value) {
    const description = typeof value === 'function' ? value() : value;
    if (description === null || typeof description !== 'object' || isArray(description)) {
      throw new Problem(`${path}: \`describe\` is ${inside.show(description)}; expected an object, or a function that returns one`);
    }
    return stringify(description);
  }

  // Rows of path, hook or null, exports.
  function find(rows) {
    const hooks = new Set();
    let description = null;
    for (const [path, only, exports] of rows) {
      const { named } = hooksOf(exports);
      if (named.describe !== undefined && description === null) description = describe(path, named.describe);
      if (only) {
        choose(path, exports, true, only);
        hooks.add(only);
        continue;
      }
      for (const hook of HOOKS) {
        if (named[hook] === undefined) continue;
        if (typeof named[hook] !== 'function') throw new Problem(`${path}: \`${hook}\` is ${inside.show(named[hook])}; expected a function`);
        hooks.add(hook);
      }
      if (hooks.size === 0) choose(path, exports, false, 'sync');
    }
    return { hooks: HOOKS.filter((hook) => hooks.has(hook)), description };
  }

  let stock = false;
  let current = '';
  function start(path, exports, only, hook, request, settings) {
    const chosen = choose(path, exports, only ?? undefined, hook);
    stock = chosen.stock;
    current = hook;
    const body = parse(request);
    if (!stock) return awaited(chosen.run(body, parse(settings)));
    // The argument of hooks for Metacontroller's server for Node.
    const headers = { 'content-type': 'application/json' };
    const message = { body, headers, method: 'POST', path: `/${hook}`, url: `/${hook}`, query: {} };
    return awaited(chosen.run({ ...message, request: message, settings: parse(settings) }));
  }

  // A promise of another library is one too.
  function awaited(value) {
    return value !== null && typeof value === 'object' && typeof value.then === 'function' ? Promise.resolve(value) : value;
  }

  const text = (value) => (typeof value === 'string' ? value : value === undefined ? '' : stringify(value) ?? inside.show(value));

  // A hook for a server returns a status, a body and headers.
  function fromServer(path, value) {
    const { status, body, headers } = value;
    if (status >= 200 && status < 300) {
      if (typeof body !== 'string') return body;
      try {
        return parse(body);
      } catch (error) {
        throw new Problem(`${path}: the body is text, but not JSON: ${error.message}`);
      }
    }
    if (status === 429) {
      const after = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'retry-after');
      const seconds = Number(after?.[1]);
      throw new RetryLater(seconds > 0 ? seconds : 10, text(body) || 'the hook returned the status 429');
    }
    if (status === 400 || status === 422) throw new Invalid(text(body) || `the hook returned the status ${status}`);
    throw new Problem(`${path}: the hook returned the status ${status}${body === undefined ? '' : `: ${text(body)}`}`);
  }

  // JSON writes numbers that are none as null, which would be another answer. The others are errors without a place.
  function notJson(value, place, above) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new Problem(`the answer has ${value} at ${place || '/'}; JSON has no such number`);
    }
    if (typeof value === 'bigint') throw new Problem(`the answer has a BigInt at ${place || '/'}; expected a number or a string`);
    if (value === null || typeof value !== 'object') return;
    if (above.includes(value)) throw new Problem(`the answer has an object that contains itself at ${place || '/'}`);
    above.push(value);
    for (const key of Object.keys(value)) {
      notJson(value[key], `${place}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, above);
    }
    above.pop();
  }

  function json(value) {
    let answer;
    try {
      answer = stringify(value);
    } catch (error) {
      // What a getter or a toJSON throws is the script's own.
      if (!(error instanceof TypeError) || placeOf(error.stack)) throw error;
      notJson(value, '', []);
      throw new Problem(`the answer of the hook ${current} is not JSON: ${error.message}`);
    }
    if (answer === undefined || answer[0] !== '{') {
      throw new Problem(`the answer of the hook ${current} is not a JSON object: its toJSON returns something else`);
    }
    if (answer.includes('null')) notJson(value, '', []);
    return answer;
  }

  function located(path, work) {
    try {
      return work();
    } catch (error) {
      throw error instanceof Problem ? new Problem(`${path}: ${error.message}`) : error;
    }
  }

  const KINDS = { undefined: 'undefined', string: 'a string', number: 'a number', boolean: 'a boolean', bigint: 'a BigInt', symbol: 'a symbol', function: 'a function' };
  function finish(path, returned) {
    const value = stock && returned !== null && typeof returned === 'object' && typeof returned.status === 'number'
      ? fromServer(path, returned)
      : returned;
    if (value === null || typeof value !== 'object' || isArray(value) || value instanceof Date) {
      const kind = value === null ? 'null' : isArray(value) ? 'an array' : KINDS[typeof value] ?? 'a Date';
      throw new Problem(`${path}: the hook ${current} returned ${kind}; expected an object`);
    }
    return located(path, () => json(value));
  }

  function never(path) {
    throw new Problem(`${path}: the promise never settles: a hook has no timers, network or files to wait for`);
  }

  // A place in a script, or in the file that its bundler read.
  function placeAt(path, line, column) {
    // In what is put behind a file: the file is not finished.
    const end = natives.end(path);
    if (end && line > end[0]) return `${path}:${end[0]}:${end[1]}`;
    const before = line === 1 && natives.kind(path) === 'common' && column > natives.moved ? natives.moved : 0;
    return natives.original(path, line, column - before) ?? `${path}:${line}:${column - before}`;
  }

  // The first place in a script of a stack.
  function placeOf(stack) {
    for (const line of String(stack ?? '').split('\n')) {
      const found = /(?:\(|at )([^():\s][^():]*?):(\d+)(?::(\d+))?\)?$/.exec(line.trim());
      if (!found || natives.kind(found[1]) === 'none') continue;
      return placeAt(found[1], Number(found[2]), Number(found[3] ?? 1));
    }
    return null;
  }

  // A stack with the places that a person can look up.
  function readable(stack) {
    return String(stack).replace(/([^():\s]+):(\d+):(\d+)(?=\)?$)/gm, (all, path, line, column) => (
      natives.kind(path) === 'none' ? all : placeAt(path, Number(line), Number(column))));
  }

  // What programs for Node expect, and what hooks have instead.
  const INSTEAD = {
    Buffer: 'use TextEncoder, TextDecoder, btoa and atob',
    Intl: 'format numbers and dates yourself',
    crypto: 'use hash of the module "metawasm"',
    print: 'use console.log',
  };
  function advice(error) {
    const name = error.name === 'ReferenceError' ? /^(\w+) is not defined$/.exec(error.message)?.[1] : undefined;
    return name !== undefined && Object.hasOwn(INSTEAD, name) ? `; ${INSTEAD[name]}` : '';
  }

  function sentence(error) {
    if (!(error instanceof Error)) return `the script threw ${inside.show(error)}, which is not an Error`;
    const message = String(error.message ?? '');
    if (error instanceof Problem) {
      const place = natives.kind(message.split(':')[0]) === 'none' ? placeOf(error.stack) : null;
      return place ? `${place}: ${message}` : message;
    }
    const place = placeOf(error.stack);
    const named = error.name === 'Error' ? message : `${error.name}: ${message}${advice(error)}`;
    return place ? `${place}: ${named || error.name}` : named || error.name;
  }

  function failure(error) {
    if (error instanceof Invalid) return { kind: 'invalid', text: error.message, seconds: 0 };
    if (error instanceof RetryLater) return { kind: 'retry', text: error.message, seconds: error.seconds };
    if (error instanceof Error && !(error instanceof Problem) && error.stack) natives.log(3, `${error}\n${readable(error.stack)}`.trimEnd());
    return { kind: 'internal', text: sentence(error), seconds: 0 };
  }

  Object.assign(inside, { require, bridge, find, start, finish, never, failure });
});
