//! Answers that were given before.
//!
//! A guest is a pure function, so an equal request has an equal answer. There are two ways to find it:
//!
//! - by the **body**, byte for byte: nothing is read of the request but its bytes;
//! - by what is **[`Seen`]** of the request: what differs is only what the plugin's view cuts, such as
//!   `managedFields`.
//!
//! Both look up a fast hash with a seed of the process and then compare all the bytes, so that no collision,
//! and nobody who looks for one, gets another's answer. An answer is kept when its request comes for the second
//! time ([`sights`]), and a body when a later request finds that answer: what never comes again costs no room.
//!
//! Only reviewed answers are kept, never a failure. Both kinds of entries share one bound in bytes; what was
//! not asked for lately goes first, and no entry takes more than an eighth. A guest's log lines are not
//! kept: an answer from here logs nothing.

mod sights;

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use metawasm_contract::Hook;
use quick_cache::sync::{Cache, PlaceholderGuard};
use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use self::sights::Sights;
use super::etag::Validation;
use super::seen::Seen;
use crate::catalogue::Identity;

/// Whether answers are kept, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoOptions {
    /// Whether any are.
    pub enabled: bool,
    /// Bytes of all that is kept.
    pub size: usize,
}

impl Default for MemoOptions {
    /// On, with 64 MiB.
    fn default() -> Self {
        Self {
            enabled: true,
            size: 64 << 20,
        }
    }
}

/// What the memo holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoStats {
    /// Bodies and answers.
    pub entries: usize,
    /// Bytes of them.
    pub bytes: u64,
    /// Entries that were let go for want of room since the start.
    pub evictions: u64,
}

/// The memo.
pub(super) struct Memo {
    cache: Cache<Key, Entry, Weigh, DefaultHashBuilder, Evictions>,
    evictions: Evictions,
    sights: Sights,
    seed: u64,
    /// Bytes of an entry at most.
    most: usize,
    /// The next answer's number.
    next: AtomicU64,
}

/// Where an entry is. Different things may share a key, if hardly ever: what counts is in the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    of: Of,
    hash: u128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    Body(Hook, Identity),
    Seen,
}

#[derive(Clone)]
enum Entry {
    Body(Arc<Body>),
    Answer(Arc<Kept>),
    /// An answer for those who wait for it; it is not kept.
    Passing(Arc<Kept>),
}

/// A body that came at least twice.
struct Body {
    identity: Identity,
    hook: Hook,
    bytes: Box<[u8]>,
    /// As its controller says.
    validation: Validation,
    /// Its answer, which is an entry of its own: it may go, and come again with another number.
    answer: Key,
    number: u64,
}

/// An answer.
pub(super) struct Kept {
    number: u64,
    seen: Seen,
    /// JSON, as Metacontroller gets it.
    pub(super) body: Bytes,
    etag: OnceLock<Arc<str>>,
}

impl Kept {
    /// Made when it is first asked for: most controllers never do.
    pub(super) fn etag(&self) -> &Arc<str> {
        self.etag.get_or_init(|| self.seen.etag())
    }
}

/// The task to find an answer, for all who want the same. Dropped without one, it goes to one of them.
pub(super) struct Leader<'a> {
    memo: &'a Memo,
    hash: u128,
    guard: Guard<'a>,
}

type Guard<'a> = PlaceholderGuard<'a, Key, Entry, Weigh, DefaultHashBuilder, Evictions>;

/// What became of waiting for the same request.
pub(super) enum Joined<'a> {
    /// Another call has found the answer.
    Answer(Arc<Kept>),
    /// It is on this call to find it.
    Lead(Leader<'a>),
    /// Another request is under this key.
    Alone,
}

impl Memo {
    pub(super) fn new(size: usize) -> Self {
        /// What an entry weighs as a rule. It only decides how much is remembered of entries that are gone.
        const USUAL: usize = 16 << 10;
        /// Each has a lock and an equal part of the room, so none holds an entry of more than that. It must
        /// be a power of two.
        const SHARDS: usize = 8;
        /// The cache makes fewer shards for fewer entries.
        const LEAST: usize = SHARDS * 32;
        /// The part for entries that were asked for again. The rest has to be wide enough for new ones to
        /// stay until then: a parent that changes leaves nothing but old ones behind.
        const HOT: f64 = 0.75;
        let evictions = Evictions::default();
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .estimated_items_capacity((size / USUAL).max(LEAST))
            .weight_capacity(size as u64)
            .hot_allocation(HOT)
            .build();
        let hasher = DefaultHashBuilder::default();
        let cache = match options {
            Ok(options) => Cache::with_options(options, Weigh, hasher, evictions.clone()),
            // Both numbers that it asks for are there; without options it is the same but for the shards.
            Err(_) => Cache::with(LEAST, size as u64, Weigh, hasher, evictions.clone()),
        };
        Self {
            cache,
            evictions,
            sights: Sights::new(),
            seed: RandomState::new().hash_one(size),
            most: size / SHARDS,
            next: AtomicU64::new(0),
        }
    }

    /// The answer to a body that came before, byte for byte, and whether its caller may get an ETag.
    pub(super) fn body(
        &self,
        identity: &Identity,
        hook: Hook,
        body: &[u8],
    ) -> Option<(Arc<Kept>, Validation)> {
        let Some(Entry::Body(known)) = self.cache.get(&self.body_key(identity, hook, body)) else {
            return None;
        };
        if known.hook != hook || known.identity != *identity || *known.bytes != *body {
            return None;
        }
        match self.cache.get(&known.answer) {
            Some(Entry::Answer(kept)) if kept.number == known.number => Some((kept, known.validation)),
            _ => None,
        }
    }

    /// The answer to a request of which the same was seen before.
    pub(super) fn seen(&self, seen: &Seen) -> Option<Arc<Kept>> {
        match self.cache.get(&self.seen_key(seen)) {
            Some(Entry::Answer(kept)) if kept.seen == *seen => Some(kept),
            _ => None,
        }
    }

    /// Remembers that this body has that answer.
    pub(super) fn keep_body(
        &self,
        identity: &Identity,
        hook: Hook,
        body: &[u8],
        validation: Validation,
        kept: &Kept,
    ) {
        // The server's buffer may be larger than the body in it, so this is a copy; a body too large to be
        // kept is not copied first.
        if body.len() > self.most {
            return;
        }
        let entry = Body {
            identity: *identity,
            hook,
            bytes: Box::from(body),
            validation,
            answer: self.seen_key(&kept.seen),
            number: kept.number,
        };
        let key = self.body_key(identity, hook, body);
        self.cache.insert(key, Entry::Body(Arc::new(entry)));
    }

    /// Waits while another call looks for the answer to the same request.
    ///
    /// When that call ends without one, for whatever reason, one of those who wait goes on in its place. Who
    /// drops the future waits no more.
    pub(super) async fn join(&self, seen: &Seen) -> Joined<'_> {
        let key = self.seen_key(seen);
        match self.cache.get_value_or_guard_async(&key).await {
            Ok(Entry::Answer(kept)) if kept.seen == *seen => Joined::Answer(kept),
            Ok(Entry::Passing(kept)) if kept.seen == *seen => {
                // Who waited is the second to ask.
                if self.cache.peek(&key).is_none() {
                    self.cache.insert(key, Entry::Answer(kept.clone()));
                }
                Joined::Answer(kept)
            }
            Ok(_) => Joined::Alone,
            Err(guard) => Joined::Lead(Leader {
                memo: self,
                hash: key.hash,
                guard,
            }),
        }
    }

    /// Entries, bytes, evictions.
    pub(super) fn stats(&self) -> MemoStats {
        MemoStats {
            entries: self.cache.len(),
            bytes: self.cache.weight(),
            evictions: self.evictions.0.load(Ordering::Relaxed),
        }
    }

    fn body_key(&self, identity: &Identity, hook: Hook, body: &[u8]) -> Key {
        Key {
            of: Of::Body(hook, *identity),
            hash: xxh3_128_with_seed(body, self.seed),
        }
    }

    fn seen_key(&self, seen: &Seen) -> Key {
        Key {
            of: Of::Seen,
            hash: xxh3_128_with_seed(seen.as_bytes(), self.seed),
        }
    }
}

impl Leader<'_> {
    /// Gives the answer to all who wait for it, and keeps it if its request came before.
    pub(super) fn found(self, seen: Seen, body: Bytes) {
        let kept = Arc::new(Kept {
            number: self.memo.next.fetch_add(1, Ordering::Relaxed),
            seen,
            body,
            etag: OnceLock::new(),
        });
        let entry = if self.memo.sights.again(self.hash) {
            Entry::Answer(kept)
        } else {
            Entry::Passing(kept)
        };
        // An error means that it is not kept; who waits has it all the same.
        self.guard.insert(entry).ok();
    }
}

/// Bytes of an entry besides its texts: the entry itself, its key, and what the cache has for it.
const OVERHEAD: usize = 384;

#[derive(Clone)]
struct Weigh;

impl Weighter<Key, Entry> for Weigh {
    fn weight(&self, _: &Key, entry: &Entry) -> u64 {
        let texts = match entry {
            Entry::Body(body) => body.bytes.len(),
            Entry::Answer(kept) => kept.seen.as_bytes().len() + kept.body.len(),
            // More than there is room for.
            Entry::Passing(_) => return u64::MAX,
        };
        (texts + OVERHEAD) as u64
    }
}

/// Counts what is let go. It is freed after the cache's lock is.
#[derive(Clone, Default)]
struct Evictions(Arc<AtomicU64>);

impl Lifecycle<Key, Entry> for Evictions {
    type RequestState = Vec<Entry>;

    fn begin_request(&self) -> Self::RequestState {
        Vec::new()
    }

    fn on_evict(&self, state: &mut Self::RequestState, _: Key, entry: Entry) {
        if !matches!(entry, Entry::Passing(_)) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        state.push(entry);
    }
}

#[cfg(test)]
mod tests;
