//! The Function's status: OpenFunction's own fields, and conditions that tell the truth.
//!
//! There is no clock. A condition whose status is unchanged keeps its time; a changed one takes
//! the newest time that is observed anywhere, else the Function's creation time.

pub(crate) mod observed;
pub(crate) mod time;

use std::borrow::Cow;

use serde::Serialize;

use crate::api::request::Children;
use crate::children::{Child, Names, Plan};
use crate::dapr;
use crate::function::PathType;
use crate::notes::Notes;
use crate::settings::Settings;
use time::Times;

/// `status`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Status<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<Address>,
    conditions: Vec<Condition<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replicas: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Route<'a>>,
    serving: Serving<'a>,
}

/// `status.addresses[]`
#[derive(Debug, Serialize)]
struct Address {
    r#type: &'static str,
    value: String,
}

/// `status.conditions[]`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Condition<'a> {
    last_transition_time: &'a str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_generation: Option<i64>,
    reason: &'a str,
    status: Truth,
    r#type: &'static str,
}

/// `status.route`
#[derive(Debug, Serialize)]
struct Route<'a> {
    hosts: &'a [Cow<'a, str>],
    paths: Vec<RoutePath<'a>>,
}

#[derive(Debug, Serialize)]
struct RoutePath<'a> {
    r#type: PathType,
    value: &'a str,
}

/// `status.serving`
#[derive(Debug, Default, Serialize)]
struct Serving<'a> {
    message: String,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    state: &'static str,
}

/// A condition's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

/// What a condition says, before it has a time.
#[derive(Debug)]
struct Finding<'a> {
    truth: Truth,
    reason: &'a str,
    message: String,
}

/// Why a Function is not served.
#[derive(Debug)]
pub(crate) struct Held {
    /// OpenFunction's word for it.
    pub(crate) state: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

impl Truth {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Truth::True => "True",
            Truth::False => "False",
            Truth::Unknown => "Unknown",
        }
    }
}

impl<'a> Finding<'a> {
    fn new(truth: Truth, reason: &'a str, message: String) -> Self {
        Finding {
            truth,
            reason,
            message,
        }
    }
}

impl<'a> Status<'a> {
    /// The status of a Function that is not served, and why. What it has of children stays as
    /// it is, and is still told of.
    pub(crate) fn held(
        held: Held,
        function: &str,
        settings: &Settings,
        observed: &Children<'a>,
        times: &Times<'a>,
    ) -> Self {
        let finding = Finding::new(Truth::False, held.reason, held.message.clone());
        let mut conditions = vec![condition("Ready", finding, times)];
        let names = Names::new(function, settings.http_addon);
        let workload = observed::workload(&names, observed);
        if workload.is_there {
            conditions.push(condition("Workload", workload.finding, times));
            conditions.push(condition("Scaler", observed::scaler(&names, observed), times));
        }
        Status {
            conditions,
            replicas: workload.replicas,
            serving: Serving {
                message: held.message,
                reason: held.reason,
                service: None,
                state: held.state,
            },
            ..Status::default()
        }
    }

    /// The status of a Function that is served.
    pub(crate) fn served(
        plan: &'a Plan<'_>,
        desired: &[Child<'_>],
        observed: &Children<'a>,
        notes: &Notes,
        times: &Times<'a>,
    ) -> Self {
        let workload = observed::workload(&plan.names, observed);
        let scaler = observed::scaler(&plan.names, observed);
        let route = observed::route(plan, observed);
        let ready = observed::ready(&workload.finding, &scaler, &route, desired, observed);
        let serving = Serving {
            message: workload.finding.message.clone(),
            reason: workload.finding.reason,
            service: Some(&plan.names.service),
            state: workload.state,
        };
        let mut conditions = vec![
            condition("Ready", ready, times),
            condition("Workload", workload.finding, times),
            condition("Scaler", scaler, times),
            condition("Route", route, times),
        ];
        if dapr::is_on(plan.serving) {
            conditions.push(condition("Dapr", observed::dapr(plan), times));
        }
        conditions.push(condition("Normalized", normalized(notes), times));
        Status {
            addresses: addresses(plan),
            conditions,
            replicas: workload.replicas,
            route: Some(Route {
                hosts: &plan.hosts.all,
                paths: paths(plan),
            }),
            serving,
        }
    }
}

fn condition<'a>(r#type: &'static str, finding: Finding<'a>, times: &Times<'a>) -> Condition<'a> {
    Condition {
        last_transition_time: times.of(r#type, finding.truth),
        message: finding.message,
        observed_generation: times.generation(),
        reason: finding.reason,
        status: finding.truth,
        r#type,
    }
}

fn normalized(notes: &Notes) -> Finding<'static> {
    if notes.warnings.is_empty() {
        let message = "the Function is used as it is written".to_owned();
        return Finding::new(Truth::False, "AsWritten", message);
    }
    Finding::new(Truth::True, "Warnings", notes.warnings())
}

/// What the route matches; everything where it has no rules.
fn paths<'a>(plan: &'a Plan<'_>) -> Vec<RoutePath<'a>> {
    let everything = RoutePath {
        r#type: PathType::PathPrefix,
        value: "/",
    };
    if plan.http.paths.is_empty() {
        return vec![everything];
    }
    let paths = plan.http.paths.iter();
    paths
        .map(|path| RoutePath {
            r#type: path.r#type,
            value: path.value,
        })
        .collect()
}

/// Where the function can be called. A wildcard is no address, and of the names in the cluster
/// the longest stands for all.
fn addresses(plan: &Plan<'_>) -> Vec<Address> {
    let mut all: Vec<Address> = Vec::new();
    let paths = paths(plan);
    let mut add = |r#type, host: &str| {
        for path in &paths {
            let value = format!("http://{host}{}", path.value);
            if !all.iter().any(|address| address.value == value) {
                all.push(Address { r#type, value });
            }
        }
    };
    for host in plan.hosts.all.iter().take(plan.hosts.external) {
        if !host.starts_with('*') {
            add("External", host);
        }
    }
    let internal = &plan.hosts.internal;
    match plan.settings.interceptor.port {
        80 => add("Internal", internal),
        // The bridge maps no port.
        port => add("Internal", &format!("{internal}:{port}")),
    }
    all
}
