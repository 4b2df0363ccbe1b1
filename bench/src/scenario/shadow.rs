//! A plugin with a shadow, compared with one without.

use std::time::Duration;

use anyhow::{Result, bail};
use metawasm_tests::bodies;

use super::{Context, SYNC, another};
use crate::body::Request;
use crate::figure::{Bar, Figure};
use crate::load::{Load, Shot, open};
use crate::process::{Cores, host};

const TURNS: usize = 5;
/// Calls a second: a controller that is busy.
const RATE: f64 = 500.0;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let function = std::fs::read(metawasm_tests::function_plugin())?;
    let next = context.folder.write("next.wasm", another(&function, 7));
    let without = host(&context.config("alone.yaml", ""), Cores::All)?;
    let text = std::fs::read_to_string(context.config("shadowed.yaml", ""))?;
    let config = context.folder.write(
        "shadowed.yaml",
        format!("{text}  shadow: file:{}\n", next.display()),
    );
    let with = host(&config, Cores::All)?;
    let shot = Shot::Fresh(Request::new(SYNC, "", &bodies::recorded())?);
    let time = context.time(Duration::from_secs(4));
    let (mut alone, mut shadowed) = (Load::default(), Load::default());
    for _ in 0..context.turns(TURNS) {
        alone.add(open(without.hooks, &shot, 200, 2, RATE, time)?);
        shadowed.add(open(with.hooks, &shot, 200, 2, RATE, time)?);
    }
    let (alone, shadowed) = (alone.clean()?, shadowed.clean()?);
    let told = with.get_admin("/plugins/function/shadow").json();
    let count = |key: &str| {
        told.get(key)
            .and_then(serde_json::Value::as_u64)
            .unwrap_or_default()
    };
    let (equal, skipped) = (count("equal"), count("skipped"));
    if equal == 0 || count("different") + count("failed") > 0 {
        bail!("the shadow is an equal version: {told}");
    }
    let of = |quantile| shadowed.quantile(quantile) / alone.quantile(quantile);
    let note = |quantile| {
        format!(
            "{:.0} µs and {:.0} µs",
            shadowed.quantile(quantile),
            alone.quantile(quantile)
        )
    };
    Ok(vec![
        Figure::new(
            "with a shadow: p99 ÷ p99 without",
            of(0.99),
            "×",
            Bar::AtMost(1.2),
        )
        .note(format!(
            "{} at {RATE} calls/s; {equal} compared, {skipped} skipped",
            note(0.99)
        )),
        Figure::new("the same, p50", of(0.5), "×", Bar::None).note(note(0.5)),
    ])
}
