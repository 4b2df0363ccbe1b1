//! Plugins in Go: the page about them, followed by somebody who pastes each command, and the hook `hello`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use metawasm_tests::page::{blocks, free_ports, script};
use metawasm_tests::process::Folder;
use metawasm_tests::tool::find;
use metawasm_tests::{metawasm, root};

/// Whether the tools are there. Nothing is downloaded: the projects have no dependencies.
fn has_tools() -> bool {
    find("TEST_BASH", "bash").is_some() && find("TEST_GO", "go").is_some()
}

/// A command that finds `metawasm` and a cache of its own.
fn command(program: &str, folder: &Path) -> Command {
    let bin = metawasm().parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap();
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("PATH", path)
        .env("XDG_CACHE_HOME", folder)
        // Go's packages are compiled once, not by each run of the tests.
        .env("GOCACHE", metawasm_tests::target().join("go-cache"))
        .env("GOTOOLCHAIN", "local")
        .env("GOPROXY", "off")
        .stdin(Stdio::null());
    command
}

fn succeeds(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {text}{}",
        String::from_utf8_lossy(&output.stdout)
    );
    output
}

/// Builds the hook `hello`, with changes to its source.
fn hello(folder: &Path, changes: &[(&str, &str)]) {
    for (from, to) in [("examples/hello/go", "hello"), ("sdk/go", "metawasm")] {
        let to = folder.join(to);
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(root().join(from)).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_file() {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }
    let replace = |path: &str, changes: &[(&str, &str)]| {
        let path = folder.join(path);
        let mut text = fs::read_to_string(&path).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        fs::write(path, text).unwrap();
    };
    replace("hello/go.mod", &[("../../../sdk/go", "../metawasm")]);
    replace("hello/hook.go", changes);
    succeeds(command("metawasm", folder).args(["build", "hello"]));
}

#[test]
fn the_page_about_go_runs_as_pasted() {
    if !has_tools() {
        return;
    }
    let page = fs::read_to_string(root().join("docs/languages/go.md")).unwrap();
    let blocks = blocks(&page);
    assert!(blocks.len() >= 3, "the page is not read: {blocks:#?}");
    let folder = Folder::new("go-page");
    let ports @ [port, admin] = free_ports();
    let out = folder.path().to_str().unwrap();
    succeeds(
        command("bash", folder.path())
            .args(["-c", &script(&blocks, out, ports)])
            .env("METAWASM_LISTEN", format!("127.0.0.1:{port}"))
            .env("METAWASM_ADMIN", format!("127.0.0.1:{admin}")),
    );
    for (number, block) in blocks.iter().enumerate() {
        if let Some(expected) = &block.prints {
            let printed = fs::read_to_string(folder.path().join(format!("out.{number}"))).unwrap();
            // The time of `go test` is never the same.
            let printed: Vec<&str> = printed
                .lines()
                .filter(|line| !line.contains("\tsite\t"))
                .collect();
            assert_eq!(printed.join("\n").trim_end(), expected, "{:?}", block.commands);
        }
    }
}

#[test]
fn the_module_passes_its_own_tests() {
    if has_tools() {
        succeeds(command("go", &root().join("sdk/go")).args(["test", "./..."]));
    }
}

#[test]
fn hello_passes_its_cases_and_imports_the_log_alone() {
    if !has_tools() {
        return;
    }
    let folder = Folder::new("go-hello");
    hello(folder.path(), &[]);
    // Go does not link again what has not changed.
    succeeds(command("metawasm", folder.path()).args(["build", "hello"]));
    let cases = root().join("examples/hello/tests");
    let plugin = folder.path().join("hello/hello.wasm");
    succeeds(
        command("metawasm", folder.path())
            .arg("test")
            .args([&plugin, &cases]),
    );
    let inspect = succeeds(
        command("metawasm", folder.path())
            .arg("inspect")
            .arg(&plugin)
            .arg("-v"),
    );
    let inspect = String::from_utf8_lossy(&inspect.stdout).into_owned();
    assert!(!inspect.contains("wasi"), "{inspect}");
    assert!(inspect.contains("metawasm:hook/logging"), "{inspect}");
}

#[test]
fn what_a_hook_cannot_do_ends_with_a_sentence() {
    if !has_tools() {
        return;
    }
    let folder = Folder::new("go-bad");
    let bad = r#"switch who {
	case "panic":
		var nothing *Hello
		_ = nothing.Metadata.Name
	case "goroutine":
		go func() { panic("far away") }()
		select {}
	case "deadlock":
		select {}
	case "recursion":
		replicas = deep(replicas)
	case "loop":
		for {
		}
	case "memory":
		for list := []byte{1}; ; list = append(list, list...) {
		}
	case "exit":
		os.Exit(3)
	case "file":
		_, err := os.ReadFile("/etc/passwd")
		return answer, err
	case "network":
		_, err := net.Dial("tcp", "127.0.0.1:80")
		return answer, err
	case "time":
		time.Sleep(time.Hour)
		return answer, fmt.Errorf("it is %v", time.Now().UTC().Truncate(time.Minute))
	case "random":
		return answer, fmt.Errorf("%d", rand.Uint64())
	case "print":
		fmt.Println("printed", "\nand more")
	case "nan":
		answer.Status = math.NaN()
		return answer, nil
	}
	metawasm.Infof("#;
    hello(
        folder.path(),
        &[
            ("metawasm.Infof(", bad),
            (
                "\"fmt\"\n",
                "\"fmt\"\n\t\"math\"\n\t\"math/rand/v2\"\n\t\"net\"\n\t\"os\"\n\t\"time\"\n",
            ),
            (
                "func main() {}",
                "func main() {}\n\nfunc deep(n float64) float64 { return deep(n+1) + n }",
            ),
        ],
    );
    let render = |who: &str| {
        let parent = format!(
            "{{apiVersion: example.com/v1, kind: Hello, metadata: {{name: x, namespace: default}}, spec: {{who: {who}}}}}"
        );
        let file = folder.path().join("parent.yaml");
        fs::write(&file, parent).unwrap();
        let output = command("metawasm", folder.path())
            .args(["render", "hello/hello.wasm", "-f", "parent.yaml", "--log", "info"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            matches!(output.status.code(), Some(0 | 1 | 3)),
            "{who}: {:?} {text}",
            output.status
        );
        (output.status.success(), text)
    };
    for (who, sentence) in [
        (
            "panic",
            "panic: runtime error: invalid memory address or nil pointer dereference at hook.go:",
        ),
        ("goroutine", "panic: far away"),
        ("deadlock", "all goroutines are asleep - deadlock!"),
        ("loop", "timed out after 2 s"),
        ("memory", "memory"),
        ("recursion", "stack"),
        ("exit", "trap"),
        ("file", "open /etc/passwd: "),
        ("network", "dial tcp 127.0.0.1:80: "),
        ("time", "it is 2000-01-01 01:00:00 +0000 UTC"),
        ("nan", "cannot write the answer: json: unsupported value: NaN"),
    ] {
        let (succeeded, text) = render(who);
        assert!(!succeeded && text.contains(sentence), "{who}: {text}");
    }
    assert_eq!(render("random"), render("random"));
    let (succeeded, text) = render("print");
    assert!(
        succeeded && text.contains("printed") && text.contains("and more"),
        "{text}"
    );
}
