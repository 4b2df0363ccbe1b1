//! The host's own steps of a call, compiled to WebAssembly: there, instructions can be counted, and the count is the same on
//! each machine. The host runs the same code natively.
//!
//! The test `instructions` puts the texts in, and calls the steps in their order.

#![allow(unsafe_code, reason = "exported symbols")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use metawasm_contract::{ApplyStrategy, Envelope, Hook, ReviewContext, View, read_envelope, review};
// The allocator and the comparison of blocks.
use metawasm_guest as _;

/// Maximum length of an answer in bytes.
const MAX_BYTES: usize = 8 << 20;

/// What the steps work on.
struct State {
    /// The request, the view and the answer of the plugin.
    texts: [Vec<u8>; 3],
    view: Option<View>,
    envelope: Option<Envelope>,
}

static STATE: Mutex<State> = Mutex::new(State {
    texts: [const { Vec::new() }; 3],
    view: None,
    envelope: None,
});

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes room for a text: 0 for the request, 1 for the view as JSON, 2 for the answer. Returns its address; 0 for another number.
#[unsafe(no_mangle)]
extern "C" fn text(number: usize, length: usize) -> *mut u8 {
    match state().texts.get_mut(number) {
        Some(text) => {
            *text = vec![0; length];
            text.as_mut_ptr()
        }
        None => std::ptr::null_mut(),
    }
}

/// Reads the view. Returns 1, and 0 if it is invalid.
#[unsafe(no_mangle)]
extern "C" fn view() -> u32 {
    let state = &mut *state();
    let [_, view, _] = &state.texts;
    let view = serde_json::from_slice(view).ok();
    state.view = view.and_then(|view| View::from_json(&view).ok());
    u32::from(state.view.is_some())
}

/// Reads the request. Returns how many bytes of it the plugin sees; 0 if it is invalid.
#[unsafe(no_mangle)]
extern "C" fn envelope() -> usize {
    let state = &mut *state();
    let [request, ..] = &state.texts;
    let view = state.view.get_or_insert_default();
    state.envelope = read_envelope(request, Hook::Sync, view).ok();
    state
        .envelope
        .as_ref()
        .map_or(0, |envelope| envelope.trimmed.len())
}

/// Reviews the answer to the request that was read. Returns the length of what would be sent; 0 if the answer is refused.
#[unsafe(no_mangle)]
extern "C" fn reviewed() -> usize {
    let state = &*state();
    let [_, _, answer] = &state.texts;
    let (Some(envelope), Ok(answer)) = (&state.envelope, str::from_utf8(answer)) else {
        return 0;
    };
    let context = ReviewContext {
        hook: Hook::Sync,
        kind: envelope.kind,
        version: envelope.version,
        parent: &envelope.parent,
        declared: &envelope.declared,
        observed: envelope.observed,
        finalizing: envelope.finalizing,
        max_bytes: MAX_BYTES,
        apply: ApplyStrategy::Dynamic,
        scopes: [None; 2],
        deletions: None,
    };
    review(answer, &context).map_or(0, |reviewed| reviewed.body.len())
}
