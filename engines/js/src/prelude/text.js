// TextEncoder, TextDecoder (UTF-8), btoa, atob.
(function (natives, inside) {
  'use strict';
  function encode(text) {
    const bytes = [];
    for (const letter of String(text)) {
      let code = letter.codePointAt(0);
      if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
    return new Uint8Array(bytes);
  }

  // The bytes that follow a first byte, the bits that it gives, and the least code that may be written like this.
  function lead(byte) {
    if (byte >= 0xc2 && byte <= 0xdf) return [1, byte & 31, 0x80];
    if (byte >= 0xe0 && byte <= 0xef) return [2, byte & 15, 0x800];
    if (byte >= 0xf0 && byte <= 0xf4) return [3, byte & 7, 0x10000];
    return null;
  }

  function decode(bytes, fatal) {
    const parts = [];
    const bad = () => {
      if (fatal) throw new TypeError('the bytes are not valid UTF-8');
      parts.push('\ufffd');
    };
    for (let at = 0; at < bytes.length; at += 1) {
      const first = bytes[at];
      if (first < 0x80) {
        parts.push(String.fromCharCode(first));
        continue;
      }
      const found = lead(first);
      if (found === null) {
        bad();
        continue;
      }
      let [more, code] = found;
      let taken = 0;
      while (taken < more && (bytes[at + taken + 1] & 0xc0) === 0x80) {
        taken += 1;
        code = (code << 6) | (bytes[at + taken] & 63);
      }
      at += taken;
      if (taken < more || code < found[2] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) bad();
      else parts.push(String.fromCodePoint(code));
    }
    return parts.join('');
  }

  class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(text = '') { return encode(text); }
    encodeInto(text, target) {
      const bytes = encode(text).subarray(0, target.length);
      target.set(bytes);
      return { read: String(text).length, written: bytes.length };
    }
  }

  class TextDecoder {
    #fatal;
    #keep;
    constructor(label = 'utf-8', options = {}) {
      if (!/^\s*utf-?8\s*$/i.test(label)) throw new RangeError(`TextDecoder has UTF-8 only, not ${label}`);
      this.#fatal = Boolean(options.fatal);
      this.#keep = Boolean(options.ignoreBOM);
    }
    get encoding() { return 'utf-8'; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#keep; }
    decode(input = new Uint8Array()) {
      const bytes = ArrayBuffer.isView(input)
        ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
        : new Uint8Array(input);
      const text = decode(bytes, this.#fatal);
      return !this.#keep && text.startsWith('\ufeff') ? text.slice(1) : text;
    }
  }

  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  function btoa(input) {
    const text = String(input);
    let out = '';
    for (let at = 0; at < text.length; at += 3) {
      const codes = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
      if (codes.some((code) => code > 255)) {
        throw new RangeError('btoa() takes bytes; encode text first: btoa(String.fromCharCode(...new TextEncoder().encode(text)))');
      }
      const bits = (codes[0] << 16) | ((codes[1] || 0) << 8) | (codes[2] || 0);
      out += LETTERS[bits >> 18] + LETTERS[(bits >> 12) & 63];
      out += at + 1 < text.length ? LETTERS[(bits >> 6) & 63] : '=';
      out += at + 2 < text.length ? LETTERS[bits & 63] : '=';
    }
    return out;
  }
  function atob(input) {
    const text = String(input).replace(/[\t\n\f\r ]/g, '').replace(/={1,2}$/, '');
    if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw new RangeError('atob() takes Base64');
    let out = '';
    let bits = 0;
    let count = 0;
    for (const letter of text) {
      bits = ((bits << 6) | LETTERS.indexOf(letter)) & 0xffffff;
      count += 6;
      if (count >= 8) {
        count -= 8;
        out += String.fromCharCode((bits >> count) & 255);
      }
    }
    return out;
  }

  const hidden = (value) => ({ value, writable: true, enumerable: false, configurable: true });
  Object.defineProperties(globalThis, {
    TextEncoder: hidden(TextEncoder),
    TextDecoder: hidden(TextDecoder),
    btoa: hidden(btoa),
    atob: hidden(atob),
  });
  inside.bytes = encode;
});
