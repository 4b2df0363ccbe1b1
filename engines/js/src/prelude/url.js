// URL and URLSearchParams, for the URLs that manifests have: absolute ones with a host, and paths relative to them.
(function (natives, inside) {
  'use strict';
  const PORTS = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21' };
  const escape = (text, keep) => {
    let out = '';
    for (const letter of text) {
      out += keep.test(letter)
        ? letter
        : [...inside.bytes(letter)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
    }
    return out;
  };
  const PATH = /[\w\-.!~*'();:@&=+$,/%[\]|^\\]/;
  const QUERY = /[\w\-.!~*();:@&=+$,/?%[\]|^`{}\\]/;
  const FRAGMENT = /[\w\-.!~*'();:@&=+$,/?%[\]|^{}\\#]/;
  const USER = /[\w\-.!~*'()&+$,%]/;
  const FORM = /[\w\-.*]/;

  function parameter(text) {
    const bytes = text.replaceAll('+', ' ');
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes;
    }
  }
  const form = (text) => escape(String(text), FORM).replaceAll('%20', '+');

  class URLSearchParams {
    #list = [];
    #changed = null;
    constructor(from = '') {
      if (typeof from === 'string') {
        for (const part of from.replace(/^\?/, '').split('&')) {
          if (part === '') continue;
          const at = part.indexOf('=');
          const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
          this.#list.push([parameter(name), parameter(value)]);
        }
      } else {
        const pairs = from[Symbol.iterator] ? [...from] : Object.entries(from);
        for (const [name, value] of pairs) this.#list.push([String(name), String(value)]);
      }
    }
    static of(text, changed) {
      const params = new URLSearchParams(text);
      params.#changed = changed;
      return params;
    }
    #tell() { if (this.#changed) this.#changed(this.toString()); }
    get size() { return this.#list.length; }
    append(name, value) { this.#list.push([String(name), String(value)]); this.#tell(); }
    delete(name, value) {
      this.#list = this.#list.filter(([key, of]) => key !== name || (value !== undefined && of !== value));
      this.#tell();
    }
    get(name) { return this.#list.find(([key]) => key === name)?.[1] ?? null; }
    getAll(name) { return this.#list.filter(([key]) => key === name).map(([, value]) => value); }
    has(name, value) { return this.#list.some(([key, of]) => key === name && (value === undefined || of === value)); }
    set(name, value) {
      const at = this.#list.findIndex(([key]) => key === name);
      if (at < 0) this.#list.push([String(name), String(value)]);
      else this.#list = this.#list.filter(([key], index) => key !== name || index === at).map((pair, index) => (index === at ? [pair[0], String(value)] : pair));
      this.#tell();
    }
    sort() { this.#list.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)); this.#tell(); }
    forEach(work, self) { for (const [name, value] of this.#list) work.call(self, value, name, this); }
    *entries() { yield* this.#list.map((pair) => [...pair]); }
    *keys() { for (const [name] of this.#list) yield name; }
    *values() { for (const [, value] of this.#list) yield value; }
    [Symbol.iterator]() { return this.entries(); }
    toString() { return this.#list.map(([name, value]) => `${form(name)}=${form(value)}`).join('&'); }
  }

  function host(text, whole) {
    const lower = text.toLowerCase();
    const bare = /^\[[0-9a-f:.]+\]$/.test(lower) ? '' : lower;
    if (text === '' || /[\s#%/:<>?@[\\\]^|\u0080-\uffff]/.test(bare)) {
      throw new TypeError(`Invalid URL: ${whole}`);
    }
    return lower;
  }

  function path(text) {
    const parts = [];
    const names = text.split('/').slice(1);
    names.forEach((name, index) => {
      const last = index === names.length - 1;
      if (/^(\.|%2e){2}$/i.test(name)) {
        parts.pop();
        if (last) parts.push('');
      } else if (/^(\.|%2e)$/i.test(name)) {
        if (last) parts.push('');
      } else parts.push(name);
    });
    return `/${parts.join('/')}`;
  }

  class URL {
    #scheme; #user = ''; #password = ''; #host = ''; #port = ''; #path = ''; #query = ''; #fragment = '';
    #params;
    constructor(input, base) {
      const text = String(input).trim();
      const absolute = /^([A-Za-z][A-Za-z0-9+.-]*:)(.*)$/s.exec(text);
      if (absolute) this.#parse(absolute[1].toLowerCase(), absolute[2], text);
      else if (base !== undefined) this.#relative(text, new URL(base));
      else throw new TypeError(`Invalid URL: ${text}`);
      this.#params = URLSearchParams.of(this.#query, (query) => { this.#query = query === '' ? '' : `?${query}`; });
    }
    static canParse(input, base) {
      try {
        return Boolean(new URL(input, base));
      } catch {
        return false;
      }
    }
    static parse(input, base) { return URL.canParse(input, base) ? new URL(input, base) : null; }
    #parse(scheme, rest, whole) {
      this.#scheme = scheme;
      if (!rest.startsWith('//')) {
        if (PORTS[scheme]) throw new TypeError(`Invalid URL: ${whole}`);
        this.#tail(rest, false);
        return;
      }
      const end = rest.slice(2).search(/[/?#]/);
      const authority = end < 0 ? rest.slice(2) : rest.slice(2, 2 + end);
      const at = authority.lastIndexOf('@');
      if (at >= 0) {
        const [user, ...password] = authority.slice(0, at).split(':');
        this.#user = escape(user, USER);
        this.#password = escape(password.join(':'), USER);
      }
      const found = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1));
      if (!found || Number(found[2] || 0) > 65535) throw new TypeError(`Invalid URL: ${whole}`);
      this.#host = scheme === 'file:' && found[1] === '' ? '' : host(found[1], whole);
      const port = found[2] ? String(Number(found[2])) : '';
      this.#port = port === PORTS[scheme] ? '' : port;
      this.#tail(end < 0 ? '' : rest.slice(2 + end), true);
    }
    #relative(text, base) {
      this.#scheme = base.protocol;
      if (text.startsWith('//')) {
        this.#parse(base.protocol, text, text);
        return;
      }
      [this.#user, this.#password, this.#host, this.#port] = [base.username, base.password, base.hostname, base.port];
      const folder = base.pathname.slice(0, base.pathname.lastIndexOf('/') + 1);
      if (text === '' || text.startsWith('#')) this.#tail(base.pathname + base.search + text, true);
      else if (text.startsWith('?')) this.#tail(base.pathname + text, true);
      else this.#tail(text.startsWith('/') ? text : folder + text, true);
    }
    #tail(text, rooted) {
      const [, before, query, fragment] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(text);
      const clean = PORTS[this.#scheme] ? before.replaceAll('\\', '/') : before;
      this.#path = rooted ? path(escape(clean.startsWith('/') ? clean : `/${clean}`, PATH)) : escape(clean, PATH);
      this.search = query ?? '';
      this.hash = fragment ?? '';
    }
    get protocol() { return this.#scheme; }
    get username() { return this.#user; }
    get password() { return this.#password; }
    get hostname() { return this.#host; }
    set hostname(text) { this.#host = host(String(text), text); }
    get port() { return this.#port; }
    set port(text) { this.#port = String(text) === PORTS[this.#scheme] ? '' : String(text); }
    get host() { return this.#host + (this.#port ? `:${this.#port}` : ''); }
    get origin() { return PORTS[this.#scheme] ? `${this.#scheme}//${this.host}` : 'null'; }
    get pathname() { return this.#path; }
    set pathname(text) { this.#path = path(escape(`/${String(text).replace(/^\//, '')}`, PATH)); }
    get search() { return this.#query; }
    set search(text) {
      const query = String(text).replace(/^\?/, '');
      this.#query = query === '' ? '' : `?${escape(query, QUERY)}`;
      if (this.#params) this.#params = URLSearchParams.of(this.#query, (changed) => { this.#query = changed === '' ? '' : `?${changed}`; });
    }
    get searchParams() { return this.#params; }
    get hash() { return this.#fragment; }
    set hash(text) {
      const fragment = String(text).replace(/^#/, '');
      this.#fragment = fragment === '' ? '' : `#${escape(fragment, FRAGMENT)}`;
    }
    get href() {
      const user = this.#user || this.#password ? `${this.#user}${this.#password ? `:${this.#password}` : ''}@` : '';
      const authority = this.#host || this.#scheme === 'file:' || PORTS[this.#scheme] ? `//${user}${this.host}` : '';
      return `${this.#scheme}${authority}${this.#path}${this.#query}${this.#fragment}`;
    }
    toString() { return this.href; }
    toJSON() { return this.href; }
  }

  const hidden = (value) => ({ value, writable: true, enumerable: false, configurable: true });
  Object.defineProperties(globalThis, { URL: hidden(URL), URLSearchParams: hidden(URLSearchParams) });
});
