//! Plugins in TypeScript: what `metawasm build` makes of a project, and what it says of a project that it cannot build.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use metawasm_tests::process::{Folder, run, show, stdout};
use metawasm_tests::{has_engine, npm, root};
use serde_json::Value;

const PACKAGE: &str =
    r#"{"name": "@example/site", "type": "module", "devDependencies": {"esbuild": "0.28.2"}}"#;

const DESCRIBE: &str =
    "export const describe = {parent: {apiVersion: 'example.com/v1', kind: 'Site', resource: 'sites'}};\n";

const PARENT: &str = "{apiVersion: example.com/v1, kind: Site, metadata: {name: a, namespace: b, uid: u}}";

/// A project whose bundler is installed; nothing where it cannot be.
fn project(files: &[(&str, &str)]) -> Option<Folder> {
    if !has_engine("js") {
        return None;
    }
    let modules = npm::node_modules()?;
    let folder = Folder::new("typescript");
    npm::link(&modules, folder.path());
    folder.write("site/package.json", PACKAGE);
    folder.write("site/parent.yaml", PARENT);
    for (name, content) in files {
        folder.write(&format!("site/{name}"), content);
    }
    Some(folder)
}

fn build(folder: &Folder) -> Output {
    run(["build", folder.path().join("site").to_str().unwrap()])
}

fn render(folder: &Folder) -> Output {
    let path = |name: &str| folder.path().join("site").join(name).display().to_string();
    run([
        "render",
        &path("site.js"),
        "-f",
        &path("parent.yaml"),
        "--log",
        "info",
    ])
}

#[test]
fn hello_passes_its_cases_and_imports_the_log_alone() {
    let Some(modules) = npm::node_modules() else {
        return;
    };
    let tsc = Command::new(modules.join(".bin/tsc"))
        .args(["-p", "examples/hello/ts"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(tsc.status.success(), "{}", show(&tsc));
    let Some(folder) = project(&[]) else { return };
    for entry in fs::read_dir(root().join("examples/hello/ts")).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            let to = folder.path().join("site").join(entry.file_name());
            fs::copy(entry.path(), to).unwrap();
        }
    }
    let said = stdout(&build(&folder));
    let plugin = folder.path().join("site/hello.js");
    assert!(said.contains(&format!("{}\n", plugin.display())), "{said}");
    assert!(said.contains(" metawasm:hook/logging@0.1.0\n"), "{said}");
    let cases = run(["test", plugin.to_str().unwrap(), "examples/hello/tests"]);
    assert!(
        stdout(&cases).ends_with("16 passed, 0 failed\n"),
        "{}",
        show(&cases)
    );
    let first = fs::read(&plugin).unwrap();
    stdout(&build(&folder));
    assert!(
        fs::read(&plugin).unwrap() == first,
        "the same sources make another bundle"
    );
    let text = String::from_utf8(first).unwrap();
    assert!(
        !text.contains(folder.path().to_str().unwrap()),
        "it has a path of this machine"
    );
}

#[test]
fn a_new_project_has_the_packages_of_the_example() {
    let packages = |path: &str| {
        let text = fs::read_to_string(root().join(path)).unwrap();
        let manifest: Value = serde_json::from_str(&text).unwrap();
        manifest["devDependencies"].clone()
    };
    assert!(packages("examples/hello/ts/package.json")["esbuild"].is_string());
    assert_eq!(
        packages("host/templates/ts/package.json"),
        packages("examples/hello/ts/package.json")
    );
}

#[test]
fn an_exception_has_its_place_in_the_sources() {
    let files = [
        (
            "index.ts",
            "import { broken } from 'pure';\nimport { size } from './lib/size';\n\ninterface Spec {\n  who?: string;\n}\n\nexport function sync(request: any) {\n  const spec: Spec = request.parent.spec ?? {};\n  if (spec.who === 'package') broken(spec);\n  return { children: [], size: size(spec.who) };\n}\n",
        ),
        (
            "lib/size.ts",
            "type Text = string;\n\nexport function size(text?: Text): number {\n  return text!.length;\n}\n",
        ),
        (
            "node_modules/pure/package.json",
            r#"{"name": "pure", "version": "1.0.0", "main": "main.js"}"#,
        ),
        (
            "node_modules/pure/main.js",
            "// A package in the format CommonJS.\n\nexports.broken = function (spec) {\n\n  return spec.who.none.none;\n};\n",
        ),
    ];
    let Some(folder) = project(&files) else { return };
    let index = folder.path().join("site/index.ts");
    let source = format!("{}{DESCRIBE}", fs::read_to_string(&index).unwrap());
    fs::write(index, source).unwrap();
    stdout(&build(&folder));
    let failed = show(&render(&folder));
    assert!(failed.contains("lib/size.ts:4:"), "{failed}");
    assert!(
        failed.contains("at sync (index.ts:11:"),
        "the stack is in the log: {failed}"
    );
    let parent = PARENT.replace("}}", "}, spec: {who: package}}");
    folder.write("site/parent.yaml", parent);
    let failed = show(&render(&folder));
    assert!(failed.contains("node_modules/pure/main.js:5:"), "{failed}");
}

#[test]
fn packages_of_both_formats_are_in_the_bundle() {
    let files = [
        (
            "index.js",
            "import { one } from 'esm';\nimport common from 'common';\nimport data from './data.json';\nimport { hash } from 'metawasm';\nexport const sync = async () => ({ children: [], status: { sum: one + common.two + data.three, hash: hash('').length, mode: common.mode } });\n",
        ),
        ("data.json", "{\"three\": 3}"),
        (
            "node_modules/esm/package.json",
            r#"{"name": "esm", "version": "1.0.0", "main": "none.cjs", "module": "main.mjs"}"#,
        ),
        ("node_modules/esm/main.mjs", "export const one = 1;\n"),
        (
            "node_modules/common/package.json",
            r#"{"name": "common", "version": "1.0.0"}"#,
        ),
        (
            "node_modules/common/index.js",
            "module.exports = { two: require('./two').two, mode: process.env.NODE_ENV };\n",
        ),
        ("node_modules/common/two.js", "exports.two = 2;\n"),
    ];
    let Some(folder) = project(&files) else { return };
    folder.write(
        "site/plugin.yaml",
        "parent: {apiVersion: example.com/v1, kind: Site, resource: sites}",
    );
    stdout(&build(&folder));
    let answer = stdout(&render(&folder));
    assert_eq!(
        answer,
        "children: []\nstatus:\n  hash: 64\n  mode: production\n  sum: 6\n"
    );
}

/// Syntax of ECMAScript up to its newest version, which the engine runs as it is or esbuild lowers, and of TypeScript.
#[test]
fn the_syntax_of_typescript_runs() {
    let source = r#"
enum Size { Small = 1, Large }
namespace Names { export const first = 'a'; }
abstract class Base<T> {
  static count = 0;
  static { Base.count = 1; }
  #hidden = 1;
  constructor(protected readonly value: T) {}
  static has(object: object) { return #hidden in object; }
  abstract get text(): string;
}
function upper(method: (this: Child) => string, _: unknown) {
  return function (this: Child) { return method.call(this).toUpperCase(); };
}
class Child extends Base<string> {
  accessor extra = 2;
  get text() { return `${this.value satisfies string}!`; }
  @upper loud() { return this.text; }
}
async function* numbers() { yield* [1, 2]; yield await Promise.resolve(3); }
function disposed() {
  const order: string[] = [];
  { using _ = { [Symbol.dispose]() { order.push('disposed'); } }; order.push('used'); }
  return order.join();
}
const later = await Promise.resolve(1_000);
export async function sync(request: any): Promise<object> {
  let sum = 0;
  for await (const number of numbers()) sum += number;
  const child = new Child('x');
  let nothing: number | null = null;
  nothing ??= 5;
  const found = [1, 2, 3].findLast((number) => number < 3)!;
  const regex = /(?<year>\d{4})/d.exec('in 2026')!.indices!.groups!.year!.join();
  const flag = /^[\p{L}--[a-z]]$/v.test('A');
  const grouped = Object.groupBy([1, 2], (number) => (number > 1 ? 'many' : 'one')).many;
  return { children: [], status: {
    a: [Size[2], Names.first, Base.count, Base.has(child), child.loud(), child.extra].join(),
    b: [sum, nothing, found, later, (2n ** 64n).toString(), disposed()].join(),
    c: [regex, flag, grouped, request.parent?.none?.(), [3, 1].toSorted().with(0, 9).at(-1)].join(),
  } };
}
"#;
    let Some(folder) = project(&[("index.ts", &format!("{DESCRIBE}{source}"))]) else {
        return;
    };
    stdout(&build(&folder));
    assert_eq!(
        stdout(&render(&folder)),
        "children: []\nstatus:\n  a: Large,a,1,true,X!,2\n  b: 6,5,2,1000,18446744073709551616,used,disposed\n  c: 3,7,true,2,,3\n"
    );
}

#[test]
fn a_stock_hook_and_the_frozen_clock_stay_as_they_are() {
    let hook = "// @metawasm frozen-clock\nmodule.exports = async function (context) {\n  return { status: 200, body: { children: [], status: { now: Date.now() } } };\n};\n";
    let Some(folder) = project(&[("index.js", hook)]) else {
        return;
    };
    folder.write("site/package.json", PACKAGE.replace(r#""type": "module", "#, ""));
    folder.write(
        "site/plugin.yaml",
        "parent: {apiVersion: example.com/v1, kind: Site, resource: sites}",
    );
    stdout(&build(&folder));
    let answer = stdout(&render(&folder));
    assert_eq!(answer, "children: []\nstatus:\n  now: 946684800000\n");
}

#[test]
fn a_project_that_cannot_be_built_gets_a_sentence() {
    let hook = format!("{DESCRIBE}export const sync = () => ({{ children: [] }});\n");
    let no_bundler = r#"{"name": "site"}"#;
    for (name, content, code, sentences) in [
        ("index.ts", "", 3, &["exports no hook"] as &[&str]),
        (
            "index.ts",
            "export const sync = (: string) => 1;\n",
            1,
            &[
                "index.ts:1:21:",
                "error: `esbuild index.ts` failed (exit status: 1)",
            ],
        ),
        (
            "index.ts",
            "import fs from 'node:fs';\nexport const sync = () => fs;\n",
            1,
            &[
                "Could not resolve \"node:fs\"",
                "index.ts:1:15:",
                "failed (exit status: 1); a plugin has no modules of Node: it has no files, network or processes",
            ],
        ),
        (
            "index.ts",
            "import none from './none';\nexport const sync = () => none;\n",
            1,
            &["Could not resolve \"./none\"", "failed (exit status: 1)\n"],
        ),
        (
            "main.ts",
            "",
            2,
            &["no hooks in ", "expected one of the files index.ts, src/index.ts"],
        ),
        ("package.json", "{", 2, &["package.json: EOF"]),
        ("package.json", "{}", 2, &["package.json: missing field `name`"]),
        (
            "package.json",
            r#"{"name": "../../x y"}"#,
            2,
            &["package.json: invalid `name` \"../../x y\"; expected a name such as site"],
        ),
    ] {
        let Some(folder) = project(&[(name, content)]) else {
            return;
        };
        if name == "package.json" {
            folder.write("site/index.ts", &hook);
        }
        let output = build(&folder);
        let said = show(&output);
        assert_eq!(output.status.code(), Some(code), "{name} {content}: {said}");
        for sentence in sentences {
            assert!(said.contains(sentence), "{name} {content}: {said}");
        }
    }
    for (package, command) in [
        (PACKAGE, "run `npm install` there"),
        (
            no_bundler,
            "run `npm install --save-dev --save-exact esbuild` there",
        ),
    ] {
        let folder = Folder::new("no-modules");
        folder.write("package.json", package);
        folder.write("index.ts", &hook);
        let output = run(["build", folder.path().to_str().unwrap()]);
        let said = show(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("esbuild is not installed in ") && said.contains(command),
            "{said}"
        );
    }
}

#[test]
fn sources_are_not_a_plugin_and_a_bundle_is_a_script() {
    let hook = format!("{DESCRIBE}export const sync = () => ({{ children: [] }});\n");
    let Some(folder) = project(&[("index.ts", &hook)]) else {
        return;
    };
    let site = folder.path().join("site");
    for path in [&site, &site.join("index.ts")] {
        let output = run(["inspect", path.to_str().unwrap()]);
        assert!(
            show(&output).contains("is TypeScript, which no engine runs"),
            "{}",
            show(&output)
        );
    }
    let built = |output: &Path| {
        run([
            "build",
            site.to_str().unwrap(),
            "--output",
            output.to_str().unwrap(),
        ])
    };
    let refused = show(&built(&site.join("site.wasm")));
    assert!(
        refused.contains("a script's file ends with .js or .mjs"),
        "{refused}"
    );
    let elsewhere = folder.path().join("other.mjs");
    stdout(&built(&elsewhere));
    assert!(elsewhere.is_file() && !site.join("site.js").exists());
}
