//! A map from text to anything, in the order of its keys.
//!
//! Nearly every map here is small, is read in order from an object whose keys are sorted already
//! (Go writes them so), and is written in order again: a sorted list does that with one block of
//! memory, and its keys are borrowed from the request. In a sandbox it is also a fraction of the
//! code that the standard library's trees are; what many places call is not inlined for the same
//! reason.

use std::borrow::Cow;

use metawasm_json::{Members, Write};

/// The map. Of two values with one key, the later one counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sorted<'a, V>(Vec<(Cow<'a, str>, V)>);

/// Labels, annotations, params, tags.
pub(crate) type Strings<'a> = Sorted<'a, Cow<'a, str>>;

impl<'a, V> Sorted<'a, V> {
    pub(crate) const fn new() -> Self {
        Sorted(Vec::new())
    }

    pub(crate) fn with_capacity(members: usize) -> Self {
        Sorted(Vec::with_capacity(members))
    }

    /// A map that is known when it is written.
    pub(crate) fn of<const N: usize>(members: [(&'static str, V); N]) -> Self {
        Self::of_all(Vec::from(members))
    }

    /// Not for each number of members anew.
    #[inline(never)]
    fn of_all(members: Vec<(&'static str, V)>) -> Self {
        members.into_iter().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        let index = self.find(key)?;
        self.0.get(index).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let index = self.find(key)?;
        self.0.get_mut(index).map(|(_, value)| value)
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Sets a value, whether there is one or not.
    pub(crate) fn insert(&mut self, key: impl Into<Cow<'a, str>>, value: V) {
        self.set(key.into(), value);
    }

    #[inline(never)]
    fn set(&mut self, key: Cow<'a, str>, value: V) {
        match self.place(&key) {
            Ok(index) => {
                if let Some((_, old)) = self.0.get_mut(index) {
                    *old = value;
                }
            }
            Err(index) => self.0.insert(index, (key, value)),
        }
    }

    /// Sets a value where there is none.
    pub(crate) fn insert_default(&mut self, key: &'a str, value: V) {
        if let Err(index) = self.place(key) {
            self.0.insert(index, (Cow::Borrowed(key), value));
        }
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        let index = self.find(key)?;
        Some(self.0.remove(index).1)
    }

    /// Removes the members for which `keep` says no.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&str, &V) -> bool) {
        self.0.retain(|(key, value)| keep(key, value));
    }

    /// Removes the members for which `keep` says no, in the order of their keys; it may change the
    /// others.
    pub(crate) fn retain_mut(&mut self, mut keep: impl FnMut(&str, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &V)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&**key, value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| &**key)
    }

    /// Sets values of another map, over those that are there.
    pub(crate) fn extend(&mut self, other: &Sorted<'a, V>)
    where
        V: Clone,
    {
        if !other.is_empty() {
            let mut members = std::mem::take(&mut self.0);
            members.extend(other.0.iter().cloned());
            *self = Sorted::from(members);
        }
    }

    pub(crate) fn into_members(self) -> Vec<(Cow<'a, str>, V)> {
        self.0
    }

    #[inline(never)]
    fn find(&self, key: &str) -> Option<usize> {
        // Most keys of a small map differ from the wanted one in length already.
        const SMALL: usize = 12;
        if self.0.len() <= SMALL {
            return self.0.iter().position(|(found, _)| is_same(found, key));
        }
        self.place(key).ok()
    }

    /// Where a key is, or where it belongs.
    #[inline(never)]
    fn place(&self, key: &str) -> Result<usize, usize> {
        match self.0.last() {
            // What comes in order goes to the end.
            Some((last, _)) if **last < *key => Err(self.0.len()),
            _ => self.0.binary_search_by(|(found, _)| (**found).cmp(key)),
        }
    }
}

/// Whether two keys are equal. Of those with one length most end differently, and to compare blocks is a call.
#[inline]
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    one.len() == other.len() && one.last() == other.last() && one == other
}

impl<V> Default for Sorted<'_, V> {
    fn default() -> Self {
        Sorted::new()
    }
}

impl<'a, V> From<Vec<(Cow<'a, str>, V)>> for Sorted<'a, V> {
    fn from(members: Vec<(Cow<'a, str>, V)>) -> Self {
        if members.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Sorted(members);
        }
        let order = order(members.iter().map(|(key, _)| &**key).collect());
        let mut members: Vec<_> = members.into_iter().map(Some).collect();
        let taken = order
            .into_iter()
            .filter_map(|index| members.get_mut(index)?.take());
        Sorted(taken.collect())
    }
}

/// The order of the keys, as indices; of equal keys the last.
fn order(keys: Vec<&str>) -> Vec<usize> {
    let mut keys: Vec<_> = keys.into_iter().zip(0..).collect();
    sort(&mut keys);
    keys.dedup_by(|(key, index), (kept, last)| {
        let is_equal = key == kept;
        if is_equal {
            *last = *index;
        }
        is_equal
    });
    keys.into_iter().map(|(_, index)| index).collect()
}

/// Sorts texts and their indices. The only sort of the plugin: each one is 6 KB.
pub(crate) fn sort(texts: &mut [(&str, usize)]) {
    texts.sort_unstable();
}

impl<'a, V> FromIterator<(&'a str, V)> for Sorted<'a, V> {
    fn from_iter<I: IntoIterator<Item = (&'a str, V)>>(members: I) -> Self {
        let members = members.into_iter();
        let mut all = Sorted(Vec::with_capacity(members.size_hint().0));
        for (key, value) in members {
            all.insert(key, value);
        }
        all
    }
}

impl<V: Write> Write for Sorted<'_, V> {
    fn write(&self, to: &mut String) {
        let mut members = Members::new(to);
        for (key, value) in self.iter() {
            members.member(key, value);
        }
        members.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_map_in_order(members in prop::collection::vec(("[a-c]{0,2}", 0..9), 0..40), key in "[a-c]{0,2}") {
            let expected: BTreeMap<String, i32> = members.iter().cloned().collect();
            let owned: Vec<_> = members.iter().map(|(key, value)| (Cow::from(key), *value)).collect();
            let mut one_by_one = Sorted::new();
            for (key, value) in &members {
                one_by_one.insert(key, *value);
            }
            for mut map in [Sorted::from(owned), one_by_one] {
                let all: Vec<(&str, &i32)> = expected.iter().map(|(key, value)| (key.as_str(), value)).collect();
                prop_assert_eq!(map.iter().collect::<Vec<_>>(), all);
                prop_assert_eq!(map.get(&key), expected.get(&key));
                prop_assert_eq!(map.contains(&key), expected.contains_key(&key));
                let mut twice = Sorted::new();
                twice.insert(key.as_str(), 50);
                twice.extend(&map);
                prop_assert_eq!(twice.get(&key), Some(expected.get(&key).unwrap_or(&50)));
                prop_assert!(twice.keys().is_sorted());
                map.insert_default(&key, 100);
                prop_assert_eq!(map.get(&key), Some(expected.get(&key).unwrap_or(&100)));
                map.remove(&key);
                prop_assert_eq!(map.get(&key), None);
            }
        }
    }
}
