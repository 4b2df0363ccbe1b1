//! One call: a fresh instance, two strings in, one out, and nothing left behind.

use std::any::Any;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use wasmtime::component::{ComponentExportIndex, InstancePre};
use wasmtime::{Store, UpdateDeadline};

use super::bindings::{DescribeResults, HookParams, HookResults};
use super::engine::Sandbox;
use super::error::CallError;
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
    /// When nobody waits for the answer any more, if that is known. The call ends then, also where
    /// its own deadline is later.
    pub until: Option<Instant>,
    /// Gets each line that the guest logs.
    pub log: LogSink,
    /// Dropped when the instance is gone, which is later than the future of the call where the
    /// caller hung up: the right to run, for one.
    pub hold: Box<dyn Any + Send>,
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
        let large = call.request.len() > LARGE;
        self.run(large, hook(program.pre(), export, call)).await
    }

    /// Calls `describe`.
    pub(super) async fn describe(
        &self,
        pre: InstancePre<State>,
        export: ComponentExportIndex,
        limits: Limits,
    ) -> Result<String, CallError> {
        let work = async move {
            let state = State::new(&limits, None, Box::new(|_| ()));
            let mut store = store(&pre, &limits, state);
            let instance = pre
                .instantiate_async(&mut store)
                .await
                .map_err(|error| CallError::start(&error))?;
            let describe = instance
                .get_typed_func::<(), DescribeResults>(&mut store, export)
                .map_err(|error| CallError::start(&error))?;
            let outcome = describe.call_async(&mut store, ()).await;
            let (text,) = outcome.map_err(|error| CallError::run(&error, limits.answer))?;
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

/// The work of a hook call.
async fn hook(
    pre: InstancePre<State>,
    export: ComponentExportIndex,
    call: Call,
) -> Result<String, CallError> {
    let Call {
        request,
        settings,
        limits,
        until,
        log,
        hold,
        ..
    } = call;
    let state = State::new(&limits, until, log);
    // Before the store, so that it is dropped after it.
    let _hold = hold;
    let mut store = store(&pre, &limits, state);
    let instance = pre
        .instantiate_async(&mut store)
        .await
        .map_err(|error| CallError::start(&error))?;
    let hook = instance
        .get_typed_func::<HookParams<'_>, HookResults>(&mut store, export)
        .map_err(|error| CallError::start(&error))?;
    let outcome = hook.call_async(&mut store, (&request, &settings)).await;
    let (result,) = outcome.map_err(|error| CallError::run(&error, limits.answer))?;
    result.map_err(|failure| CallError::Plugin(failure.into()))
}

fn store(pre: &InstancePre<State>, limits: &Limits, state: State) -> Store<State> {
    let mut store = Store::new(pre.engine(), state);
    store.limiter(|state| &mut state.limiter);
    // What the guest hands over in one go, its answer or a log line, in its own bytes.
    store.set_hostcall_fuel(limits.answer);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|store| {
        store.data().in_time()?;
        // Tokio's own yield, which lets the executor see to its timers and sockets.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store
}
