//! Which components the sandbox takes for plugins, and what it says of the others.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::{limits, sandbox};
use metawasm::sandbox::{Call, LoadError};
use metawasm_tests::guest::{Guest, StringEncoding};

async fn error(component: &[u8]) -> LoadError {
    match sandbox(1).load(component, limits()).await {
        Ok(_) => panic!("it was loaded"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_core_module_is_no_plugin() {
    let error = error(&Guest::default().module()).await;
    assert!(matches!(error, LoadError::CoreModule), "{error}");
}

#[tokio::test]
async fn a_broken_file_does_not_compile() {
    let mut component = Guest::default().component();
    component.truncate(component.len() / 2);
    let error = error(&component).await;
    assert!(matches!(error, LoadError::Compile(_)), "{error}");
    assert!(!error.to_string().contains('\n'), "{error}");
}

#[tokio::test]
async fn an_import_of_something_else_is_refused_by_name() {
    let guest = Guest::with_a_clock();
    let error = error(&guest.component()).await;
    assert_eq!(
        error.to_string(),
        "unsupported imports: clock; a plugin may import only metawasm:hook/logging; \
         put what it needs into the request or the settings"
    );
}

#[tokio::test]
async fn an_export_of_something_else_is_refused_by_name() {
    let guest = Guest::with_an_extra_export();
    let error = error(&guest.component()).await;
    assert!(
        matches!(&error, LoadError::Exports(names) if names == &["extra"]),
        "{error}"
    );
}

#[tokio::test]
async fn a_plugin_without_a_hook_or_without_describe_is_none() {
    let only = |interface: &str| {
        Guest::default()
            .world(&format!("world w {{ import logging; export {interface}; }}"))
            .component()
    };
    let found = error(&only("describe")).await;
    assert!(matches!(found, LoadError::NoHooks), "{found}");
    let found = error(&only("sync")).await;
    assert!(matches!(found, LoadError::NoDescribe), "{found}");
}

/// The WIT text in another version of the package.
fn wit(version: &str) -> String {
    let wit = std::fs::read_to_string(metawasm_tests::root().join("wit/hook.wit")).unwrap();
    wit.replace(
        "package metawasm:hook@0.1.0;",
        &format!("package metawasm:hook@{version};"),
    )
}

/// A guest that logs a line and answers, of a world of the WIT package.
fn guest(world: &str) -> Guest {
    Guest::running("(call $log (i32.const 1) (i32.const 16384) (i32.const 2)) (call $answer)")
        .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#)
        .world(world)
}

/// The guest imports and exports interfaces of a patch version that this host has never seen.
#[tokio::test]
async fn a_plugin_of_a_newer_patch_version_is_served() {
    let wit = wit("0.1.1").replace(
        "interface logging {",
        "interface logging {\n    @since(version = 0.1.1)\n    flush: func();\n",
    );
    let component = guest("sync-hook").of_package(&wit, "0.1.1");
    let sandbox = sandbox(1);
    let program = sandbox.load(&component, limits()).await.unwrap();
    assert_eq!(program.package_version(), "0.1.1");
    assert_eq!(program.imports(), ["metawasm:hook/logging@0.1.1"]);
    assert_eq!(program.hooks().collect::<Vec<_>>(), ["sync"]);
    let (lines, seen) = std::sync::mpsc::channel();
    let call = Call {
        hook: "sync",
        request: "{}".to_owned(),
        settings: "{}".into(),
        limits: limits(),
        until: None,
        log: Box::new(move |line| lines.send(line.message.to_string()).unwrap()),
        hold: Box::new(()),
    };
    assert_eq!(sandbox.call(&program, call).await.unwrap(), "{}");
    assert_eq!(seen.iter().collect::<Vec<_>>(), ["{}"]);
}

#[tokio::test]
async fn a_plugin_that_needs_a_newer_host_is_told_so() {
    let wit = wit("0.1.1").replace(
        "package metawasm:hook@0.1.1;",
        "package metawasm:hook@0.1.1;\n\n@since(version = 0.1.1)\ninterface extra { extra: func(); }",
    );
    let importing = guest("world w { import extra; include sync-hook; }")
        .with(
            r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
               (import "metawasm:hook/extra@0.1.0" "extra" (func $extra))
               (func (call $extra))"#,
        )
        .of_package(&wit, "0.1.1");
    let exporting = guest("world w { include sync-hook; export extra; }")
        .with(
            r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
               (func (export "metawasm:hook/extra@0.1.0#extra"))"#,
        )
        .of_package(&wit, "0.1.1");
    for component in [importing, exporting] {
        assert_eq!(
            error(&component).await.to_string(),
            "it uses metawasm:hook/extra@0.1.1, which this host does not have yet: it has metawasm:hook@0.1.0; \
             update metawasm"
        );
    }
}

#[tokio::test]
async fn a_plugin_of_another_minor_version_is_told_what_to_do() {
    for version in ["0.2.0", "1.0.0", "0.1.1-rc.1"] {
        let wit = wit(version);
        let component = Guest::default().of_package(&wit, version);
        let error = error(&component).await;
        assert!(matches!(&error, LoadError::Version { .. }), "{error}");
        let text = error.to_string();
        assert!(
            text.starts_with("unsupported version: built for metawasm:hook/")
                && text.contains(&format!("@{version}, but"))
                && text.ends_with(
                    "this host serves metawasm:hook 0.1.x; update metawasm, or rebuild the plugin against \
                     metawasm:hook@0.1.0"
                ),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_hook_of_another_type_is_refused() {
    let wit = std::fs::read_to_string(metawasm_tests::root().join("wit/hook.wit")).unwrap();
    let wit = wit.replace(
        "sync: func(request: string, settings: string) -> result<string, failure>",
        "sync: func(request: string, settings: string) -> result<string, string>",
    );
    let error = error(&Guest::default().componentize(&wit)).await;
    assert!(
        matches!(&error, LoadError::Signature { name, .. } if name.contains("sync")),
        "{error}"
    );
}

/// The host would transcode such strings whole, before anybody can look at their length.
#[tokio::test]
async fn strings_of_another_encoding_are_refused_at_any_depth() {
    let utf16 = Guest::default().encoded(StringEncoding::UTF16).component();
    let compact = Guest::default().encoded(StringEncoding::CompactUTF16).component();
    for component in [
        utf16,
        compact,
        Guest::composed("{}", "utf16"),
        Guest::composed("{}", "latin1+utf16"),
    ] {
        let error = error(&component).await;
        assert!(matches!(error, LoadError::Encoding(_)), "{error}");
        assert!(
            error.to_string().contains("with string encoding UTF-8"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_component_of_two_that_hand_each_other_strings_is_a_plugin() {
    let composed = Guest::composed("{}", "utf8");
    let program = sandbox(1).load(&composed, limits()).await.unwrap();
    assert_eq!(program.hooks().collect::<Vec<_>>(), ["sync"]);
}

/// Hostile names and numbers of names: sentences stay short.
#[tokio::test]
async fn names_of_any_size_make_short_sentences() {
    let name = format!("a{}", "b".repeat(50_000));
    let guest = Guest::default()
        .with(&format!(r#"(func (export "{name}") (result i32) (i32.const 0))"#))
        .world(&format!(
            "world w {{ include sync-hook; export {name}: func() -> u32; }}"
        ));
    let text = error(&guest.component()).await.to_string();
    assert!(
        text.len() < 500 && text.contains("unknown exports: abbb"),
        "{text}"
    );
}
