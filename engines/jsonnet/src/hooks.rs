//! The hooks of a script's value, and their parameters.

use std::collections::HashMap;

use jrsonnet_evaluator::function::FuncVal;
use jrsonnet_evaluator::manifest::JsonFormat;
use jrsonnet_evaluator::tla::TlaArg;
use jrsonnet_evaluator::{IStr, ObjValue, Val, apply_tla};

use crate::{Entry, Failure, sentence};

/// The names of all hooks.
pub(crate) const HOOKS: &[&str] = &["sync", "finalize", "customize"];

/// The parameter that gets the settings.
const SETTINGS: &str = "settings";
/// The parameter that gets the request: jsonnetd passes it by this name.
const REQUEST: &str = "request";

/// What a file with hooks evaluates to.
pub(crate) enum Hooks {
    /// A function that answers each hook.
    Single(FuncVal),
    /// An object with functions by the names of hooks.
    Named(ObjValue),
}

impl Hooks {
    /// Tells what a value is.
    ///
    /// # Errors
    ///
    /// A sentence if it is neither.
    pub(crate) fn of(value: &Val, entry: &Entry) -> Result<Self, String> {
        match value {
            Val::Func(function) => {
                check_parameters(function, &entry.path)?;
                Ok(Self::Single(function.clone()))
            }
            Val::Obj(object) => {
                if let Some(hook) = &entry.hook
                    && !object.has_field_ex(hook.as_str().into(), true)
                {
                    return Err(format!(
                        "{}:1:1: expected a function of the request, or an object with the function `{hook}`; got {}",
                        entry.path,
                        fields(object)
                    ));
                }
                Ok(Self::Named(object.clone()))
            }
            other => Err(format!(
                "{}:1:1: expected a function of the request, or an object with functions named {}; got {}",
                entry.path,
                HOOKS.join(", "),
                kind(other)
            )),
        }
    }

    /// Returns the function of a hook, if the file has it.
    pub(crate) fn function(&self, hook: &str, path: &str) -> Result<Option<FuncVal>, Failure> {
        match self {
            Self::Single(function) => Ok(Some(function.clone())),
            Self::Named(object) => match object.get(hook.into()).map_err(sentence::failure)? {
                None => Ok(None),
                Some(Val::Func(function)) => Ok(Some(function)),
                Some(other) => Err(Failure::Internal(not_a_function(path, hook, &other))),
            },
        }
    }

    /// Returns the description that the file has as `describe`.
    pub(crate) fn description(&self, path: &str) -> Result<Option<String>, String> {
        let Self::Named(object) = self else {
            return Ok(None);
        };
        let Some(mut value) = object.get("describe".into()).map_err(sentence::of)? else {
            return Ok(None);
        };
        // A function is called, anything else stays as it is.
        value = apply_tla(&HashMap::<IStr, TlaArg>::new(), value).map_err(sentence::of)?;
        if value.as_obj().is_none() {
            return Err(format!(
                "{path}:1:1: `describe` is {}; expected an object",
                kind(&value)
            ));
        }
        value
            .manifest(JsonFormat::minify())
            .map(Some)
            .map_err(sentence::of)
    }
}

/// Returns the hooks that an object has.
pub(crate) fn names(object: &ObjValue, path: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for hook in HOOKS {
        match object.get((*hook).into()).map_err(sentence::of)? {
            None => {}
            Some(Val::Func(function)) => {
                check_parameters(&function, path)?;
                found.push((*hook).to_owned());
            }
            Some(other) => return Err(not_a_function(path, hook, &other)),
        }
    }
    if found.is_empty() {
        return Err(format!(
            "{path}:1:1: expected a function of the request, or an object with functions named {}; got {}",
            HOOKS.join(", "),
            fields(object)
        ));
    }
    Ok(found)
}

fn not_a_function(path: &str, hook: &str, value: &Val) -> String {
    format!(
        "{path}:1:1: `{hook}` is {}; expected a function: `{hook}(request): …`",
        kind(value)
    )
}

fn parameters(function: &FuncVal) -> Vec<(Option<IStr>, bool)> {
    let signature = function.params();
    signature
        .iter()
        .map(|one| (one.name().as_str().map(IStr::from), one.has_default()))
        .collect()
}

/// Finds the parameter of the request: by its name, else the first one.
fn request_parameter(parameters: &[(Option<IStr>, bool)]) -> Option<usize> {
    let named = |(name, _): &(Option<IStr>, bool)| name.as_ref().is_some_and(|name| name.as_str() == REQUEST);
    let first = || {
        let first = parameters.first()?;
        (first.0.as_ref().is_none_or(|name| name.as_str() != SETTINGS)).then_some(0)
    };
    parameters.iter().position(named).or_else(first)
}

fn check_parameters(function: &FuncVal, path: &str) -> Result<(), String> {
    const EXPECTED: &str = "a hook has the parameters (request) or (request, settings)";
    let parameters = parameters(function);
    let Some(request) = request_parameter(&parameters) else {
        return Err(format!(
            "{path}:1:1: the function does not take the request; {EXPECTED}"
        ));
    };
    for (index, (name, has_default)) in parameters.iter().enumerate() {
        let name = name.as_ref().map_or("", |name| name.as_str());
        if index != request && name != SETTINGS && !has_default {
            return Err(format!(
                "{path}:1:1: the function requires the parameter `{name}`; {EXPECTED}"
            ));
        }
    }
    Ok(())
}

/// Calls a hook.
pub(crate) fn call(function: FuncVal, request: Val, settings: Val, path: &str) -> Result<Val, Failure> {
    check_parameters(&function, path).map_err(Failure::Internal)?;
    let parameters = parameters(&function);
    #[allow(
        clippy::mutable_key_type,
        reason = "the type of jrsonnet; its keys do not change"
    )]
    let mut arguments: HashMap<IStr, TlaArg> = HashMap::new();
    if let Some((Some(name), _)) = request_parameter(&parameters).and_then(|index| parameters.get(index)) {
        arguments.insert(name.clone(), TlaArg::Val(request));
    }
    if parameters
        .iter()
        .any(|(name, _)| name.as_ref().is_some_and(|name| name.as_str() == SETTINGS))
    {
        arguments.insert(SETTINGS.into(), TlaArg::Val(settings));
    }
    apply_tla(&arguments, Val::Func(function)).map_err(sentence::failure)
}

/// Names the kind of a value, with its article.
pub(crate) fn kind(value: &Val) -> &'static str {
    match value {
        Val::Bool(_) => "a boolean",
        Val::Null => "null",
        Val::Str(_) => "a string",
        Val::Num(_) => "a number",
        Val::Arr(_) => "an array",
        Val::Obj(_) => "an object",
        Val::Func(_) => "a function",
    }
}

fn fields(object: &ObjValue) -> String {
    const SHOWN: usize = 5;
    let fields = object.fields_ex(true);
    if fields.is_empty() {
        return "an empty object".to_owned();
    }
    let more = if fields.len() > SHOWN { ", …" } else { "" };
    let shown: Vec<&str> = fields.iter().take(SHOWN).map(IStr::as_str).collect();
    format!("an object with the fields {}{more}", shown.join(", "))
}
