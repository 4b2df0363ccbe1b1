//! One call: a fresh instance, two strings in, one out, and nothing left behind.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use wasmtime::component::{ComponentExportIndex, InstancePre};
use wasmtime::{Store, UpdateDeadline};

use super::bindings::{DescribeResults, HookParams, HookResults};
use super::engine::Sandbox;
use super::error::{CallError, DeadlineExceeded};
use super::limits::Limits;
use super::program::Program;
use super::state::{LogSink, State};

/// What to call, and with what.
pub struct Call {
    /// One of [`HOOKS`](super::HOOKS).
    pub hook: &'static str,
    /// The request, as the guest gets it.
    pub request: String,
    /// The plugin's settings.
    pub settings: Arc<str>,
    /// What the call may use.
    pub limits: Limits,
    /// Gets each line that the guest logs.
    pub log: LogSink,
}

/// A request above this size goes straight to the slow lane: parsing it takes a guest
/// milliseconds, and no thread of the server should be held for that long.
const LARGE: usize = 256 << 10;

impl Sandbox {
    /// Calls a hook of a loaded plugin in a fresh instance.
    ///
    /// The call starts on the caller's thread. If it is not over within a tick it goes on in
    /// the slow lane. Dropping the future stops the guest.
    ///
    /// # Errors
    ///
    /// Any [`CallError`]; the instance is gone in every case.
    pub async fn call(&self, program: &Program, call: Call) -> Result<String, CallError> {
        let Some(export) = program.hook(call.hook) else {
            return Err(CallError::NoSuchHook {
                hook: call.hook.to_owned(),
            });
        };
        let work = hook(
            program.pre(),
            export,
            call.request,
            call.settings,
            call.limits,
            call.log,
        );
        self.run(work.0, work.1).await
    }

    /// Calls `describe`.
    pub(super) async fn describe(
        &self,
        pre: InstancePre<State>,
        export: ComponentExportIndex,
        limits: Limits,
    ) -> Result<String, CallError> {
        let work = async move {
            let mut store = store(&pre, &limits, Box::new(|_| ()));
            let outcome = async {
                let instance = pre.instantiate_async(&mut store).await?;
                let describe = instance.get_typed_func::<(), DescribeResults>(&mut store, export)?;
                describe.call_async(&mut store, ()).await
            };
            let (text,) = outcome
                .await
                .map_err(|e| CallError::from_wasmtime(&e, limits.answer))?;
            Ok(text)
        };
        self.run(true, work).await
    }

    /// Drives a call: inline until its first pause, then on the slow lane.
    async fn run<F>(&self, large: bool, work: F) -> Result<String, CallError>
    where
        F: Future<Output = Result<String, CallError>> + Send + 'static,
    {
        let mut work = Box::pin(work);
        if !large {
            // A guest pauses at nothing but a tick, so pending means: it has had its turn here.
            let first = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
            if let Poll::Ready(outcome) = first {
                return outcome;
            }
        }
        self.lane().finish(work).await.map_err(|_| CallError::Lost)?
    }
}

/// The work of a hook call, and whether it is too large to start inline.
fn hook(
    pre: InstancePre<State>,
    export: ComponentExportIndex,
    request: String,
    settings: Arc<str>,
    limits: Limits,
    log: LogSink,
) -> (
    bool,
    impl Future<Output = Result<String, CallError>> + Send + 'static,
) {
    let large = request.len() > LARGE;
    let work = async move {
        let mut store = store(&pre, &limits, log);
        let outcome = async {
            let instance = pre.instantiate_async(&mut store).await?;
            let hook = instance.get_typed_func::<HookParams<'_>, HookResults>(&mut store, export)?;
            hook.call_async(&mut store, (&request, &settings)).await
        };
        let (result,) = outcome
            .await
            .map_err(|e| CallError::from_wasmtime(&e, limits.answer))?;
        result.map_err(|failure| CallError::Plugin(failure.into()))
    };
    (large, work)
}

fn store(pre: &InstancePre<State>, limits: &Limits, log: LogSink) -> Store<State> {
    let mut store = Store::new(pre.engine(), State::new(limits, log));
    store.limiter(|state| &mut state.limiter);
    // What the guest hands over, answer and log lines together, in bytes.
    store.set_hostcall_fuel(limits.answer);
    let limit = limits.deadline;
    let end = deadline(Instant::now(), limit);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if Instant::now() >= end {
            return Err(DeadlineExceeded { limit }.into());
        }
        // Tokio's own yield, which lets the executor see to its timers and sockets.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store
}

/// A deadline too far away to be a point in time is a day away.
fn deadline(start: Instant, limit: Duration) -> Instant {
    start
        .checked_add(limit)
        .unwrap_or(start + Duration::from_secs(86_400))
}
