//! What people would write in place of a plugin, on the same recorded requests: servers in Go, Node and Python, as floors,
//! which do nothing but read the request and write the answer, and with a small hook, which is also a plugin here.

mod compare;
mod contender;
mod figures;
mod measure;
mod page;
mod plot;
mod prepare;
mod python_env;
mod result;
mod ship;
mod table;
mod versions;

use anyhow::Result;
use metawasm_tests::skip;

use self::contender::{Contender, Form};
use self::prepare::{Prepared, prepare};
use super::Context;
use crate::figure::Figure;

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let floors = measure::measure(context, Form::Floor, &ready(context, Form::Floor))?;
    let hooks = measure::measure(context, Form::Hook, &ready(context, Form::Hook))?;
    let figures = figures::figures(&floors, &hooks);
    let page = page::Page::new(&floors, &hooks, &figures)?;
    anstream::println!("\n{}", page.tables());
    context.publish(page.sections());
    Ok(figures)
}

/// The contenders that can take part; a line for each that cannot.
fn ready(context: &Context, form: Form) -> Vec<Prepared> {
    let prepared = |contender: &Contender| match prepare(context, form, *contender) {
        Ok(prepared) => Some(prepared),
        Err(why) => {
            skip(format!("{}: {why:#}", contender.name));
            None
        }
    };
    form.contenders().iter().filter_map(prepared).collect()
}
