//! Recording of requests as test cases, for `metawasm replay`, `test` and `diff`.
//!
//! A request that a plugin was run for is offered to a queue with limits, and a thread of its own masks it and writes it.
//! Nobody waits for that thread: when the queue is full, a request is not recorded and counted as dropped. A repeated
//! request that the memo answers is not offered again.

mod folder;
mod mask;
mod sentence;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use metawasm_contract::{Hook, ObjectRef};
use serde_json::Value;

pub use folder::FolderError;
pub(super) use folder::recorded_as;
use folder::{Folder, RecordedCase};
pub(super) use mask::Mask;
pub use mask::MaskOptions;

use super::stats::seldom;
use crate::pipeline::{Done, Outcome, Route};
use crate::telemetry::{Bucket, LinePermit};

/// Maximum number of requests that wait to be written.
const WAITING: usize = 4096;
/// Maximum size of the requests and answers that wait to be written, in bytes.
const WAITING_BYTES: usize = 32 << 20;

/// After a request was written, the thread rests for so many times as long as that took: it takes at most an eighth of a
/// core from the calls.
const REST: u32 = 7;
/// Maximum duration of a rest. A slow disk takes no time from the calls.
const LONGEST_REST: Duration = Duration::from_millis(50);

/// Where requests are recorded, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordOptions {
    /// The directory.
    pub directory: PathBuf,
    /// Maximum size of all recorded requests in bytes. The oldest are removed.
    pub size: u64,
    /// Maximum number of requests of one hook about one parent. The oldest are removed.
    pub per_parent: usize,
    /// What is masked besides Secrets.
    pub mask: MaskOptions,
}

/// Counts since the start.
#[derive(Debug, Default)]
pub(super) struct RecordCounts {
    /// Requests that were written.
    pub written: AtomicU64,
    /// Requests that were recorded before.
    pub known: AtomicU64,
    /// Requests that came faster than they could be written.
    pub dropped: AtomicU64,
    /// Requests that could not be written.
    pub failed: AtomicU64,
}

/// A request and its answer.
struct Recording {
    plugin: Arc<str>,
    digest: String,
    settings: Arc<str>,
    hook: Hook,
    parent: Option<Arc<ObjectRef>>,
    body: Bytes,
    answer: Option<Bytes>,
}

/// Takes requests to be recorded.
pub(super) struct Recorder {
    queue: SyncSender<Recording>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: AtomicUsize,
    counts: Arc<RecordCounts>,
}

impl Recorder {
    /// Opens the directory and starts the thread that writes.
    ///
    /// # Errors
    ///
    /// If the directory cannot be used, or the thread cannot be started.
    pub(super) fn start(options: &RecordOptions) -> Result<Self, FolderError> {
        let folder = Folder::open(&options.directory, options.size, options.per_parent)?;
        let mask = Mask::new(options.mask.clone());
        let (queue, recordings) = sync_channel(WAITING);
        let shared = Arc::new(Shared::default());
        let writer = Writer {
            folder,
            mask,
            shared: shared.clone(),
            failures: seldom(),
        };
        thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || writer.run(&recordings))
            .map_err(FolderError::Thread)?;
        Ok(Self { queue, shared })
    }

    /// Returns the counts since the start.
    pub(super) fn counts(&self) -> Arc<RecordCounts> {
        self.shared.counts.clone()
    }

    /// Offers a request whose plugin was run. Never waits.
    pub(super) fn offer(&self, route: &Route, body: Bytes, done: &Done) {
        if done.report.run.is_none() {
            return;
        }
        let answer = match &done.outcome {
            Outcome::Answer { body, .. } => Some(body.clone()),
            _ => None,
        };
        let size = body.len() + answer.as_ref().map_or(0, Bytes::len);
        let plugin = route.plugin();
        let recording = Recording {
            plugin: plugin.name.clone(),
            digest: plugin.digest.clone(),
            settings: plugin.settings.clone(),
            hook: route.hook(),
            parent: done.report.parent.clone(),
            body,
            answer,
        };
        let waiting = self.shared.waiting.fetch_add(size, Ordering::AcqRel);
        if waiting + size > WAITING_BYTES || self.queue.try_send(recording).is_err() {
            self.shared.waiting.fetch_sub(size, Ordering::AcqRel);
            self.shared.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What the thread has.
struct Writer {
    folder: Folder,
    mask: Mask,
    shared: Arc<Shared>,
    failures: Bucket,
}

impl Writer {
    /// Writes until the recorder is dropped.
    fn run(mut self, recordings: &Receiver<Recording>) {
        while let Ok(recording) = recordings.recv() {
            let start = Instant::now();
            let size = recording.body.len() + recording.answer.as_ref().map_or(0, Bytes::len);
            let counts = &self.shared.counts;
            let written = match case(&self.mask, &recording) {
                Some(case) => self.folder.write(&case),
                None => Err(std::io::Error::other("the request is not JSON")),
            };
            let count = match written {
                Ok(true) => &counts.written,
                Ok(false) => &counts.known,
                Err(error) => {
                    if let LinePermit::Granted { held_back: before } = self.failures.take(Instant::now()) {
                        tracing::warn!(before, plugin = %recording.plugin, "cannot record a request: {error}");
                    }
                    &counts.failed
                }
            };
            count.fetch_add(1, Ordering::Relaxed);
            self.shared.waiting.fetch_sub(size, Ordering::AcqRel);
            thread::sleep((start.elapsed() * REST).min(LONGEST_REST));
        }
    }
}

/// Makes the files of a recording.
fn case(mask: &Mask, recording: &Recording) -> Option<RecordedCase> {
    let parse = |bytes: &Bytes| serde_json::from_slice::<Value>(bytes).ok();
    // What cannot be searched for secrets is not written.
    let mut request = parse(&recording.body)?;
    let masked = mask.apply(&mut request);
    let settings = serde_json::from_str::<Value>(&recording.settings).unwrap_or_default();
    let mut masked_settings = settings.clone();
    let settings_masked = mask.apply(&mut masked_settings);
    // The answer to the masked request can differ from the answer to the original one.
    let answer = recording.answer.as_ref().and_then(parse);
    let answer =
        answer.filter(|answer| masked == 0 && settings_masked == 0 && mask.apply(&mut answer.clone()) == 0);
    Some(RecordedCase {
        plugin: recording.plugin.to_string(),
        digest: recording.digest.clone(),
        hook: recording.hook,
        parent: recording.parent.clone(),
        request: request.to_string(),
        answer,
        settings: masked_settings,
        masked: masked + settings_masked,
    })
}
