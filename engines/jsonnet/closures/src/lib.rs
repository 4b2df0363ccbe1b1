//! The names that a closure takes from outside, in the same order in each build.
//!
//! `syn-dissect-closure` finds them, and lists them in the order of a hash with a random seed. Its lists become code, so
//! that each build of jrsonnet was another program. See <https://docs.rs/syn-dissect-closure/0.2.1>.

#![forbid(unsafe_code)]

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Expr, ExprClosure, parse_quote};
use syn3::visit_mut::{self, VisitMut};

/// Splits a closure into a tuple of the names that it takes from outside, a closure that takes this tuple as its first
/// argument, and these names, sorted.
pub fn split_env(closure: ExprClosure) -> (Expr, ExprClosure, Vec<Ident>) {
    let (_, mut closure, mut names) = wrapped::split_env(syn3::parse_quote!(#closure));
    names.sort();
    if let Some(first) = closure.inputs.first_mut() {
        *first = syn3::parse_quote!((#(#names,)*));
    }
    Uses.visit_expr_closure_mut(&mut closure);
    (parse_quote!((#(#names,)*)), parse_quote!(#closure), names)
}

/// Sorts the blocks that consist of `use` alone: with them the wrapped crate checks that a name is not a local one.
struct Uses;

impl VisitMut for Uses {
    fn visit_block_mut(&mut self, block: &mut syn3::Block) {
        let is_use = |stmt: &syn3::Stmt| matches!(stmt, syn3::Stmt::Item(syn3::Item::Use(_)));
        if block.stmts.iter().all(is_use) {
            block
                .stmts
                .sort_by_cached_key(|stmt| stmt.to_token_stream().to_string());
        }
        visit_mut::visit_block_mut(self, block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_splits_of_a_closure_are_equal() {
        let split = || {
            let closure: ExprClosure = parse_quote!(move || {
                let sum = first + second + third + fourth;
                match sum {
                    None => fifth,
                    Some(more) => more + SIXTH + seventh,
                }
            });
            let (tuple, closure, names) = split_env(closure);
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            (
                tuple.to_token_stream().to_string(),
                closure.to_token_stream().to_string(),
                names,
            )
        };
        let first = split();
        assert!(first.2.is_sorted() && first.2.len() >= 5, "{:?}", first.2);
        for _ in 0..50 {
            assert_eq!(split(), first);
        }
    }
}
