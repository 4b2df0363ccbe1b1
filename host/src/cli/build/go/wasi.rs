//! The module that takes the place of WASI.

use wasmparser::{DataKind, Operator, Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::super::world;

/// The functions of WASI, for plugins.
const WASI: &str = include_str!("wasi.wat");

/// The name of WASI in the imports of a module.
const NAME: &str = "wasi_snapshot_preview1";

/// Where data of the module may begin: memory before it is the line that [`WASI`] collects.
const FIRST_DATA: i32 = 4096 + 8192;

/// Makes a component of a module that imports WASI. The component imports the log alone.
pub(super) fn component(mut module: Vec<u8>) -> Result<Vec<u8>, String> {
    check_data(&module)?;
    world::embed(&mut module)?;
    let adapter = adapter()?;
    let mut encoder = ComponentEncoder::default();
    let encoder = encoder.validate(true).module(&module).map_err(sentence)?;
    let encoder = encoder.adapter(NAME, &adapter).map_err(sentence)?;
    encoder.encode().map_err(sentence)
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn sentence(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}

fn adapter() -> Result<Vec<u8>, String> {
    let mut adapter = wat::parse_str(WASI).map_err(sentence)?;
    let mut resolve = Resolve::default();
    resolve.push_str("hook.wit", world::WIT).map_err(sentence)?;
    let world = "package metawasm:built;\nworld wasi { import metawasm:hook/logging@0.1.0; }";
    let package = resolve.push_str("the place of WASI", world).map_err(sentence)?;
    let world = resolve.select_world(&[package], None).map_err(sentence)?;
    embed_component_metadata(&mut adapter, &resolve, world, StringEncoding::UTF8, false).map_err(sentence)?;
    Ok(adapter)
}

/// Checks that the linker leaves the memory free that [`WASI`] uses.
fn check_data(module: &[u8]) -> Result<(), String> {
    for payload in Parser::new(0).parse_all(module) {
        let Payload::DataSection(section) = payload.map_err(sentence)? else {
            continue;
        };
        for data in section {
            let DataKind::Active { offset_expr, .. } = data.map_err(sentence)?.kind else {
                continue;
            };
            if let Operator::I32Const { value: 0..FIRST_DATA } =
                offset_expr.get_operators_reader().read().map_err(sentence)?
            {
                return Err("this version of Go uses memory below 12288; use an older version".to_owned());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(inside: &str) -> Vec<u8> {
        wat::parse_str(format!(
            r#"(module
                (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
                {inside}
                (memory (export "memory") 1)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
                (func (export "metawasm:hook/describe@0.1.0#describe") (result i32) i32.const 0)
                (func (export "metawasm:hook/sync@0.1.0#sync") (param i32 i32 i32 i32) (result i32) i32.const 0))"#
        ))
        .unwrap()
    }

    #[test]
    fn only_the_log_is_imported() {
        let component = component(module("")).unwrap();
        let text = String::from_utf8_lossy(&component);
        assert!(text.contains("metawasm:hook/logging@0.1.0"));
        let imports: Vec<String> = Parser::new(0)
            .parse_all(&component)
            .filter_map(|payload| match payload.unwrap() {
                Payload::ComponentImportSection(imports) => Some(imports),
                _ => None,
            })
            .flatten()
            .map(|import| format!("{:?}", import.unwrap().name))
            .filter(|import| import.contains("logging") || import.contains("wasi"))
            .collect();
        assert!(
            imports.iter().all(|import| import.contains("logging")),
            "{imports:?}"
        );
        assert!(!imports.is_empty());
    }

    #[test]
    fn data_where_lines_are_collected_is_refused() {
        for (address, good) in [(0, false), (12_287, false), (12_288, true)] {
            let module = module(&format!("(data (i32.const {address}) \"a\")"));
            assert_eq!(component(module).is_ok(), good, "{address}");
        }
    }

    #[test]
    fn another_import_is_refused() {
        let error =
            component(module(r#"(import "gojs" "runtime.wasmExit" (func (param i32)))"#)).unwrap_err();
        assert!(error.contains("gojs"), "{error}");
    }
}
