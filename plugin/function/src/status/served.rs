//! The status of a Function that is served.

use super::finding::{Finding, Truth, not_yet};
use super::obstacles::Obstacles;
use super::parts::{condition, normalized, resources, serving, skipped};
use super::time::Times;
use super::workload::Workload;
use super::{addresses, build, dapr, route, scaler};
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::function::types::Function;
use crate::plan::building::Building;
use crate::plan::decisions::Plan;

/// The status of a Function that is served.
pub(crate) fn status<'a>(
    plan: &'a Plan<'a>,
    workload: &Workload<'a>,
    building: Option<&'a Building<'a>>,
    obstacles: &Obstacles,
    notes: &Notes,
    times: &Times<'a>,
    parent: &Json<'a>,
) -> Object<'a> {
    let withheld = &obstacles.withheld;
    let parts = [
        ("Workload", Some(workload.finding.clone())),
        ("Scaler", scaler::find(plan)),
        ("Route", route::find(plan, withheld)),
    ];
    let mut counted = parts.to_vec();
    counted.push(("Dapr", dapr::blocking(plan)));
    let ready = obstacles
        .finding()
        .unwrap_or_else(|| ready(plan.function, &counted, &obstacles.missing));
    let others = [("Dapr", dapr::find(plan, withheld))];
    let mut conditions = vec![condition("Ready", ready, times)];
    let mut status = Object::of([("build", skipped())]);
    if let Some(building) = building {
        // What runs does not depend on it: it is the last image until there is a newer one.
        let finding = build::find(building);
        build::fill(building, &finding, &mut status);
        conditions.push(condition("Build", finding, times));
    }
    for (r#type, finding) in parts.into_iter().chain(others) {
        conditions.extend(finding.map(|finding| condition(r#type, finding, times)));
    }
    conditions.push(condition("Normalized", normalized(notes), times));
    workload.fill(&mut status);
    addresses::fill(plan, &mut status, times);
    status.insert("conditions", Json::List(conditions));
    let found = &workload.finding;
    let mut resources = resources(workload, parent);
    if let Some(service) = route::service(plan) {
        resources.insert("service", service.into());
    }
    let serving = serving(workload.state, found.reason, found.message.clone(), resources);
    status.insert("serving", serving);
    status
}

/// All in all. Never true because nothing has been observed yet.
fn ready<'a>(
    function: &Function<'_>,
    parts: &[(&str, Option<Finding<'a>>)],
    missing: &[String],
) -> Finding<'a> {
    if !missing.is_empty() {
        let does = if missing.len() == 1 { "does" } else { "do" };
        let message = not_yet(function, &format!("{} {does} not exist", missing.join(", ")));
        return Finding::new(Truth::False, "Creating", message);
    }
    let mut findings = parts.iter().filter_map(|(_, finding)| finding.as_ref());
    let first = findings.clone().next();
    let failed = findings.find(|finding| finding.truth == Truth::False);
    match (failed, first) {
        (Some(failed), _) => failed.clone(),
        (None, Some(workload)) => Finding::new(Truth::True, workload.reason, workload.message.clone()),
        (None, None) => Finding::new(
            Truth::Unknown,
            "NothingObserved",
            "nothing is observed".to_owned(),
        ),
    }
}
