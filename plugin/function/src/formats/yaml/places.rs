//! Where the fields of a text are: looked for only when there is something to say of one.

use metawasm_yaml::Mark;

/// Where the members and elements of a text are, so that a field can be found in it.
#[derive(Debug, Default)]
pub(crate) struct Places(pub(super) Vec<Place>);

/// One member or element; those above it come before it.
#[derive(Debug)]
pub(super) struct Place {
    /// The place above; none at the top.
    pub(super) above: Option<usize>,
    /// How it is shown in a path, either way.
    pub(super) shown: [String; 2],
    pub(super) mark: Mark,
}

impl Places {
    /// Where the field is that `path` starts with, or else the nearest one above it.
    pub(crate) fn find(&self, path: &str) -> Option<Mark> {
        let mut rests: Vec<Option<&str>> = Vec::with_capacity(self.0.len());
        let mut best: Option<(usize, Mark)> = None;
        for place in &self.0 {
            let above = match place.above {
                Some(above) => rests.get(above).copied().flatten(),
                None => Some(path),
            };
            let rest = above.and_then(|above| {
                let mut rests = place
                    .shown
                    .iter()
                    .filter_map(|shown| above.strip_prefix(&**shown));
                rests.find(|rest| rest.is_empty() || rest.starts_with(['.', '[', ':']))
            });
            rests.push(rest);
            if let Some(rest) = rest
                && best.is_none_or(|(length, _)| rest.len() < length)
            {
                best = Some((rest.len(), place.mark));
            }
        }
        best.map(|(_, mark)| mark)
    }
}
