//! The functions that calls execute, in a file.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::{Error, Functions, layout};

/// The names of the functions that recorded calls execute, in the order of their first execution.
///
/// Names are demangled and have no hash. A profile therefore remains useful when the plugin changes: names of functions
/// that no longer exist are ignored, and new functions come last until the profile is recorded anew.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Profile {
    names: Vec<String>,
}

impl Profile {
    /// Reads a profile: one name in a line. Empty lines and those that start with `#` are ignored.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect()
    }

    /// Returns how much of the executed code belongs to functions of the profile: 0 is nothing, 1 is everything. `executed`
    /// has places in `functions`.
    #[must_use]
    pub fn covers(&self, functions: &Functions, executed: &[u32]) -> f64 {
        let ranks = self.ranks();
        let (mut known, mut all) = (0, 0);
        for place in executed {
            let place = *place as usize;
            if let (Some(name), Some(size)) = (functions.names.get(place), functions.sizes.get(place)) {
                all += size;
                known += if ranks.contains_key(&**name) { *size } else { 0 };
            }
        }
        known as f64 / all.max(1) as f64
    }

    /// Writes a module with the functions of the profile first, and without the section of names. The order of all
    /// other functions remains.
    ///
    /// # Errors
    /// The module is invalid, or has no names.
    pub fn apply(&self, module: &[u8]) -> Result<Vec<u8>, Error> {
        let functions = Functions::read(module)?;
        if functions.names.iter().all(String::is_empty) {
            return Err(Error::NoNames);
        }
        let ranks = self.ranks();
        let mut order: Vec<(usize, u32)> = functions
            .names
            .iter()
            .map(|name| ranks.get(&**name).copied().unwrap_or(usize::MAX))
            .zip(0..)
            .collect();
        order.sort_unstable();
        let order: Vec<u32> = order.into_iter().map(|(_, place)| place).collect();
        layout::reorder(module, functions.imported, &order)
    }

    fn ranks(&self) -> HashMap<&str, usize> {
        let names = self.names.iter().map(String::as_str);
        names.zip(0..).collect()
    }
}

impl<S: Into<String>> FromIterator<S> for Profile {
    /// Keeps each name once.
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut known = HashSet::new();
        let names = names.into_iter().map(Into::into);
        Self {
            names: names
                .filter(|name: &String| !name.is_empty() && known.insert(name.clone()))
                .collect(),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.iter().try_for_each(|name| writeln!(to, "{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"(module
        (import "host" "log" (func $log))
        (func $_RNvC1a4cold (call $_RNvC1a5first))
        (func $_RNvC1a6second)
        (func $_RNvC1a5newer (i32.const 0) (drop))
        (func $_RNvC1a5first (call $log))
        (func (export "call") (call $_RNvC1a5first) (call $_RNvC1a6second)))"#;

    fn module() -> Vec<u8> {
        wat::parse_str(TEXT).unwrap()
    }

    #[test]
    fn it_is_read_as_it_is_written() {
        let profile: Profile = ["a::first", "<b as C>::second"].into_iter().collect();
        let text = format!("# A comment.\n\n{profile}");
        assert_eq!(Profile::parse(&text), profile);
    }

    #[test]
    fn its_functions_come_first_and_the_others_keep_their_order() {
        let profile = Profile::parse("a::first\na::removed\na::second\na::first\n");
        let ordered = profile.apply(&module()).unwrap();
        let sizes = Functions::read(&ordered).unwrap().sizes;
        // first, second, cold, newer, the one without a name
        assert_eq!(sizes, [4, 2, 4, 5, 6]);
    }

    #[test]
    fn names_are_left_out() {
        let ordered = Profile::default().apply(&module()).unwrap();
        assert!(
            Functions::read(&ordered)
                .unwrap()
                .names
                .iter()
                .all(String::is_empty)
        );
        assert!(matches!(Profile::default().apply(&ordered), Err(Error::NoNames)));
    }

    #[test]
    fn it_covers_the_code_of_its_functions() {
        let functions = Functions::read(&module()).unwrap();
        let profile = Profile::parse("a::first");
        assert_eq!(profile.covers(&functions, &[3]), 1.0);
        // 4 of 4 + 4 bytes.
        assert_eq!(profile.covers(&functions, &[3, 0]), 0.5);
        assert_eq!(profile.covers(&functions, &[1]), 0.0);
    }
}
