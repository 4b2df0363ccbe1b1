//! A module that keeps the order in which its functions are entered for the first time.

use wasm_encoder::reencode::{Error as EncodeError, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, Instruction,
    Module, ValType,
};
use wasmparser::{ExportSectionReader, FunctionBody, GlobalSectionReader, Parser, Payload};

use crate::{Error, Functions};

/// Returns the name of the exported global that has the time at which a defined function was first entered, from 1 on; 0
/// if it was never entered. `place` is its place in [`Functions::names`].
#[must_use]
pub fn entered(place: u32) -> String {
    format!("entered/{place}")
}

/// Writes a module that does the same, and counts the functions entered for the first time in an exported global for
/// each ([`entered`]).
///
/// # Errors
/// The module is invalid, or has no globals or exports. What Rust compiles has both.
pub fn instrument(module: &[u8]) -> Result<Vec<u8>, Error> {
    let functions = Functions::read(module)?;
    let mut recorder = Recorder {
        functions: functions.sizes.len() as u32,
        clock: globals(module)?,
        bodies: 0,
        has_globals: false,
        has_exports: false,
    };
    let mut written = Module::new();
    recorder.parse_core_module(&mut written, Parser::new(0), module)?;
    match recorder {
        Recorder {
            has_globals: false, ..
        } => Err(Error::NoSection("global")),
        Recorder {
            has_exports: false, ..
        } => Err(Error::NoSection("export")),
        _ => Ok(written.finish()),
    }
}

/// Returns the number of globals, imported and defined.
fn globals(module: &[u8]) -> Result<u32, Error> {
    let mut globals = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    globals += u32::from(matches!(import?.ty, wasmparser::TypeRef::Global(_)));
                }
            }
            Payload::GlobalSection(section) => globals += section.count(),
            _ => {}
        }
    }
    Ok(globals)
}

struct Recorder {
    /// How many functions the module defines.
    functions: u32,
    /// The global with the number of functions entered so far. Those of the functions follow it.
    clock: u32,
    /// How many bodies were written.
    bodies: u32,
    has_globals: bool,
    has_exports: bool,
}

impl Reencode for Recorder {
    type Error = std::convert::Infallible;

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), EncodeError> {
        utils::parse_global_section(self, globals, section)?;
        let ty = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        for _ in 0..=self.functions {
            globals.global(ty, &ConstExpr::i32_const(0));
        }
        self.has_globals = true;
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), EncodeError> {
        utils::parse_export_section(self, exports, section)?;
        for place in 0..self.functions {
            exports.export(&entered(place), ExportKind::Global, self.clock + 1 + place);
        }
        self.has_exports = true;
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), EncodeError> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let (clock, entered) = (self.clock, self.clock + 1 + self.bodies);
        self.bodies += 1;
        for instruction in [
            Instruction::GlobalGet(entered),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
            Instruction::GlobalGet(clock),
            Instruction::I32Const(1),
            Instruction::I32Add,
            Instruction::GlobalSet(clock),
            Instruction::GlobalGet(clock),
            Instruction::GlobalSet(entered),
            Instruction::End,
        ] {
            function.instruction(&instruction);
        }
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            function.instruction(&self.parse_instruction(&mut reader)?);
        }
        code.function(&function);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Instance, Module, Store};

    use super::*;

    #[test]
    fn functions_have_the_order_of_their_first_entry() {
        let module = wat::parse_str(
            r#"(module
                (global i32 (i32.const 7))
                (func $never)
                (func $last (param i32))
                (func $second (call $last (i32.const 1)))
                (func $first (export "call") (result i32)
                    (call $second) (call $last (i32.const 2)) (call $second) (global.get 0)))"#,
        )
        .unwrap();
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let module = Module::new(&engine, instrument(&module).unwrap()).unwrap();
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let call = instance.get_typed_func::<(), i32>(&mut store, "call").unwrap();
        assert_eq!(call.call(&mut store, ()).unwrap(), 7);
        let times = [0, 1, 2, 3].map(|place| {
            let global = instance.get_global(&mut store, &entered(place)).unwrap();
            global.get(&mut store).unwrap_i32()
        });
        assert_eq!(times, [0, 3, 2, 1]);
    }

    #[test]
    fn a_module_without_globals_is_an_error() {
        let module = wat::parse_str("(module (func (export \"call\")))").unwrap();
        assert!(matches!(instrument(&module), Err(Error::NoSection("global"))));
    }
}
