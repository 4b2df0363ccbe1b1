//! The names of functions, from the name section.

use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::Error;

/// The functions that a module defines, and the number of functions that it imports.
pub struct Functions {
    /// The number of imported functions: the index of the first defined one.
    pub imported: u32,
    /// The demangled names of the defined functions, without hashes. The name of an unnamed function is empty, and
    /// several functions may have one name.
    pub names: Vec<String>,
    /// The sizes of their bodies in bytes.
    pub sizes: Vec<usize>,
}

impl Functions {
    /// Reads the functions of a module.
    ///
    /// # Errors
    /// The module is invalid.
    pub fn read(module: &[u8]) -> Result<Self, Error> {
        let mut imported = 0;
        let mut sizes = Vec::new();
        let mut named = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                            imported += 1;
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => sizes.push(body.as_bytes().len()),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(subsections) = section.as_known() {
                        for subsection in subsections {
                            if let Name::Function(map) = subsection? {
                                named.extend(map.into_iter().collect::<Result<Vec<_>, _>>()?);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        let mut names = vec![String::new(); sizes.len()];
        for naming in named {
            let index = naming.index.checked_sub(imported).map(|index| index as usize);
            if let Some(name) = index.and_then(|index| names.get_mut(index)) {
                // The alternate form has no hash, which changes with each compiler.
                *name = format!("{:#}", rustc_demangle::demangle(naming.name));
            }
        }
        Ok(Self {
            imported,
            names,
            sizes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_their_names_without_hashes() {
        let module = wat::parse_str(
            r#"(module
                (import "a" "b" (func $imported))
                (import "a" "m" (memory 1))
                (func $_ZN4core3fmt5write17h0123456789abcdefE)
                (func)
                (func $memcmp (drop (i32.const 1))))"#,
        )
        .unwrap();
        let functions = Functions::read(&module).unwrap();
        assert_eq!(functions.imported, 1);
        assert_eq!(functions.names, ["core::fmt::write", "", "memcmp"]);
        assert_eq!(functions.sizes, [2, 2, 5]);
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        assert!(matches!(Functions::read(b"\0asm\x02"), Err(Error::Invalid(_))));
    }
}
