//! `metawasm serve`: the server.

use std::future::pending;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use metawasm_contract::ApplyStrategy;
use metawasm_formats::text::shown;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::block_in_place;

use super::offline::apply_parser;
use super::registry::RegistryArgs;
use super::reload::{Reload, on_hangup};
use super::script::EngineArgs;
use super::signals::{Harmless, stop};
use super::{Failure, Output, boot, variables};
use crate::catalogue::{Catalogue, Entry, Fetcher, Override, Source, Stage};
use crate::config::{Config, parse_endpoint, parse_filter, plugin_name, plugin_spec};
use crate::pipeline::{AdmissionOptions, Pipeline, RuleOptions};
use crate::rollout::{Control, Rollout};
use crate::schema::{SchemaMode, Schemas};
use crate::serve::{Secrets, Server, TlsFiles};
use crate::telemetry::{self, Endpoint, LogFormat};
use crate::units;

/// Serve plugins to Metacontroller
///
/// The hooks of a plugin are POST /NAME/sync, /NAME/finalize and /NAME/customize. The admin address serves /livez,
/// /readyz, /metrics, /plugins, /reload and /log, and a page for browsers at /.
///
/// Changes of the configuration file and of plugins take effect without a restart: they are noticed within a few seconds,
/// or at once with SIGHUP or POST /reload. SIGTERM, SIGQUIT and Ctrl-C shut down after running calls finish; a second
/// signal exits immediately.
///
/// Precedence, highest first: flag, environment variable, file, default.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm serve --plugin function=file:plugins/function.wasm
  metawasm serve --config metawasm.yaml --set function.defaultEngine=keda \\
    --set function.interceptor.port=80
  metawasm serve --config metawasm.yaml --listen 0.0.0.0:8443 --tls-cert tls.crt --tls-key tls.key
  metawasm serve --config metawasm.yaml --check-config

Exit codes:
  0    shut down after a signal
  2    invalid usage or configuration, or the address is in use
  3    no plugin can be loaded; with --check-config, a plugin cannot be loaded
  4    a bug in metawasm
  130  stopped by a second signal")]
pub(super) struct Args {
    /// Configuration file (YAML); flags override it
    #[arg(short, long, value_name = "FILE", env = "METAWASM_CONFIG")]
    config: Option<PathBuf>,
    /// Plugin to serve (component, script, or directory with one of them), as NAME=file:PATH or NAME=oci://REGISTRY/REPOSITORY:TAG; NAME is the first part of its URL path. Repeatable
    #[arg(short, long = "plugin", value_name = "NAME=SOURCE")]
    plugins: Vec<String>,
    /// Setting of a plugin, overrides the file: dot-separated keys and a YAML value, such as
    /// function.interceptor.port=80. Repeatable; the last one of a path is used
    #[arg(long = "set", value_name = "PLUGIN.PATH=VALUE")]
    settings: Vec<String>,
    /// IP address and port of the hooks [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT", env = "METAWASM_LISTEN", value_parser = units::parse_address)]
    listen: Option<SocketAddr>,
    /// IP address and port of the admin routes [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDRESS:PORT", env = "METAWASM_ADMIN", value_parser = units::parse_address)]
    admin: Option<SocketAddr>,
    /// Serve the host's page to browsers on the admin address [default: true]
    #[arg(
        long,
        value_name = "true|false",
        env = "METAWASM_PAGE",
        value_parser = units::parse_bool,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    page: Option<bool>,
    /// Maximum size of a request body [default: 8Mi]
    #[arg(long, value_name = "SIZE", env = "METAWASM_BODY", value_parser = units::parse_size)]
    body: Option<usize>,
    /// Maximum time for running calls to finish after SIGTERM [default: 20s]
    #[arg(long, value_name = "DURATION", env = "METAWASM_GRACE", value_parser = units::parse_duration)]
    grace: Option<Duration>,
    /// Directory for compiled code, for a faster next start; must be owned by, and writable only by, the user running
    /// metawasm
    #[arg(long, value_name = "DIRECTORY", env = "METAWASM_CODE_CACHE")]
    code_cache: Option<PathBuf>,
    /// Retry plugins whose compilation failed at an earlier start; otherwise the code cache remembers the failure
    /// [default: false]
    #[arg(
        long,
        value_name = "true|false",
        env = "METAWASM_RETRY_FAILED",
        value_parser = units::parse_bool,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    retry_failed: Option<bool>,
    /// Server certificate chain (PEM)
    #[arg(long, value_name = "FILE", env = "METAWASM_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// Private key of the server certificate (PEM)
    #[arg(long, value_name = "FILE", env = "METAWASM_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// CA bundle (PEM); clients must present a certificate signed by it
    #[arg(long, value_name = "FILE", env = "METAWASM_TLS_CLIENT_CA")]
    tls_client_ca: Option<PathBuf>,
    /// Allow serving the hooks without TLS (plain HTTP) on an address other than loopback [default: false]
    #[arg(
        long,
        value_name = "true|false",
        env = "METAWASM_PLAIN",
        value_parser = units::parse_bool,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    plain: Option<bool>,
    /// File of bearer tokens, one per line; callers must send one of them
    #[arg(long, value_name = "FILE", env = "METAWASM_AUTH_BEARER")]
    auth_bearer: Option<PathBuf>,
    /// File of NAME:PASSWORD credentials, one per line; callers must send one of them
    #[arg(long, value_name = "FILE", env = "METAWASM_AUTH_BASIC")]
    auth_basic: Option<PathBuf>,
    /// Check the configuration and the plugins, print errors, and exit
    #[arg(long)]
    check_config: bool,
    /// Log filter: off, error, warn, info, debug or trace, or a list such as info,guest=debug [default: info]
    #[arg(long, value_name = "FILTER", env = "METAWASM_LOG", value_parser = parse_filter)]
    log: Option<String>,
    /// Log format [default: text]
    #[arg(long, value_name = "FORMAT", value_enum, env = "METAWASM_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// Value of Metacontroller's flag --apply-strategy [default: dynamic-apply]
    #[arg(long, value_name = "STRATEGY", env = "METAWASM_APPLY_STRATEGY", value_parser = apply_parser())]
    apply_strategy: Option<ApplyStrategy>,
    /// Action for children that do not match the schema of their kind [default: warn]
    #[arg(long, value_name = "MODE", value_enum, env = "METAWASM_SCHEMA")]
    schema: Option<SchemaMode>,
    /// CustomResourceDefinitions (YAML file or directory), for the schemas and scopes of custom resources; added to
    /// those of the configuration file. Repeatable
    #[arg(long, value_name = "PATH")]
    crds: Vec<PathBuf>,
    /// Directory for requests and answers, as cases for `metawasm test`, `replay` and `diff`. Secrets are masked
    /// [default: none]
    #[arg(long, value_name = "DIRECTORY", env = "METAWASM_RECORD")]
    record: Option<PathBuf>,
    /// Directory for plugins from registries, so that a restart needs no registry
    #[arg(
        long,
        value_name = "DIRECTORY",
        env = "METAWASM_STORE",
        help_heading = "Registries"
    )]
    store: Option<PathBuf>,
    #[command(flatten)]
    engines: EngineArgs,
    #[command(flatten)]
    registry: RegistryArgs,
    /// Public key (file) that plugins must be signed with. Repeatable; replaces `verify.keys`
    #[arg(long, value_name = "FILE", help_heading = "Registries")]
    verify_key: Vec<PathBuf>,
    /// Refuse plugins for which no public key is configured [default: false]
    #[arg(
        long,
        value_name = "BOOL",
        env = "METAWASM_VERIFY_REQUIRED",
        value_parser = units::parse_bool,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        help_heading = "Registries"
    )]
    verify_required: Option<bool>,
    /// OTLP collector for traces, over HTTP, such as http://collector:4318 [default: none]
    #[arg(long, value_name = "URL", env = "METAWASM_TRACES", value_parser = parse_endpoint)]
    traces: Option<Endpoint>,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let config = config(args)?;
    telemetry::init(&config.log).map_err(|error| Failure::Usage(error.to_string()))?;
    for sentence in variables::unknown() {
        tracing::warn!("{sentence}");
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = config.workers {
        runtime.worker_threads(workers);
    }
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|error| Failure::Usage(format!("cannot start the async runtime: {error}")))?;
    runtime.block_on(serve(config, args.clone()))
}

/// Merges the file and the flags.
fn config(args: &Args) -> Result<Config, Failure> {
    let mut config = match &args.config {
        Some(path) => Config::read(path).map_err(Failure::usage)?,
        None => Config::default(),
    };
    // Before the plugins of flags, which need the same signatures.
    config.require(&args.verify_key, args.verify_required);
    // A flag may replace a plugin of the file, but not another flag.
    let mut flags = Config::default();
    for text in &args.plugins {
        let wrong = |why: &str| Failure::Usage(format!("--plugin {text}: {why}"));
        let (name, source) = text
            .split_once('=')
            .ok_or_else(|| wrong("expected NAME=SOURCE, such as function=file:function.wasm"))?;
        let name = plugin_name(name).map_err(|why| wrong(&why))?;
        let source = Source::parse(source, Path::new("")).map_err(|error| wrong(&error.to_string()))?;
        flags.add(plugin_spec(name, source)).map_err(|why| wrong(&why))?;
    }
    for spec in flags.plugins {
        config.set(spec);
    }
    for text in &args.settings {
        Override::parse(text)
            .map_err(|error| error.to_string())
            .and_then(|setting| config.override_setting(setting))
            .map_err(|why| Failure::Usage(format!("--set {text}: {why}")))?;
    }
    config.compile.cache = args.code_cache.clone().or(config.compile.cache);
    config.compile.retry_failed = args.retry_failed.unwrap_or(config.compile.retry_failed);
    config.log.filter = args.log.clone().unwrap_or(config.log.filter);
    config.log.format = args.log_format.unwrap_or(config.log.format);
    config.apply_strategy = args.apply_strategy.unwrap_or(config.apply_strategy);
    config.schema = args.schema.unwrap_or(config.schema);
    config.crds.extend(args.crds.iter().cloned());
    config.record.directory = args.record.clone().or(config.record.directory);
    config.fetch.store = args.store.clone().or(config.fetch.store);
    args.engines.merge(&mut config.fetch.engines);
    args.registry.merge(&mut config.fetch.registry);
    let serve = &mut config.serve;
    serve.listen = args.listen.unwrap_or(serve.listen);
    serve.admin = args.admin.unwrap_or(serve.admin);
    serve.page = args.page.unwrap_or(serve.page);
    serve.body = args.body.unwrap_or(serve.body);
    serve.grace = args.grace.unwrap_or(serve.grace);
    serve.tls = tls(args, serve.tls.take())?;
    serve.plain = args.plain.unwrap_or(serve.plain);
    serve.auth.bearer = args.auth_bearer.clone().or(serve.auth.bearer.take());
    serve.auth.basic = args.auth_basic.clone().or(serve.auth.basic.take());
    serve.traces.endpoint = args.traces.clone().or(serve.traces.endpoint.take());
    serve.record = config.record.options();
    serve.mask = config.record.mask.clone();
    if overlap(serve.listen, serve.admin) {
        return Err(Failure::Usage(format!(
            "the hooks and the admin routes have the same port: {} (`listen`, --listen) and {} (`admin`, --admin)",
            serve.listen, serve.admin
        )));
    }
    if config.plugins.is_empty() {
        return Err(Failure::Usage(
            "no plugin configured; add one with --plugin NAME=file:PATH or in the --config file".to_owned(),
        ));
    }
    Ok(config)
}

/// Whether two listeners cannot both be opened. Port 0 is a free port that the system chooses.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let every = |address: SocketAddr| address.ip().is_unspecified();
    let same_ip = one.ip() == other.ip() || every(one) || every(other);
    one.port() == other.port() && one.port() != 0 && same_ip
}

/// Merges the TLS flags and the file.
fn tls(args: &Args, file: Option<TlsFiles>) -> Result<Option<TlsFiles>, Failure> {
    let (cert, key, client_ca) = match file {
        Some(file) => (Some(file.cert), Some(file.key), file.client_ca),
        None => (None, None, None),
    };
    let client_ca = args.tls_client_ca.clone().or(client_ca);
    match (args.tls_cert.clone().or(cert), args.tls_key.clone().or(key)) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key, client_ca })),
        (None, None) if client_ca.is_none() => Ok(None),
        _ => Err(Failure::Usage(
            "TLS requires a certificate and its key; set both --tls-cert and --tls-key (METAWASM_TLS_CERT and \
             METAWASM_TLS_KEY)"
                .to_owned(),
        )),
    }
}

async fn serve(config: Config, args: Args) -> Result<Output, Failure> {
    more_files();
    let check = args.check_config;
    // As early as possible: loading takes a while, and a SIGHUP must not end the process.
    let harmless = Harmless::listen().map_err(|error| no_handler(&error))?;
    // First the checks that take no time.
    let secrets = Secrets::load(&config.serve).map_err(Failure::usage)?;
    if let Some(warning) = secrets.warning() {
        if check {
            return Err(Failure::Usage(format!("`tls`: {warning}")));
        }
        tracing::error!("`tls`: {warning}");
    }
    let fetcher =
        Fetcher::new(&config.fetch).map_err(|error| Failure::Usage(format!("`registries`: {error}")))?;
    let pipeline = Arc::new(pipeline(&config)?);
    let mut rollout = Rollout::new(pipeline.clone(), fetcher, Handle::current());
    if check {
        // The reasons are printed below.
        block_in_place(|| boot::load(&mut rollout, &config.plugins)).ok();
        return checked(&pipeline);
    }
    let (control, asks) = Control::channel();
    let stop = stop().map_err(|error| no_handler(&error))?;
    let tls = config.serve.tls.is_some();
    let server = Server::bind(config.serve.clone(), secrets, pipeline.clone())
        .await
        .map_err(|error| Failure::Usage(error.to_string()))?
        .controlled_by(control.clone());
    let (hooks, admin) = server.addresses();
    // Before the first plugin is loaded, so that probes work regardless of the plugins.
    tracing::info!(%hooks, %admin, tls, "listening");
    // Their places are there before the thread that loads them runs.
    for spec in &config.plugins {
        pipeline.add(&spec.name, spec.concurrency, spec.queue);
    }
    let (sender, loading) = oneshot::channel();
    let reload = Reload {
        running: config,
        path: args.config.clone(),
        read: move || self::config(&args),
        rollout,
        control: control.clone(),
    };
    // It may be in the middle of a compilation when the server ends, and ends with the process.
    thread::Builder::new()
        .name("plugins".to_owned())
        .spawn(move || reload.run(&asks, sender))
        .map_err(|error| Failure::Usage(format!("cannot start the thread that loads plugins: {error}")))?;
    let loaded = async {
        let outcome = loading.await;
        if let Ok(Err(failure)) = outcome {
            return failure;
        }
        if outcome.is_err() {
            tracing::error!("the thread that loads plugins panicked");
        }
        tracing::info!(%hooks, %admin, tls, routes = pipeline.catalogue().routes().join(" "), "serving");
        pending().await
    };
    let hangup = tokio::spawn(on_hangup(harmless, server.look_at_files(), control));
    let mut failure = None;
    server
        .run(async {
            tokio::select! {
                () = stop => {}
                nothing = loaded => failure = Some(nothing),
            }
        })
        .await;
    hangup.abort();
    if let Some(failure) = failure {
        return Err(failure);
    }
    tracing::info!("stopped");
    Ok(Output::default())
}

fn no_handler(error: &std::io::Error) -> Failure {
    Failure::Usage(format!("cannot handle signals: {error}"))
}

/// Raises the limit of open files as far as the system allows, because each connection is an open file. Many systems
/// start with 1,024.
fn more_files() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // If it cannot be raised, the server uses the current limit.
    setrlimit(Resource::Nofile, most).ok();
}

/// Returns the result of `--check-config`. It fails if any plugin cannot be loaded.
fn checked(pipeline: &Pipeline) -> Result<Output, Failure> {
    let mut words = Vec::new();
    let mut failures = Vec::new();
    for (name, entry) in pipeline.catalogue().iter() {
        match entry {
            Entry::Loaded(plugin) => {
                let hooks: Vec<&str> = plugin.program.hooks().collect();
                words.push(format!("plugin {name}: {}; {}", hooks.join(", "), plugin.digest));
            }
            Entry::Loading => failures.push(format!("plugin {name}: the thread that loads it panicked")),
            Entry::Failed(reason) => {
                let reason = shown(&reason.to_string(), boot::WORDS);
                failures.push(format!("plugin {name}: {reason}"));
            }
        }
    }
    for place in pipeline.catalogue().places() {
        let shadow = place.shadow();
        if let Some(Stage::Failed(reason)) = shadow.as_ref().map(|shadow| &shadow.stage) {
            let reason = shown(&reason.to_string(), boot::WORDS);
            failures.push(format!("plugin {}, shadow: {reason}", place.name()));
        }
    }
    if !failures.is_empty() {
        return Err(Failure::Load(failures.join("; ")));
    }
    words.push("the configuration is valid".to_owned());
    Ok(Output {
        words,
        ..Output::default()
    })
}

/// Creates the pipeline: sandbox, plugins to load, limits of calls.
fn pipeline(config: &Config) -> Result<Pipeline, Failure> {
    let rules = rules(config)?;
    let sandbox = boot::sandbox(config)?;
    let catalogue = Catalogue::loading(config.plugins.iter().map(|spec| spec.name.as_str()));
    let admission = AdmissionOptions {
        concurrency: config.concurrency as usize,
        queue: config.queue as usize,
    };
    Ok(Pipeline::new(sandbox, catalogue, admission)
        .with_rules(rules)
        .with_memo(config.memo))
}

/// Returns the rules for answers.
fn rules(config: &Config) -> Result<RuleOptions, Failure> {
    let schemas =
        Schemas::with_crds(&config.crds).map_err(|error| Failure::Usage(format!("`crds`: {error}")))?;
    Ok(RuleOptions {
        apply: config.apply_strategy,
        schema: config.schema,
        schemas: Arc::new(schemas),
    })
}
