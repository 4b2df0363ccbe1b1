//! When an answer has an ETag, and when it is the one that the caller holds.

use metawasm_contract::Envelope;

/// Whether a caller gets an ETag with its answer.
///
/// Metacontroller keeps answers by kind, namespace and name of the parent. With a Rolling* update strategy it
/// asks for several revisions of one parent at once, and would take the answer for one of them for another's:
/// such a controller gets none, whatever it asks for. A controller that does not keep answers is spared
/// the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validation {
    /// Rolling*.
    Never,
    /// Where the request has an `If-None-Match`.
    IfAsked,
    /// The controller keeps answers.
    Always,
}

impl Validation {
    /// What a request says of its controller.
    pub(super) fn of(envelope: &Envelope) -> Self {
        match envelope {
            Envelope { rolling: true, .. } => Self::Never,
            Envelope { etag: true, .. } => Self::Always,
            _ => Self::IfAsked,
        }
    }

    /// Whether there is an ETag for a request with this `If-None-Match`.
    pub(super) fn wanted(self, if_none_match: Option<&str>) -> bool {
        match self {
            Self::Never => false,
            Self::IfAsked => if_none_match.is_some(),
            Self::Always => true,
        }
    }
}

/// Whether a header `If-None-Match` names an ETag of ours.
///
/// Only the strong form counts, and `*` does not: it asks whether there is an answer at all, which is not
/// known before the plugin was run.
pub(super) fn matches(header: &str, etag: &str) -> bool {
    // No ETag of ours has a comma in it, so that a list may be taken apart at every one.
    header.split(',').any(|one| one.trim_matches([' ', '\t']) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_strong_etag_itself_matches() {
        let etag = "\"0a1b\"";
        for header in [etag, " \"0a1b\"\t", "\"a\", \"0a1b\" ,W/\"b\"", "\"x\",\"0a1b\""] {
            assert!(matches(header, etag), "{header}");
        }
        for header in [
            "",
            "*",
            "\"\"",
            "0a1b",
            "W/\"0a1b\"",
            "\"0a1b",
            "\"0A1B\"",
            "\"0a1b\"\"c\"",
        ] {
            assert!(!matches(header, etag), "{header}");
        }
    }

    #[test]
    fn a_rolling_controller_never_gets_one() {
        for (validation, unasked, asked) in [
            (Validation::Never, false, false),
            (Validation::IfAsked, false, true),
            (Validation::Always, true, true),
        ] {
            assert_eq!(validation.wanted(None), unasked);
            assert_eq!(validation.wanted(Some("\"x\"")), asked);
        }
    }
}
