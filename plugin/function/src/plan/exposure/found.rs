//! How one function is reached, and what is wrong with it.

use crate::kinds::Kind;

/// How one function is reached.
pub(crate) struct Exposure<'a> {
    /// The kind that leads to it, whether the controller declares it or not.
    pub(crate) by: Option<&'static Kind>,
    /// What an HTTPRoute attaches to.
    pub(crate) parent: Option<Parent<'a>>,
    /// The label by which an OpenFunction Gateway finds its HTTPRoutes.
    pub(crate) label: Option<(&'a str, String)>,
    /// The cluster's DNS domain.
    pub(crate) cluster_domain: &'a str,
    /// The host name that a function has which names none itself.
    pub(crate) host: Option<String>,
    /// The path of a function that has no rules; none: all paths.
    pub(crate) path: Option<String>,
    /// Whether an OpenFunction Gateway says so.
    pub(crate) of_gateway: bool,
    /// Why nothing leads to the function.
    pub(crate) problem: Option<Problem>,
}

/// A Gateway of the Gateway API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parent<'a> {
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
}

/// What is wrong with the Gateway or the settings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// In CamelCase, for programs.
    pub(crate) reason: &'static str,
    /// A sentence for people.
    pub(crate) message: String,
}

/// Where host and path come from, with the words for it in messages.
pub(super) struct Source<'a> {
    pub(super) reason: &'static str,
    pub(super) whose: String,
    pub(super) domain: &'a str,
    pub(super) host_template: &'a str,
    pub(super) path_template: &'a str,
}

impl Source<'_> {
    /// Notes a problem; of several the first is told.
    pub(super) fn problem(&self, field: &str, what: &str, problem: &mut Option<Problem>) {
        problem.get_or_insert_with(|| Problem {
            reason: self.reason,
            message: format!("{}.{field} {what}", self.whose),
        });
    }
}
