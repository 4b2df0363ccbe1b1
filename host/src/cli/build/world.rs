//! The interface of a module whose tool chain does not know components: it is told by the names of its exports.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use wasmparser::{Parser, Payload};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The interface.
pub(super) const WIT: &str = include_str!("../../../../wit/hook.wit");

/// The start of the names of exports and imports: `metawasm:hook/sync@0.1.0#sync`.
const PACKAGE: &str = "metawasm:hook/";

/// Adds the types of the interfaces that a module exports, unless it has types already. A module without such an
/// export stays as it is.
///
/// # Errors
///
/// A sentence, if the module cannot be read or exports an interface that `wit/hook.wit` does not have.
pub(super) fn embed(module: &mut Vec<u8>) -> Result<(), String> {
    let Some(interfaces) = exported(module)? else {
        return Ok(());
    };
    if interfaces.is_empty() {
        return Ok(());
    }
    let version = interfaces.iter().find_map(|name| name.split_once('@'));
    let version = version.map_or("", |(_, version)| version);
    let mut world = format!("package metawasm:built;\nworld plugin {{\nimport {PACKAGE}logging@{version};\n");
    for interface in &interfaces {
        // Writing to a string does not fail.
        let _ = writeln!(world, "export {PACKAGE}{interface};");
    }
    world.push('}');
    let sentence = |error: &dyn std::fmt::Display| format!("{error:#}");
    let mut resolve = Resolve::default();
    resolve
        .push_str("hook.wit", WIT)
        .map_err(|error| sentence(&error))?;
    let package = resolve
        .push_str("exports of the module", &world)
        .map_err(|error| sentence(&error))?;
    let world = resolve
        .select_world(&[package], None)
        .map_err(|error| sentence(&error))?;
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8, false)
        .map_err(|error| sentence(&error))
}

/// Returns the interfaces of the package that a module exports, such as `sync@0.1.0`. `None` if the module says its
/// types itself.
fn exported(module: &[u8]) -> Result<Option<BTreeSet<String>>, String> {
    let mut interfaces = BTreeSet::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(|error| error.to_string())? {
            Payload::CustomSection(section) if section.name().starts_with("component-type") => {
                return Ok(None);
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(|error| error.to_string())?;
                    let interface = export
                        .name
                        .strip_prefix(PACKAGE)
                        .and_then(|name| name.split_once('#'));
                    interfaces.extend(interface.map(|(interface, _)| interface.to_owned()));
                }
            }
            _ => {}
        }
    }
    Ok(Some(interfaces))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wit_component::ComponentEncoder;

    fn module(exports: &str) -> Vec<u8> {
        wat::parse_str(format!(
            r#"(module
                (memory (export "memory") 1)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
                (func (export "metawasm:hook/describe@0.1.0#describe") (result i32) i32.const 0)
                {exports})"#
        ))
        .unwrap()
    }

    #[test]
    fn exports_make_the_world() {
        let mut bytes = module(
            r#"(func (export "metawasm:hook/sync@0.1.0#sync") (param i32 i32 i32 i32) (result i32) i32.const 0)"#,
        );
        embed(&mut bytes).unwrap();
        let component = ComponentEncoder::default()
            .validate(true)
            .module(&bytes)
            .and_then(ComponentEncoder::encode)
            .unwrap();
        let text = String::from_utf8_lossy(&component).into_owned();
        assert!(text.contains("metawasm:hook/sync@0.1.0") && !text.contains("metawasm:hook/finalize"));
        let once = bytes.clone();
        embed(&mut bytes).unwrap();
        assert_eq!(bytes, once, "a module that says its types stays as it is");
    }

    #[test]
    fn an_unknown_interface_is_named() {
        let mut bytes = module(r#"(func (export "metawasm:hook/snyc@0.1.0#sync"))"#);
        let error = embed(&mut bytes).unwrap_err();
        assert!(error.contains("snyc"), "{error}");
    }

    #[test]
    fn other_modules_stay_as_they_are() {
        let mut bytes = wat::parse_str("(module)").unwrap();
        embed(&mut bytes).unwrap();
        assert_eq!(bytes, wat::parse_str("(module)").unwrap());
    }
}
