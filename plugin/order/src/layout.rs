//! A module with its functions in another order.

use wasm_encoder::reencode::{Error as EncodeError, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, CustomSectionReader, FunctionSectionReader, Parser};

use crate::Error;

/// Custom sections that only tools read.
const LEFT_OUT: [&str; 3] = ["name", "producers", "target_features"];

/// Writes a module with its defined functions in another order: `order` has each of their places once, from 0 on, and the
/// function at place `order[0]` becomes the first. All uses of the functions follow. Numbers
/// that the linker padded become short, and names are left out.
pub(crate) fn reorder(module: &[u8], imported: u32, order: &[u32]) -> Result<Vec<u8>, Error> {
    let mut places = vec![0; order.len()];
    for (new, old) in (0..).zip(order) {
        if let Some(place) = places.get_mut(*old as usize) {
            *place = new;
        }
    }
    let mut layout = Layout {
        imported,
        order,
        places,
    };
    let mut written = Module::new();
    layout.parse_core_module(&mut written, Parser::new(0), module)?;
    Ok(written.finish())
}

struct Layout<'a> {
    imported: u32,
    /// The old places in the new order.
    order: &'a [u32],
    /// The new places in the old order.
    places: Vec<u32>,
}

/// Returns elements of a section in the new order.
fn permuted<T>(order: &[u32], elements: Vec<T>) -> impl Iterator<Item = T> {
    let mut elements: Vec<Option<T>> = elements.into_iter().map(Some).collect();
    order
        .iter()
        .filter_map(move |old| elements.get_mut(*old as usize)?.take())
}

impl Reencode for Layout<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, EncodeError> {
        let place = function
            .checked_sub(self.imported)
            .and_then(|place| self.places.get(place as usize));
        Ok(place.map_or(function, |place| self.imported + place))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), EncodeError> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for ty in permuted(self.order, types) {
            functions.function(ty);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), EncodeError> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for body in permuted(self.order, bodies) {
            self.parse_function_body(code, body)?;
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: CustomSectionReader<'_>,
    ) -> Result<(), EncodeError> {
        if LEFT_OUT.contains(&section.name()) {
            return Ok(());
        }
        utils::parse_custom_section(self, module, section)
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Func, Instance, Module, Store};

    use super::*;

    const DEFINED: u32 = 5;

    /// Functions that are called, exported, in a table, in a global, and the start.
    const TEXT: &str = r#"(module
        (type $unary (func (param i32) (result i32)))
        (import "host" "add" (func $add (param i32 i32) (result i32)))
        (memory 1)
        (table $table (export "table") 2 funcref)
        (global $started (mut i32) (i32.const 0))
        (global $reference funcref (ref.func $double))
        (func $start (global.set $started (call $double (i32.const 21))))
        (func $double (type $unary) (call $add (local.get 0) (local.get 0)))
        (func $less (type $unary) (local i32) (i32.sub (local.get 0) (i32.const 1)))
        (func $factorial (export "factorial") (param i64) (result i64)
            (if (result i64) (i64.eqz (local.get 0))
                (then (i64.const 1))
                (else (i64.mul (local.get 0) (call $factorial (i64.sub (local.get 0) (i64.const 1)))))))
        (func $all (export "all") (param i32 i32) (result i32)
            (table.set $table (i32.const 0) (global.get $reference))
            (call $add
                (global.get $started)
                (call_indirect (type $unary) (local.get 1) (local.get 0))))
        (elem (i32.const 1) $less)
        (elem declare func $double)
        (start $start))"#;

    /// What a module answers to some calls.
    fn answers(module: &[u8]) -> Vec<i64> {
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let add = Func::wrap(&mut store, |a: i32, b: i32| a + b);
        let module = Module::new(&engine, module).unwrap();
        let instance = Instance::new(&mut store, &module, &[add.into()]).unwrap();
        let factorial = instance
            .get_typed_func::<i64, i64>(&mut store, "factorial")
            .unwrap();
        let all = instance
            .get_typed_func::<(i32, i32), i32>(&mut store, "all")
            .unwrap();
        let mut answers = vec![factorial.call(&mut store, 6).unwrap()];
        for place in [0, 1] {
            answers.push(all.call(&mut store, (place, 100)).unwrap().into());
        }
        answers
    }

    fn orders(rest: &[u32]) -> Vec<Vec<u32>> {
        if rest.is_empty() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        for first in rest {
            let others: Vec<u32> = rest.iter().filter(|other| *other != first).copied().collect();
            all.extend(
                orders(&others)
                    .into_iter()
                    .map(|others| [vec![*first], others].concat()),
            );
        }
        all
    }

    #[test]
    fn in_each_order_a_module_does_the_same() {
        let module = wat::parse_str(TEXT).unwrap();
        let expected = answers(&module);
        assert_eq!(expected, [720, 242, 141]);
        let orders = orders(&(0..DEFINED).collect::<Vec<_>>());
        assert_eq!(orders.len(), 120);
        for order in orders {
            let reordered = reorder(&module, 1, &order).unwrap();
            assert_eq!(answers(&reordered), expected, "{order:?}");
        }
    }

    #[test]
    fn padded_numbers_become_short() {
        let short = wat::parse_str("(module (func) (func (call 0)))").unwrap();
        let code = [10, 9, 2, 2, 0, 0x0b, 4, 0, 0x10, 0, 0x0b];
        assert!(short.ends_with(&code) || short.windows(code.len()).any(|bytes| bytes == code));
        let start = short.windows(code.len()).position(|bytes| bytes == code).unwrap();
        let mut padded = short[..start].to_vec();
        padded.extend([10, 13, 2, 2, 0, 0x0b, 8, 0, 0x10, 0x80, 0x80, 0x80, 0x80, 0, 0x0b]);
        assert_eq!(
            reorder(&padded, 0, &[0, 1]).unwrap(),
            short[..start + code.len()],
            "the section of names is left out, too"
        );
    }
}
