//! One call: a fresh instance, two strings in, one out, and nothing left behind.

use std::any::Any;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use wasmtime::component::{ComponentExportIndex, Instance, InstancePre};
use wasmtime::{Store, UpdateDeadline};

use super::bindings::{
    CallParams, CompileParams, CompileResults, DescribeResults, HookParams, HookResults, WireEntry, WireFile,
    WireProgram,
};
use super::clock::FIRST_TURN;
use super::code::Code;
use super::engine::Sandbox;
use super::error::CallError;
use super::files::Script;
use super::lane::{Lane, Lost};
use super::limits::Limits;
use super::log::{LogBudget, LogSink};
use super::program::{Program, Target};
use super::state::State;

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

/// What a call used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallUse {
    /// Bytes of linear memory that it had when it ended, which is the most that it ever had.
    pub memory: usize,
}

/// A request above this size goes straight to the slow lane: parsing it takes a guest
/// milliseconds, and no thread of the server should be held for that long.
const LARGE: usize = 256 << 10;
/// Bytes of a compiled script. Bytecode has about twice the bytes of its source.
const PROGRAM: usize = 32 << 20;
/// Time to compile a script, where a call of it has less.
const COMPILE_DEADLINE: Duration = Duration::from_secs(10);
/// Bytes that a plugin may say of itself. The largest schemas of settings have some 50 KiB.
const DESCRIPTION: usize = 512 << 10;

impl Sandbox {
    /// Calls a hook of a loaded plugin in a fresh instance.
    ///
    /// The call starts on the caller's thread. If it is not over within its first turn (6 ms) it goes on in
    /// the plugin's slow lane; where its last calls were like that, or the request is large, it starts
    /// there. Dropping the future stops the guest.
    ///
    /// # Errors
    ///
    /// Any [`CallError`]; the instance is gone in every case.
    pub async fn call(&self, program: &Program, call: Call) -> Result<String, CallError> {
        self.call_measured(program, call).await.0
    }

    /// The same, with what it used.
    pub async fn call_measured(
        &self,
        program: &Program,
        call: Call,
    ) -> (Result<String, CallError>, Option<CallUse>) {
        let way = Way::of(program.lane(), call.request.len() > LARGE);
        self.call_by(way, program, call).await
    }

    /// The same for a call that nobody waits for: all of it is done on the plugin's slow lane, where it counts less
    /// than calls of others.
    pub async fn call_aside(&self, program: &Program, call: Call) -> Result<String, CallError> {
        self.call_by(Way::Large, program, call).await.0
    }

    async fn call_by(
        &self,
        way: Way,
        program: &Program,
        call: Call,
    ) -> (Result<String, CallError>, Option<CallUse>) {
        let Some(target) = program.target(call.hook) else {
            let hook = call.hook.to_owned();
            return (Err(CallError::NoSuchHook { hook }), None);
        };
        let logged = program.log().clone();
        let work = hook(program.pre(), target, call, logged, way.first_turn());
        match run(program.lane(), way, work).await {
            Ok((outcome, used)) => (outcome, Some(used)),
            Err(Lost) => (Err(CallError::Lost), None),
        }
    }

    /// Calls `describe`. What a plugin says of itself is decoded and kept, and has less room than an answer.
    pub(super) async fn describe(
        &self,
        pre: InstancePre<State>,
        export: ComponentExportIndex,
        limits: Limits,
        lane: &Lane,
    ) -> Result<String, CallError> {
        let limits = Limits {
            answer: limits.answer.min(DESCRIPTION),
            ..limits
        };
        let work = async move {
            let log = Arc::new(LogBudget::new(limits.log_rate));
            let (mut store, instance) = silent(&pre, &limits, log).await?;
            let describe = instance
                .get_typed_func::<(), DescribeResults>(&mut store, export)
                .map_err(|error| CallError::start(&error))?;
            let outcome = describe.call_async(&mut store, ()).await;
            let (text,) = outcome.map_err(|error| CallError::run(&error, limits.answer))?;
            Ok(text)
        };
        run(lane, Way::Inline, work)
            .await
            .map_err(|Lost| CallError::Lost)?
    }

    /// Has an engine compile a script. The error within is what the engine says of the script.
    pub(super) async fn compile_script(
        &self,
        code: &Code,
        export: ComponentExportIndex,
        script: &Script,
        limits: Limits,
        lane: &Lane,
    ) -> Result<Result<WireProgram, String>, CallError> {
        let (pre, script) = (code.pre.clone(), script.clone());
        let limits = Limits {
            deadline: limits.deadline.max(COMPILE_DEADLINE),
            answer: PROGRAM,
            ..limits
        };
        let work = async move {
            let log = Arc::new(LogBudget::new(limits.log_rate));
            let (mut store, instance) = silent(&pre, &limits, log).await?;
            let compile = instance
                .get_typed_func::<CompileParams<'_>, CompileResults>(&mut store, export)
                .map_err(|error| CallError::start(&error))?;
            let files: Vec<WireFile<'_>> = script.files.iter().map(WireFile::from).collect();
            let entries: Vec<WireEntry<'_>> = script.entries.iter().map(WireEntry::from).collect();
            let outcome = compile.call_async(&mut store, (&files, &entries)).await;
            let (program,) = outcome.map_err(|error| CallError::run(&error, limits.answer))?;
            Ok(program)
        };
        run(lane, Way::Inline, work)
            .await
            .map_err(|Lost| CallError::Lost)?
    }
}

/// An instance whose log lines nobody reads: it says what it is, or compiles.
async fn silent(
    pre: &InstancePre<State>,
    limits: &Limits,
    log: Arc<LogBudget>,
) -> Result<(Store<State>, Instance), CallError> {
    let state = State::new(limits, None, Box::new(|_| ()), log);
    let mut store = store(pre, limits, state, Way::Inline.first_turn());
    let instance = pre
        .instantiate_async(&mut store)
        .await
        .map_err(|error| CallError::start(&error))?;
    Ok((store, instance))
}

/// Where a call starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// On the caller's thread.
    Inline,
    /// On the lane, because the plugin's last calls were slow.
    Lane,
    /// On the lane, because the request is large.
    Large,
}

impl Way {
    fn of(lane: &Lane, large: bool) -> Self {
        match (large, lane.takes_all()) {
            (true, _) => Self::Large,
            (false, true) => Self::Lane,
            (false, false) => Self::Inline,
        }
    }

    /// Ticks until the first pause.
    fn first_turn(self) -> u64 {
        match self {
            Self::Inline => FIRST_TURN,
            Self::Lane | Self::Large => 1,
        }
    }
}

/// Drives a call: inline until its first pause, then on the slow lane; or there from the start.
async fn run<T, F>(lane: &Lane, way: Way, work: F) -> Result<T, Lost>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut work = Box::pin(work);
    if way == Way::Inline {
        // A guest pauses at nothing but a tick, so pending means: it has had its turn here.
        let first = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
        if let Poll::Ready(outcome) = first {
            return Ok(outcome);
        }
        lane.note(true);
        return lane.finish(work).await;
    }
    let mut pauses = 0;
    let watched = async move {
        let outcome = poll_fn(|context| {
            let state = work.as_mut().poll(context);
            pauses += u64::from(state.is_pending());
            state
        })
        .await;
        (outcome, pauses)
    };
    let (outcome, pauses) = lane.finish(watched).await?;
    // That a large request takes a while says nothing about the next one.
    if way == Way::Lane {
        lane.note(pauses >= FIRST_TURN);
    }
    Ok(outcome)
}

/// The work of a hook call.
async fn hook(
    pre: InstancePre<State>,
    target: Target,
    call: Call,
    logged: Arc<LogBudget>,
    first_turn: u64,
) -> (Result<String, CallError>, CallUse) {
    let Call {
        hook,
        request,
        settings,
        limits,
        until,
        log,
        hold,
    } = call;
    let state = State::new(&limits, until, log, logged);
    // Before the store, so that it is dropped after it.
    let _hold = hold;
    let mut store = store(&pre, &limits, state, first_turn);
    let outcome = answer(
        &mut store,
        &pre,
        target,
        (hook, &request, &settings),
        limits.answer,
    )
    .await;
    let used = CallUse {
        memory: store.data().limiter.memory(),
    };
    (outcome, used)
}

async fn answer(
    store: &mut Store<State>,
    pre: &InstancePre<State>,
    target: Target,
    (hook, request, settings): (&str, &str, &str),
    limit: usize,
) -> Result<String, CallError> {
    let instance = pre
        .instantiate_async(&mut *store)
        .await
        .map_err(|error| CallError::start(&error))?;
    let outcome = match target {
        Target::Hook(export) => {
            let hook = instance
                .get_typed_func::<HookParams<'_>, HookResults>(&mut *store, export)
                .map_err(|error| CallError::start(&error))?;
            hook.call_async(&mut *store, (request, settings)).await
        }
        Target::Script(export, code) => {
            let call = instance
                .get_typed_func::<CallParams<'_>, HookResults>(&mut *store, export)
                .map_err(|error| CallError::start(&error))?;
            call.call_async(&mut *store, (&code, hook, request, settings))
                .await
        }
    };
    let (result,) = outcome.map_err(|error| CallError::run(&error, limit))?;
    result.map_err(|failure| CallError::Plugin(failure.into()))
}

fn store(pre: &InstancePre<State>, limits: &Limits, state: State, first_turn: u64) -> Store<State> {
    let mut store = Store::new(pre.engine(), state);
    store.limiter(|state| &mut state.limiter);
    // What the guest hands over in one go, its answer or a log line, in its own bytes.
    store.set_hostcall_fuel(limits.answer);
    store.set_epoch_deadline(first_turn);
    store.epoch_deadline_callback(|store| {
        store.data().in_time()?;
        // Tokio's own yield, which lets the executor see to its timers and sockets.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store
}
