//! `cargo xtask e2e`: the scenarios, one after the other, on a control plane for each way of applying children.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};
use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};
use futures::future::try_join_all;
use metawasm_e2e::crds;
use metawasm_e2e::driver::Apply;
use metawasm_e2e::hold::hold;
use metawasm_e2e::objects::Objects;
use metawasm_e2e::plane::programs::Programs;
use metawasm_e2e::plane::{Plane, User};
use metawasm_e2e::scenario::{ALL, Scenario, Skipped};
use metawasm_e2e::world::World;
use serde_json::json;
use tokio::signal::unix::SignalKind;

const GOOD: Style = AnsiColor::Green.on_default();
const SKIPPED: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const HEADING: Style = Style::new().bold();

/// Test the plugins on a real API server, without nodes
#[derive(Parser)]
#[command(
    name = "cargo xtask e2e",
    bin_name = "cargo xtask e2e",
    after_help = "\
Builds the control plane from Go modules the first time. To use existing programs, set KUBE_APISERVER,
KUBE_CONTROLLER_MANAGER and ETCD. A test driver replaces Metacontroller; to use the real one, set METACONTROLLER_BIN.

Examples:
  cargo xtask e2e
  cargo xtask e2e edits scaled --apply server-side
  cargo xtask e2e --list
  cargo xtask e2e --hold        keep a cluster with Functions, without nodes, for your kubectl"
)]
struct Cli {
    /// Scenarios to run [default: all]
    scenarios: Vec<String>,
    /// Apply strategy of Metacontroller [default: both]
    #[arg(long)]
    apply: Option<Strategy>,
    /// List the scenarios and exit
    #[arg(long)]
    list: bool,
    /// Run no scenario; install everything and wait for Ctrl-C
    #[arg(long, conflicts_with = "scenarios")]
    hold: bool,
    /// Build the control plane and exit
    #[arg(long)]
    build_only: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Strategy {
    Dynamic,
    ServerSide,
}

struct Row {
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Skipped,
    Failed(String),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.list {
        for scenario in ALL {
            println!("{:<11} {}", scenario.name, scenario.about);
        }
        return ExitCode::SUCCESS;
    }
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{BAD}error:{BAD:#} {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<bool> {
    let chosen = chosen(&cli.scenarios)?;
    let programs = &Programs::find_or_build()?;
    if cli.build_only {
        return Ok(true);
    }
    let strategies = match cli.apply {
        None if cli.hold => vec![Apply::Dynamic],
        Some(Strategy::Dynamic) => vec![Apply::Dynamic],
        Some(Strategy::ServerSide) => vec![Apply::ServerSide],
        None => vec![Apply::Dynamic, Apply::ServerSide],
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let start = Instant::now();
    // At once, each on a control plane of its own: most of the time they wait. What runs beside them is ended when it is
    // dropped, which an interrupt must not skip.
    let rows = runtime.block_on(async {
        let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
        let all = strategies
            .iter()
            .map(|apply| under(*apply, &chosen, cli.hold, programs));
        tokio::select! {
            rows = try_join_all(all) => rows,
            _ = tokio::signal::ctrl_c() => if cli.hold { Ok(Vec::new()) } else { bail!("interrupted") },
            _ = terminate.recv() => bail!("terminated"),
        }
    })?;
    let rows: Vec<Row> = rows.into_iter().flatten().collect();
    if cli.hold {
        return Ok(true);
    }
    Ok(report(&rows, !cli.scenarios.is_empty(), start.elapsed()))
}

fn chosen(names: &[String]) -> Result<Vec<&'static Scenario>> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    for name in names {
        if !ALL.iter().any(|scenario| scenario.name == name) {
            let known: Vec<&str> = ALL.iter().map(|scenario| scenario.name).collect();
            bail!("there is no scenario {name}; there are {}", known.join(", "));
        }
    }
    Ok(ALL
        .iter()
        .filter(|scenario| names.iter().any(|name| name == scenario.name))
        .collect())
}

/// Runs scenarios on a fresh control plane, or holds it.
async fn under(apply: Apply, scenarios: &[&Scenario], holds: bool, programs: &Programs) -> Result<Vec<Row>> {
    let start = Instant::now();
    let mut control = Plane::start(programs.clone()).await?;
    let admin = Objects::new(control.client(User::Admin)?);
    let brought = prepare(&admin).await?;
    control.start_controllers()?;
    let ready = start.elapsed();
    let world = World::new(control, apply).await?;
    let strategy = match apply {
        Apply::Dynamic => "dynamic-apply",
        Apply::ServerSide => "server-side apply",
    };
    // Started here for its name, and again where a scenario needs it.
    let player = world.play().await?;
    eprintln!(
        "{HEADING}{strategy}{HEADING:#}: kube-apiserver {}, {} CRDs ({}), {} as Metacontroller; ready after {:.1} s",
        world.plane.version,
        brought,
        crds::versions(),
        player,
        ready.as_secs_f64()
    );
    if holds {
        match hold(world).await? {}
    }
    let mut rows = Vec::new();
    for scenario in scenarios {
        let start = Instant::now();
        let done = async {
            match scenario.components {
                Some(components) => {
                    world.install(components).await?;
                    world.play().await?;
                }
                None => world.stop().await,
            }
            (scenario.run)(&world).await
        };
        let outcome = match done.await {
            Ok(()) => Outcome::Passed,
            Err(error) if error.is::<Skipped>() => {
                eprintln!("skipped: {}: {error}", scenario.name);
                Outcome::Skipped
            }
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        let (style, word, what) = match &outcome {
            Outcome::Passed => (GOOD, "passed", scenario.about),
            Outcome::Skipped => (SKIPPED, "skipped", scenario.about),
            Outcome::Failed(why) => (BAD, "failed", why.as_str()),
        };
        eprintln!(
            "{style}{word:<7}{style:#} {strategy:<17} {:<11} {:>5.1} s  {what}",
            scenario.name,
            start.elapsed().as_secs_f64()
        );
        if matches!(outcome, Outcome::Failed(_)) && scenario.components.is_some() {
            // The next one must not stumble over what this one left: it installs what it needs.
            world.kill_hosts();
        }
        rows.push(Row {
            name: format!("{} ({strategy})", scenario.name),
            outcome,
        });
    }
    world.stop().await;
    Ok(rows)
}

/// Applies the CRDs of others and waits until they are served; says how many there are.
async fn prepare(admin: &Objects) -> Result<usize> {
    for name in ["metacontroller", "keda"] {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        admin.apply(&namespace).await?;
    }
    let all = crds::all()?;
    crds::serve(admin, &all).await?;
    Ok(all.len())
}

/// The closing lines; whether all went well: a scenario that somebody has named must not be skipped.
fn report(rows: &[Row], named: bool, took: Duration) -> bool {
    let count = |of: fn(&Outcome) -> bool| rows.iter().filter(|row| of(&row.outcome)).count();
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let words = if skipped > 0 {
        format!(", {skipped} skipped")
    } else {
        String::new()
    };
    eprintln!(
        "\n{} passed, {failed} failed{words} in {:.0} s",
        rows.len() - failed - skipped,
        took.as_secs_f64()
    );
    for row in rows {
        if let Outcome::Failed(why) = &row.outcome {
            eprintln!("  {BAD}{}{BAD:#}: {why}", row.name);
        }
    }
    failed == 0 && (skipped == 0 || !named)
}
