//! What a sync call costs, from the native core to the whole way over HTTP, on a recorded request
//! of 20,815 bytes.
//!
//! `cargo xtask build && cargo bench --workspace --bench sync`
//!
//! First criterion measures each step by itself. Then all steps take turns, a batch each, and the
//! medians are printed as ratios: what another process on the machine does to one, it does to
//! all. The baselines run the very same core, compiled natively in this process, with the same
//! allocator; over HTTP behind a plain axum handler, on a server of the same shape.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark stops at the first surprise"
)]

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::routing::post;
use criterion::Criterion;
use metawasm::catalogue::{Catalogue, Entry, Fetcher, Plugin, Source, load};
use metawasm::config::plugin_spec;
use metawasm::contract::{Hook, ReviewContext, read_envelope, review};
use metawasm::pipeline::{AdmissionOptions, HookRequest, MemoOptions, MemoUse, Outcome, Pipeline};
use metawasm::sandbox::{Call, Limits, Sandbox, SandboxOptions};
use metawasm::serve::{Secrets, ServeOptions, Server};
use metawasm_tests::client::{Connection, Wait};
use metawasm_tests::machine;
use tokio::runtime::Runtime;

/// One thing to measure.
struct Step {
    name: &'static str,
    /// The step that it is a multiple of.
    baseline: &'static str,
    run: Box<dyn FnMut()>,
}

fn main() {
    let body = metawasm_tests::fixture("composite-v2-sync-ready.body");
    let runtime = Runtime::new().expect("an executor");
    let pipeline = Arc::new(runtime.block_on(pipeline()));
    let memo = runtime
        .block_on(self::pipeline())
        .with_memo(MemoOptions::default());
    let mut steps = steps(&body, &pipeline, &runtime);
    steps.extend(memo_steps(&body, &pipeline, Arc::new(memo)));

    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for step in &mut steps {
        criterion.bench_function(step.name, |bencher| bencher.iter(&mut step.run));
    }
    criterion.final_summary();
    // `cargo bench -- NAME` asks for one step only.
    if !std::env::args().skip(1).any(|arg| !arg.starts_with('-')) {
        print_ratios(&mut steps);
    }
}

async fn pipeline() -> Pipeline {
    let options = SandboxOptions {
        concurrency: 64,
        memory: 64 << 20,
        table_elements: 100_000,
    };
    let sandbox = Sandbox::new(options).expect("a sandbox");
    println!("instances: {:?}", sandbox.allocation());
    let source = Source::File(metawasm_tests::function_plugin());
    let plugin = load(
        &sandbox,
        &Fetcher::default(),
        &plugin_spec("function".to_owned(), source),
    )
    .await
    .expect("the plugin");
    let mut catalogue = Catalogue::default();
    catalogue.insert("function", Ok(plugin));
    Pipeline::new(sandbox, catalogue, AdmissionOptions::default())
}

fn steps(body: &[u8], pipeline: &Arc<Pipeline>, runtime: &Runtime) -> Vec<Step> {
    let text = String::from_utf8(body.to_vec()).expect("UTF-8");
    let plugin = plugin(pipeline);
    let trimmed = read_envelope(body, Hook::Sync, &plugin.view)
        .expect("an envelope")
        .trimmed;
    println!(
        "request: {} bytes, as the plugin sees it: {} bytes",
        body.len(),
        trimmed.len()
    );
    let answer = metawasm_function::sync(&trimmed, "{}").expect("an answer");
    assert_eq!(
        answer,
        metawasm_function::sync(&text, "{}").expect("an answer"),
        "the view hides nothing"
    );
    println!("answer: {} bytes", answer.len());

    let native = address(runtime, serve_native);
    let host = host(runtime, pipeline);
    let body = Arc::<[u8]>::from(body);
    let mut steps = Vec::new();
    let mut add = |name, baseline, run: Box<dyn FnMut()>| steps.push(Step { name, baseline, run });
    add("core, native, whole body", "core, native, whole body", {
        Box::new(move || drop(black_box(metawasm_function::sync(&text, "{}"))))
    });
    add("core, native, as trimmed", "core, native, whole body", {
        let trimmed = trimmed.clone();
        Box::new(move || drop(black_box(metawasm_function::sync(&trimmed, "{}"))))
    });
    add(
        "core in Wasm, reused instance",
        "core, native, as trimmed",
        reused(trimmed.clone()),
    );
    add("core in Wasm, fresh instance", "core, native, as trimmed", {
        let sandbox = Sandbox::new(SandboxOptions {
            concurrency: 64,
            memory: 64 << 20,
            table_elements: 100_000,
        })
        .expect("a sandbox");
        let bytes = std::fs::read(metawasm_tests::function_plugin()).expect("the plugin");
        let inner = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("an executor");
        let program = inner
            .block_on(sandbox.load(&bytes, Limits::default()))
            .expect("a program");
        Box::new(move || {
            let call = Call {
                hook: "sync",
                request: trimmed.clone(),
                settings: Arc::from("{}"),
                limits: Limits::default(),
                until: None,
                log: Box::new(|_| ()),
                hold: Box::new(()),
            };
            black_box(inner.block_on(sandbox.call(&program, call)).expect("an answer"));
        })
    });
    add("envelope: scan and trim", "core, native, whole body", {
        let (body, plugin) = (body.clone(), plugin.clone());
        Box::new(move || {
            drop(black_box(
                read_envelope(&body, Hook::Sync, &plugin.view).expect("an envelope"),
            ));
        })
    });
    add("review", "core, native, whole body", {
        let envelope = read_envelope(&body, Hook::Sync, &plugin.view).expect("an envelope");
        Box::new(move || {
            let asked = ReviewContext::new(Hook::Sync, &envelope, 8 << 20);
            drop(black_box(review(&answer, &asked).expect("it passes")));
        })
    });
    add("pipeline, without HTTP", "core, native, whole body", {
        let (pipeline, body) = (pipeline.clone(), body.clone());
        let inner = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("an executor");
        Box::new(move || {
            let outcome = inner.block_on(pipeline.call("function", "sync", &body));
            assert!(
                matches!(black_box(&outcome), Outcome::Answer { .. }),
                "{}",
                outcome.sentence()
            );
        })
    });
    add(
        "HTTP, native core in axum",
        "HTTP, native core in axum",
        client(native, &body),
    );
    add("HTTP, host", "HTTP, native core in axum", client(host, &body));
    steps
}

/// The ways past the plugin, and what they cost where there is none.
fn memo_steps(body: &[u8], without: &Arc<Pipeline>, memo: Arc<Pipeline>) -> Vec<Step> {
    const BASELINE: &str = "core, native, whole body";
    let whole = bytes::Bytes::copy_from_slice(body);
    // The controller comes first, and the plugin does not see it; the parent's uid it does.
    let hidden = digits(body, b"\"uid\":\"", 0);
    let parent = body
        .windows(10)
        .position(|ten| ten == b",\"parent\":")
        .expect("a parent");
    let seen = digits(body, b"\"uid\":\"", parent);
    let etag = {
        let outcome = ask(without, whole.clone(), Some("\"0\"")).0;
        let Outcome::Answer { etag: Some(etag), .. } = outcome else {
            panic!("{}", outcome.sentence());
        };
        etag
    };
    let mut steps = Vec::new();
    let mut add = |name, run: Box<dyn FnMut()>| {
        steps.push(Step {
            name,
            baseline: BASELINE,
            run,
        });
    };
    let expect = |memo: &Arc<Pipeline>, body, holds: Option<&str>, expected| {
        let (outcome, used) = ask(memo, black_box(body), holds);
        assert_eq!(used, expected, "{}", outcome.sentence());
    };
    add("pipeline, memo hit, same body", {
        let (memo, whole) = (memo.clone(), whole.clone());
        for _ in 0..2 {
            ask(&memo, whole.clone(), None);
        }
        Box::new(move || expect(&memo, whole.clone(), None, Some(MemoUse::Hit)))
    });
    add("pipeline, memo hit, same but cut", {
        let (memo, mut next) = (memo.clone(), counted(body, hidden));
        Box::new(move || expect(&memo, next(), None, Some(MemoUse::HitTrimmed)))
    });
    add("pipeline, 304 from memory", {
        let (memo, whole, etag) = (memo.clone(), whole.clone(), etag.clone());
        Box::new(move || expect(&memo, whole.clone(), Some(&etag), Some(MemoUse::NotModified)))
    });
    add("pipeline, 304 without memory", {
        let without = without.clone();
        Box::new(move || expect(&without, whole.clone(), Some(&etag), Some(MemoUse::NotModified)))
    });
    add("pipeline, never seen, no memo", {
        let (without, mut next) = (without.clone(), counted(body, seen));
        Box::new(move || expect(&without, next(), None, None))
    });
    add("pipeline, never seen, memo", {
        let (memo, mut next) = (memo.clone(), counted(body, seen));
        Box::new(move || expect(&memo, next(), None, Some(MemoUse::Miss)))
    });
    add("pipeline, never seen, memo, ETag", {
        // Others than those of the step before.
        let mut next = counted(body, seen + 1);
        Box::new(move || expect(&memo, next(), Some("\"0\""), Some(MemoUse::Miss)))
    });
    steps
}

thread_local! {
    static INLINE: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("an executor");
}

fn ask(pipeline: &Pipeline, body: bytes::Bytes, if_none_match: Option<&str>) -> (Outcome, Option<MemoUse>) {
    let Ok(route) = pipeline.route("function", "sync") else {
        panic!("no such hook");
    };
    let done =
        INLINE.with(|inline| inline.block_on(pipeline.answer(&route, HookRequest { body, if_none_match })));
    (done.outcome, done.report.memo)
}

/// Where a text's value begins, from a place on.
fn digits(body: &[u8], key: &[u8], from: usize) -> usize {
    let at = body[from..].windows(key.len()).position(|some| some == key);
    from + at.expect("the key is there") + key.len()
}

/// Bodies that differ in six letters at a place.
fn counted(body: &[u8], at: usize) -> impl FnMut() -> bytes::Bytes + use<> {
    let mut body = body.to_vec();
    let mut count = 0_u32;
    move || {
        count += 1;
        body[at..at + 6].copy_from_slice(format!("{:06x}", count % 0x00ff_ffff).as_bytes());
        bytes::Bytes::copy_from_slice(&body)
    }
}

fn plugin(pipeline: &Pipeline) -> Arc<Plugin> {
    match pipeline.catalogue().get("function") {
        Some(Entry::Loaded(plugin)) => plugin.clone(),
        _ => panic!("the plugin is not loaded"),
    }
}

/// Calls in one instance. The guest's allocator never frees, so every 200 calls there is a new
/// one; what that costs is spread over them.
fn reused(request: String) -> Box<dyn FnMut()> {
    use wasmtime::component::{Component, Linker, TypedFunc};
    type Sync = TypedFunc<(&'static str, &'static str), (Result<String, Failure>,)>;
    let mut config = wasmtime::Config::new();
    config
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true);
    let engine = wasmtime::Engine::new(&config).expect("an engine");
    let component = Component::from_file(&engine, metawasm_tests::function_plugin()).expect("the plugin");
    let mut linker = Linker::<()>::new(&engine);
    linker
        .define_unknown_imports_as_traps(&component)
        .expect("a log that is not called");
    let pre = linker.instantiate_pre(&component).expect("linked");
    let interface = component
        .get_export_index(None, "metawasm:hook/sync@0.1.0")
        .expect("sync");
    let export = component
        .get_export_index(Some(&interface), "sync")
        .expect("sync");
    let fresh = move || {
        let mut store = wasmtime::Store::new(&engine, ());
        store.set_epoch_deadline(1);
        let instance = pre.instantiate(&mut store).expect("an instance");
        let sync: Sync = instance.get_typed_func(&mut store, export).expect("its type");
        (store, sync)
    };
    let request: &'static str = request.leak();
    let mut calls = 0;
    let mut state = fresh();
    Box::new(move || {
        calls += 1;
        if calls % 200 == 0 {
            state = fresh();
        }
        let (answer,) = state.1.call(&mut state.0, (request, "{}")).expect("no trap");
        assert!(black_box(answer).is_ok());
    })
}

#[derive(wasmtime::component::ComponentType, wasmtime::component::Lift)]
#[component(record)]
#[allow(dead_code, reason = "its shape is what counts")]
struct Retry {
    #[component(name = "after-seconds")]
    after_seconds: u32,
    #[component(name = "reason")]
    reason: String,
}

#[derive(wasmtime::component::ComponentType, wasmtime::component::Lift)]
#[component(variant)]
#[allow(dead_code, reason = "its shape is what counts")]
enum Failure {
    #[component(name = "invalid")]
    Invalid(String),
    #[component(name = "retry-later")]
    RetryLater(Retry),
    #[component(name = "internal")]
    Internal(String),
}

/// Starts a server on the executor and gives its address.
fn address<F, S>(runtime: &Runtime, serve: S) -> SocketAddr
where
    S: FnOnce(tokio::net::TcpListener) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(serve(listener));
    address
}

/// The baseline: the core in a plain handler.
async fn serve_native(listener: tokio::net::TcpListener) {
    use axum::serve::ListenerExt;
    async fn handler(body: axum::body::Bytes) -> ([(&'static str, &'static str); 1], String) {
        let request = std::str::from_utf8(&body).expect("UTF-8");
        let answer = metawasm_function::sync(request, "{}").expect("an answer");
        ([("content-type", "application/json")], answer)
    }
    let router = axum::Router::new().route("/function/sync", post(handler));
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a socket option"));
    axum::serve(listener, router).await.expect("it serves");
}

/// The host, as `metawasm serve` runs it.
fn host(runtime: &Runtime, pipeline: &Arc<Pipeline>) -> SocketAddr {
    let any = "127.0.0.1:0".parse().expect("an address");
    let options = ServeOptions {
        listen: any,
        admin: any,
        grace: Duration::ZERO,
        ..ServeOptions::default()
    };
    let secrets = Secrets::load(&options).expect("none");
    let server = runtime
        .block_on(Server::bind(options, secrets, pipeline.clone()))
        .expect("two ports");
    let (hooks, _) = server.addresses();
    runtime.spawn(server.run(std::future::pending()));
    hooks
}

/// A client with one connection, kept alive.
fn client(address: SocketAddr, body: &Arc<[u8]>) -> Box<dyn FnMut()> {
    let mut connection = Connection::open(address, Wait::Spin).expect("a connection");
    let mut request = format!(
        "POST /function/sync HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    Box::new(move || assert_eq!(connection.call(&request).expect("an answer").status, 200))
}

const ROUNDS: usize = 101;
const BATCH: u32 = 50;

/// All steps in turn, a batch each, round after round: the medians and their ratios.
fn print_ratios(steps: &mut [Step]) {
    let mut times = vec![Vec::with_capacity(ROUNDS); steps.len()];
    for _ in 0..ROUNDS {
        for (step, times) in steps.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..BATCH {
                (step.run)();
            }
            times.push(start.elapsed() / BATCH);
        }
    }
    let medians: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64() * 1e6
        })
        .collect();
    println!(
        "\nmedians of {ROUNDS} rounds, {BATCH} calls each, taking turns; {}",
        machine::name()
    );
    for (step, median) in steps.iter().zip(&medians) {
        let baseline = steps
            .iter()
            .position(|other| other.name == step.baseline)
            .expect("a baseline");
        let ratio = median / medians[baseline];
        println!(
            "{:<34} {median:>8.1} us   {ratio:>5.2} x {}",
            step.name, step.baseline
        );
    }
}
