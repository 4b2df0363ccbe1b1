//! Functions of QuickJS as bytes.
//!
//! All unsafe code of the engine is here: the safe API of `rquickjs` has bytecode for modules alone.
//!
//! QuickJS trusts bytecode. What is read was written by this engine, in the same sandbox: the host keeps it in between. A
//! host that gave other bytes could harm nothing but the instance.

#![allow(unsafe_code, reason = "QuickJS is in C")]

use std::ffi::CString;

use rquickjs::module::{Declared, WriteOptions};
use rquickjs::{Ctx, Error, Module, Result, Value, qjs};

use crate::program::Bytes;

fn value(ctx: &Ctx<'_>, raw: qjs::JSValue) -> Result<qjs::JSValue> {
    // SAFETY: `raw` is a value of this context.
    if unsafe { qjs::JS_IsException(raw) } {
        Err(Error::Exception)
    } else {
        _ = ctx;
        Ok(raw)
    }
}

/// Compiles a script (not a module) to bytecode, without running it.
pub(crate) fn compile_script(ctx: &Ctx<'_>, name: &str, source: &str) -> Result<Vec<u8>> {
    let (name, source) = (CString::new(name)?, CString::new(source)?);
    let flags = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: the context is alive, both texts end with a zero, and the function is freed after it is written.
    unsafe {
        let function = qjs::JS_Eval(
            raw,
            source.as_ptr(),
            source.as_bytes().len() as _,
            name.as_ptr(),
            flags as i32,
        );
        let function = value(ctx, function)?;
        let mut length = 0;
        let bytes = qjs::JS_WriteObject(raw, &mut length, function, options().to_flag());
        qjs::JS_FreeValue(raw, function);
        if bytes.is_null() {
            return Err(Error::Exception);
        }
        let copy = std::slice::from_raw_parts(bytes, length as usize).to_vec();
        qjs::js_free(raw, bytes.cast());
        Ok(copy)
    }
}

/// Runs the bytecode of a script, and returns its value.
pub(crate) fn run_script<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Value<'js>> {
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: the bytes are from `compile_script`, and are copied; JS_EvalFunction frees the function.
    unsafe {
        let flags = qjs::JS_READ_OBJ_BYTECODE as i32;
        let function = value(
            ctx,
            qjs::JS_ReadObject(raw, bytes.as_ptr(), bytes.len() as _, flags),
        )?;
        let result = value(ctx, qjs::JS_EvalFunction(raw, function))?;
        Ok(Value::from_raw(ctx.clone(), result))
    }
}

/// Compiles an ES module to bytecode, without its imports.
pub(crate) fn compile_module(ctx: &Ctx<'_>, name: &str, source: &str) -> Result<Vec<u8>> {
    Module::declare(ctx.clone(), name, source)?.write(options())
}

/// Reads the bytecode of an ES module.
/// It does not copy them.
pub(crate) fn read_module<'js>(ctx: &Ctx<'js>, bytes: Bytes) -> Result<Module<'js, Declared>> {
    // SAFETY: the bytes are from `compile_module`.
    unsafe { Module::load(ctx.clone(), bytes) }
}

/// Errors need lines and columns; nothing needs the source.
fn options() -> WriteOptions {
    WriteOptions {
        strip_source: true,
        ..WriteOptions::default()
    }
}
