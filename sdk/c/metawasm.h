/*
 * metawasm.h: write a metawasm plugin in C, without a C library.
 *
 *     #include "metawasm.h"
 *
 *     static const char *describe(void) { return mw_json("{'name': 'hello', ...}"); }
 *
 *     static const char *sync(const mw_value *request, const mw_value *settings) {
 *         const char *name = mw_string(mw_at(request, "parent", "metadata", "name"), "");
 *         return mw_json("{'status': {'name': %s}, 'children': []}", name);
 *     }
 *
 *     MW_DESCRIBE(describe)
 *     MW_HOOK(sync, sync)
 *
 * A hook returns JSON, or one of mw_invalid, mw_retry_later and mw_internal. Every call runs in a fresh instance:
 * memory is never freed, and variables do not survive a call. Include this file in one C file.
 *
 * Compiled for another target than WebAssembly, MW_HOOK(sync, my_sync) defines a function for tests and servers:
 *
 *     const char *mw_native_sync(const char *request, size_t request_size, const char *settings, size_t settings_size);
 *
 * It returns the JSON of the answer, which is valid until the next call; NULL if the hook fails. One thread calls it at
 * a time.
 */
#ifndef METAWASM_H
#define METAWASM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MW_VERSION "0.1.0"
#define MW_UNUSED __attribute__((unused))

/* ---- memory ---------------------------------------------------------------------------------------------------- */

static size_t mw_next, mw_end;

#ifdef __wasm__

extern unsigned char __heap_base;

#define MW_PAGE ((size_t)65536)

/* Returns memory of `size` bytes, aligned for any type. The plugin traps if there is none. */
MW_UNUSED static void *mw_alloc(size_t size) {
    if (mw_end == 0) {
        mw_next = (size_t)&__heap_base;
        mw_end = __builtin_wasm_memory_size(0) * MW_PAGE;
    }
    size_t start = (mw_next + 15) & ~(size_t)15;
    if (start < mw_next || start + size < start) __builtin_trap();
    size_t stop = start + size;
    if (stop > mw_end) {
        size_t pages = (stop - mw_end + MW_PAGE - 1) / MW_PAGE;
        /* Few, large steps: each costs the host a system call. */
        if (pages < 16) pages = 16;
        if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) __builtin_trap();
        mw_end += pages * MW_PAGE;
    }
    mw_next = stop;
    return (void *)start;
}

/* The compiler may call these itself. With bulk memory, the first three are one instruction each. */
__attribute__((weak)) void *memcpy(void *to, const void *from, size_t size) { return __builtin_memcpy(to, from, size); }
__attribute__((weak)) void *memmove(void *to, const void *from, size_t size) { return __builtin_memmove(to, from, size); }
__attribute__((weak)) void *memset(void *to, int byte, size_t size) { return __builtin_memset(to, byte, size); }
__attribute__((weak)) int memcmp(const void *left, const void *right, size_t size) {
    const unsigned char *a = left, *b = right;
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}
__attribute__((weak)) size_t strlen(const char *text) {
    const volatile char *end = text;
    while (*end) end++;
    return (size_t)(end - text);
}

#else

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MW_BLOCK ((size_t)1 << 20)
typedef struct mw_block mw_block;
struct mw_block { mw_block *before; size_t room; };
static mw_block *mw_blocks;

/* Returns memory of `size` bytes, aligned for any type, until the next call. The program aborts if there is none. */
MW_UNUSED static void *mw_alloc(size_t size) {
    size_t start = (mw_next + 15) & ~(size_t)15;
    if (start + size < start || start + size > mw_end) {
        size_t room = size < MW_BLOCK ? MW_BLOCK : size;
        mw_block *block = room + sizeof *block < room ? NULL : malloc(sizeof *block + room);
        if (!block) abort();
        *block = (mw_block){mw_blocks, room};
        mw_blocks = block;
        start = (size_t)(block + 1);
        mw_end = start + room;
    }
    mw_next = start + size;
    return (void *)start;
}

/* Frees the memory of the last call, but for a block. */
MW_UNUSED static void mw_reset(void) {
    while (mw_blocks && mw_blocks->before) {
        mw_block *before = mw_blocks->before;
        free(mw_blocks);
        mw_blocks = before;
    }
    mw_next = (size_t)(mw_blocks ? mw_blocks + 1 : NULL);
    mw_end = mw_blocks ? mw_next + mw_blocks->room : 0;
}

#endif

MW_UNUSED static bool mw_equal(const char *left, const char *right) {
    while (*left && *left == *right) left++, right++;
    return *left == *right;
}

/* ---- log ------------------------------------------------------------------------------------------------------- */

typedef enum { MW_DEBUG, MW_INFO, MW_WARN, MW_ERROR } mw_level;

#ifdef __wasm__
__attribute__((import_module("metawasm:hook/logging@0.1.0"), import_name("log")))
extern void mw_log_bytes(int level, const char *text, size_t size);
#else
/* In tests, lines of the log go to standard error. */
MW_UNUSED static void mw_log_bytes(int level, const char *text, size_t size) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    fprintf(stderr, "%s: %.*s\n", names[level], (int)size, text);
}
#endif

/* ---- JSON: reading --------------------------------------------------------------------------------------------- */

typedef enum { MW_ABSENT, MW_NULL, MW_FALSE, MW_TRUE, MW_NUMBER, MW_STRING, MW_ARRAY, MW_OBJECT } mw_type;

typedef struct mw_value mw_value;
struct mw_value {
    mw_type type;
    /* The key, if the value is a member of an object. */
    const char *key;
    /* The text of a string, or the digits of a number. A NUL follows. */
    const char *text;
    size_t size;
    /* The first item or member. */
    const mw_value *first;
    /* The next item or member of the same list. */
    const mw_value *next;
};

static const mw_value mw_absent = {MW_ABSENT, "", "", 0, 0, 0};

/* Levels of lists and objects at most. The host allows fewer. */
#define MW_DEPTH 256

typedef struct { const char *at, *end; bool wrong; } mw_reader;

static void mw_skip(mw_reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r')) r->at++;
}

static bool mw_take(mw_reader *r, char expected) {
    mw_skip(r);
    if (r->at >= r->end || *r->at != expected) return false;
    r->at++;
    return true;
}

static uint32_t mw_hex(mw_reader *r) {
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        char c = r->at < r->end ? *r->at++ : 0;
        uint32_t digit;
        if (c >= '0' && c <= '9') digit = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f') digit = (uint32_t)(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F') digit = (uint32_t)(c - 'A' + 10);
        else { r->wrong = true; return 0xfffd; }
        code = code << 4 | digit;
    }
    return code;
}

static char *mw_utf8(char *to, uint32_t code) {
    if (code < 0x80) { *to++ = (char)code; return to; }
    if (code < 0x800) *to++ = (char)(0xc0 | code >> 6);
    else {
        if (code < 0x10000) *to++ = (char)(0xe0 | code >> 12);
        else { *to++ = (char)(0xf0 | code >> 18); *to++ = (char)(0x80 | (code >> 12 & 0x3f)); }
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (code & 0x3f));
    return to;
}

/* Reads the rest of a string whose quote is read. */
static const char *mw_read_string(mw_reader *r, size_t *size) {
    const char *stop = r->at;
    while (stop < r->end && *stop != '"') stop += *stop == '\\' ? 2 : 1;
    if (stop >= r->end) { r->wrong = true; return ""; }
    /* The text is never longer than its escaped form. */
    char *start = mw_alloc((size_t)(stop - r->at) + 1), *to = start;
    while (r->at < stop) {
        char c = *r->at++;
        if (c != '\\') { *to++ = c; continue; }
        switch (c = *r->at++) {
        case 'b': *to++ = '\b'; break;
        case 'f': *to++ = '\f'; break;
        case 'n': *to++ = '\n'; break;
        case 'r': *to++ = '\r'; break;
        case 't': *to++ = '\t'; break;
        case 'u': {
            uint32_t code = mw_hex(r);
            if (code >= 0xd800 && code < 0xdc00 && r->end - r->at > 6 && r->at[0] == '\\' && r->at[1] == 'u') {
                r->at += 2;
                uint32_t low = mw_hex(r);
                code = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
            } else if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
            to = mw_utf8(to, code);
            break;
        }
        case '"': case '\\': case '/': *to++ = c; break;
        default: r->wrong = true;
        }
    }
    r->at = stop + 1;
    *to = 0;
    *size = (size_t)(to - start);
    return start;
}

static mw_value *mw_read_value(mw_reader *r, int depth) {
    static const struct { const char *word; mw_type type; } words[] = {
        {"null", MW_NULL}, {"false", MW_FALSE}, {"true", MW_TRUE}};
    mw_value *value = mw_alloc(sizeof *value);
    *value = mw_absent;
    mw_skip(r);
    if (depth > MW_DEPTH || r->at >= r->end) { r->wrong = true; return value; }
    char c = *r->at;
    if (c == '{' || c == '[') {
        char close = c == '{' ? '}' : ']';
        r->at++;
        value->type = c == '{' ? MW_OBJECT : MW_ARRAY;
        if (mw_take(r, close)) return value;
        const mw_value **last = &value->first;
        do {
            const char *key = "";
            size_t size = 0;
            if (c == '{') {
                if (!mw_take(r, '"')) { r->wrong = true; return value; }
                key = mw_read_string(r, &size);
                if (!mw_take(r, ':')) { r->wrong = true; return value; }
            }
            mw_value *item = mw_read_value(r, depth + 1);
            item->key = key;
            *last = item;
            last = &item->next;
        } while (!r->wrong && mw_take(r, ','));
        if (!mw_take(r, close)) r->wrong = true;
        return value;
    }
    if (c == '"') {
        r->at++;
        value->type = MW_STRING;
        value->text = mw_read_string(r, &value->size);
        return value;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i].word);
        if ((size_t)(r->end - r->at) >= size && memcmp(r->at, words[i].word, size) == 0) {
            r->at += size;
            value->type = words[i].type;
            return value;
        }
    }
    const char *start = r->at;
    while (r->at < r->end && ((*r->at >= '0' && *r->at <= '9') || *r->at == '-' || *r->at == '+' || *r->at == '.' ||
                              *r->at == 'e' || *r->at == 'E')) r->at++;
    value->type = MW_NUMBER;
    value->size = (size_t)(r->at - start);
    if (value->size == 0) r->wrong = true;
    char *digits = mw_alloc(value->size + 1);
    memcpy(digits, start, value->size);
    digits[value->size] = 0;
    value->text = digits;
    return value;
}

/* Reads JSON. The value is absent if the text is not valid JSON. */
MW_UNUSED static const mw_value *mw_parse(const char *text, size_t size) {
    mw_reader reader = {text, text + size, false};
    const mw_value *value = mw_read_value(&reader, 0);
    mw_skip(&reader);
    return reader.wrong || reader.at != reader.end ? &mw_absent : value;
}

/* Returns the member of an object. It is absent if there is none, or if the value is not an object; never NULL. */
MW_UNUSED static const mw_value *mw_get(const mw_value *object, const char *key) {
    if (object->type == MW_OBJECT)
        for (const mw_value *member = object->first; member; member = member->next)
            if (mw_equal(member->key, key)) return member;
    return &mw_absent;
}

MW_UNUSED static const mw_value *mw_walk(const mw_value *value, const char *const *keys) {
    for (; *keys; keys++) value = mw_get(value, *keys);
    return value;
}

/* Returns a member at any depth: mw_at(request, "parent", "metadata", "name"). */
#define mw_at(value, ...) mw_walk(value, (const char *const[]){__VA_ARGS__, NULL})

/*
 * Returns an observed child, attachment or related object: mw_object(children, "Deployment.apps/v1", name). Their keys
 * are NAMESPACE/NAME, or NAME without a namespace; the name may be either.
 */
MW_UNUSED static const mw_value *mw_object(const mw_value *objects, const char *kind, const char *name) {
    const mw_value *group = mw_get(objects, kind), *found = mw_get(group, name);
    for (const mw_value *object = group->first; object && found->type == MW_ABSENT; object = object->next) {
        const char *last = object->key;
        while (*last && *last != '/') last++;
        if (*last && mw_equal(last + 1, name)) found = object;
    }
    return found;
}

/* Repeats a statement for each item of a list, or each member of an object. */
#define mw_each(item, list) (const mw_value *item = (list)->first; item; item = item->next)

/* Returns the text of a string, else the default. A text with U+0000 ends there. */
MW_UNUSED static const char *mw_string(const mw_value *value, const char *other) {
    return value->type == MW_STRING ? value->text : other;
}

/* Whether the value is an integer that fits. Writes it to `to` if so. */
MW_UNUSED static bool mw_integer(const mw_value *value, int64_t *to) {
    const char *digit = value->text;
    bool minus = *digit == '-';
    int64_t number = 0;
    if (minus) digit++;
    if (value->type != MW_NUMBER || value->size > 18 || !*digit) return false;
    for (; *digit; digit++) {
        if (*digit < '0' || *digit > '9') return false;
        number = number * 10 + (*digit - '0');
    }
    *to = minus ? -number : number;
    return true;
}

/* ---- JSON and texts: writing ----------------------------------------------------------------------------------- */

typedef struct { char *start; size_t size, room; } mw_text;

MW_UNUSED static void mw_add(mw_text *text, const char *bytes, size_t size) {
    if (text->size + size + 1 > text->room) {
        size_t room = (text->size + size + 1) * 2;
        char *start = mw_alloc(room);
        if (text->size) memcpy(start, text->start, text->size);
        text->start = start;
        text->room = room;
    }
    memcpy(text->start + text->size, bytes, size);
    text->size += size;
    text->start[text->size] = 0;
}

static void mw_add_quoted(mw_text *text, const char *bytes, size_t size) {
    static const char hex[] = "0123456789abcdef";
    mw_add(text, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\') {
            char escaped[] = {'\\', (char)c};
            mw_add(text, escaped, 2);
        } else if (c < 0x20) {
            char escaped[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            mw_add(text, escaped, 6);
        } else mw_add(text, bytes + i, 1);
    }
    mw_add(text, "\"", 1);
}

static void mw_add_value(mw_text *text, const mw_value *value) {
    switch (value->type) {
    case MW_ABSENT: case MW_NULL: mw_add(text, "null", 4); break;
    case MW_FALSE: mw_add(text, "false", 5); break;
    case MW_TRUE: mw_add(text, "true", 4); break;
    case MW_NUMBER: mw_add(text, value->text, value->size); break;
    case MW_STRING: mw_add_quoted(text, value->text, value->size); break;
    default: {
        bool object = value->type == MW_OBJECT;
        mw_add(text, object ? "{" : "[", 1);
        for mw_each(item, value) {
            if (item != value->first) mw_add(text, ",", 1);
            if (object) {
                mw_add_quoted(text, item->key, strlen(item->key));
                mw_add(text, ":", 1);
            }
            mw_add_value(text, item);
        }
        mw_add(text, object ? "}" : "]", 1);
    }
    }
}

static void mw_add_integer(mw_text *text, int64_t number) {
    char digits[24], *start = digits + sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do *--start = (char)('0' + rest % 10); while (rest /= 10);
    if (number < 0) *--start = '-';
    mw_add(text, start, (size_t)(digits + sizeof digits - start));
}

static void mw_add_all(mw_text *text, bool json, const char *format, va_list arguments) {
    mw_add(text, "", 0);
    for (; *format; format++) {
        if (json && *format == '\'') { mw_add(text, "\"", 1); continue; }
        if (*format != '%') { mw_add(text, format, 1); continue; }
        switch (*++format) {
        case 's': {
            const char *argument = va_arg(arguments, const char *);
            if (json) mw_add_quoted(text, argument, strlen(argument));
            else mw_add(text, argument, strlen(argument));
            break;
        }
        case 'd': mw_add_integer(text, va_arg(arguments, int)); break;
        case 'l': mw_add_integer(text, va_arg(arguments, int64_t)); break;
        case 'b': {
            bool argument = va_arg(arguments, int);
            mw_add(text, argument ? "true" : "false", argument ? 4 : 5);
            break;
        }
        case 'v': mw_add_value(text, va_arg(arguments, const mw_value *)); break;
        case 'r': {
            const char *argument = va_arg(arguments, const char *);
            mw_add(text, argument, strlen(argument));
            break;
        }
        case '%': mw_add(text, "%", 1); break;
        default: __builtin_trap();
        }
    }
}

/*
 * Returns JSON. A ' in the format stands for a ". Arguments:
 *
 *     %s  const char *      a string, with its quotes and escapes
 *     %d  int               a number
 *     %l  int64_t           a number
 *     %b  bool              true or false
 *     %v  const mw_value *  a value as it was read; an absent one is null
 *     %r  const char *      JSON, unchanged
 *     %%                    a %
 */
MW_UNUSED static const char *mw_json(const char *format, ...) {
    mw_text text = {0, 0, 0};
    va_list arguments;
    va_start(arguments, format);
    mw_add_all(&text, true, format, arguments);
    va_end(arguments);
    return text.start;
}

/* Returns a text. Arguments are those of mw_json, but %s is the text without quotes. */
MW_UNUSED static const char *mw_format(const char *format, ...) {
    mw_text text = {0, 0, 0};
    va_list arguments;
    va_start(arguments, format);
    mw_add_all(&text, false, format, arguments);
    va_end(arguments);
    return text.start;
}

/* Writes a line to the plugin's log, with the arguments of mw_format. */
MW_UNUSED static void mw_log(mw_level level, const char *format, ...) {
    mw_text text = {0, 0, 0};
    va_list arguments;
    va_start(arguments, format);
    mw_add_all(&text, false, format, arguments);
    va_end(arguments);
    mw_log_bytes(level, text.start, text.size);
}

/* ---- failures -------------------------------------------------------------------------------------------------- */

/* `failure` of wit/hook.wit: the number of the case, the seconds of retry-later, and the text. */
static struct { uint8_t number; uint32_t seconds; const char *text; } mw_failure = {2, 0, "the hook returned NULL"};

/* The parent is invalid until a person edits it. The text becomes an Event: one sentence, with field paths. */
MW_UNUSED static const char *mw_invalid(const char *text) {
    mw_failure.number = 0;
    mw_failure.text = text;
    return NULL;
}

/* The plugin cannot answer yet. */
MW_UNUSED static const char *mw_retry_later(uint32_t seconds, const char *reason) {
    mw_failure.number = 1;
    mw_failure.seconds = seconds;
    mw_failure.text = reason;
    return NULL;
}

/* A bug in the plugin. */
MW_UNUSED static const char *mw_internal(const char *text) {
    mw_failure.number = 2;
    mw_failure.text = text;
    return NULL;
}

/* ---- exports --------------------------------------------------------------------------------------------------- */

typedef const char *mw_hook(const mw_value *request, const mw_value *settings);

/* Calls a hook. Returns NULL if it fails. */
MW_UNUSED static const char *mw_run(mw_hook *hook, const char *request, size_t request_size, const char *settings,
                                    size_t settings_size) {
    const mw_value *values[] = {mw_parse(request, request_size), mw_parse(settings, settings_size)};
    return values[0]->type == MW_OBJECT && values[1]->type == MW_OBJECT
               ? hook(values[0], values[1])
               : mw_internal("cannot read the request or the settings: not a JSON object");
}

#ifdef __wasm__

/* A function of the canonical ABI: the host gets memory for its arguments here. */
__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    (void)align;
    void *new = mw_alloc(size);
    if (old_size) memcpy(new, old, old_size < size ? old_size : size);
    return new;
}

/* Calls a hook, and returns the `result<string, failure>` of the canonical ABI. */
MW_UNUSED static uint32_t *mw_call(mw_hook *hook, const char *request, size_t request_size, const char *settings,
                                   size_t settings_size) {
    uint32_t *result = mw_alloc(5 * sizeof *result);
    const char *answer = mw_run(hook, request, request_size, settings, settings_size);
    if (answer) {
        result[0] = 0;
        result[1] = (uint32_t)answer;
        result[2] = strlen(answer);
        return result;
    }
    uint32_t *payload = result + 2;
    result[0] = 1;
    result[1] = mw_failure.number;
    if (mw_failure.number == 1) *payload++ = mw_failure.seconds;
    payload[0] = (uint32_t)mw_failure.text;
    payload[1] = strlen(mw_failure.text);
    return result;
}

/* Exports a hook: MW_HOOK(sync, my_sync). The hook is sync, finalize or customize. */
#define MW_HOOK(hook, function)                                                                                        \
    __attribute__((export_name("metawasm:hook/" #hook "@" MW_VERSION "#" #hook)))                                      \
    uint32_t *mw_export_##hook(const char *request, size_t request_size, const char *settings, size_t settings_size) { \
        return mw_call(function, request, request_size, settings, settings_size);                                      \
    }

/* Exports the function that returns the description, as JSON. */
#define MW_DESCRIBE(function)                                                                                          \
    __attribute__((export_name("metawasm:hook/describe@" MW_VERSION "#describe"))) uint32_t *mw_export_describe(void) {  \
        uint32_t *result = mw_alloc(2 * sizeof *result);                                                               \
        const char *description = function();                                                                          \
        result[0] = (uint32_t)description;                                                                             \
        result[1] = strlen(description);                                                                               \
        return result;                                                                                                 \
    }

#else

#define MW_HOOK(hook, function)                                                                                        \
    const char *mw_native_##hook(const char *request, size_t request_size, const char *settings,                       \
                                 size_t settings_size) {                                                               \
        mw_reset();                                                                                                    \
        return mw_run(function, request, request_size, settings, settings_size);                                       \
    }

#define MW_DESCRIBE(function)                                                                                          \
    const char *mw_native_describe(void) {                                                                             \
        mw_reset();                                                                                                    \
        return function();                                                                                             \
    }

#endif

#endif
