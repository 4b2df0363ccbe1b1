//! Host and path templates: `{{.Name}}.{{.Namespace}}.{{.Domain}}`.

use crate::formats::written::quoted;

/// Longer than any host or path of use: what is put in multiplies.
const MAX_TEMPLATE: usize = 1024;

/// What a template may name.
pub(super) struct Values<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) domain: &'a str,
}

impl Values<'_> {
    /// A template with the values put in. Of Go's templates these three placeholders are known,
    /// with spaces in them or without.
    ///
    /// # Errors
    /// What is wrong with the template, the end of a sentence about it.
    pub(super) fn render(&self, template: &str) -> Result<String, String> {
        if template.len() > MAX_TEMPLATE {
            return Err(format!("is longer than {MAX_TEMPLATE} bytes"));
        }
        let mut rendered = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            rendered.push_str(before);
            let Some((placeholder, after)) = after.split_once("}}") else {
                return Err("has \"{{\" without \"}}\"".to_owned());
            };
            rendered.push_str(match placeholder.trim_matches(' ') {
                ".Name" => self.name,
                ".Namespace" => self.namespace,
                ".Domain" => self.domain,
                other => {
                    return Err(format!(
                        "names {}; it can name .Name, .Namespace and .Domain",
                        quoted(other)
                    ));
                }
            });
            rest = after;
        }
        rendered.push_str(rest);
        Ok(rendered)
    }
}

/// Whether a rendered template differs from function to function.
pub(super) fn tells_apart(template: &str) -> bool {
    let of = |name, namespace| {
        let domain = "";
        Values {
            name,
            namespace,
            domain,
        }
        .render(template)
    };
    of("a", "b") != of("c", "b") && of("a", "b") != of("a", "c")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str) -> Result<String, String> {
        let values = Values {
            name: "hello",
            namespace: "demo",
            domain: "example.com",
        };
        values.render(template)
    }

    #[test]
    fn placeholders_are_replaced() {
        for (template, rendered) in [
            ("", ""),
            ("{{.Name}}.{{.Namespace}}.{{.Domain}}", "hello.demo.example.com"),
            ("{{ .Name }}-{{  .Namespace}}", "hello-demo"),
            ("}}{{.Name}}}}", "}}hello}}"),
            ("plain", "plain"),
        ] {
            assert_eq!(render(template).as_deref(), Ok(rendered), "{template}");
        }
    }

    #[test]
    fn anything_else_is_a_sentence() {
        for (template, sentence) in [
            ("a{{.Name", "has \"{{\" without \"}}\""),
            (
                "{{.Foo}}",
                "names \".Foo\"; it can name .Name, .Namespace and .Domain",
            ),
            ("{{}}", "names \"\"; it can name .Name, .Namespace and .Domain"),
            (
                "{{{.Name}}}",
                "names \"{.Name\"; it can name .Name, .Namespace and .Domain",
            ),
            (
                "{{ .Name | lower }}",
                "names \".Name | lower\"; it can name .Name, .Namespace and .Domain",
            ),
        ] {
            assert_eq!(render(template), Err(sentence.to_owned()), "{template}");
        }
        assert_eq!(
            render(&"a".repeat(1025)),
            Err("is longer than 1024 bytes".to_owned())
        );
    }

    #[test]
    fn a_host_is_a_functions_own_if_both_its_names_are_in_it() {
        assert!(tells_apart("{{.Name}}-{{ .Namespace }}"));
        for shared in ["api.{{.Domain}}", "{{.Name}}.x", "{{.Namespace}}", "{{"] {
            assert!(!tells_apart(shared), "{shared}");
        }
    }
}
