//! What leads to functions from outside the cluster.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use metawasm_function::customize as hook;
use serde_json::{Value, json};
use support::{KINDS, applied, parent, request_with, sync};

const HTTP_ROUTE: &str = "HTTPRoute.gateway.networking.k8s.io/v1";
const KNATIVE: &str = "Service.serving.knative.dev/v1";

fn function(engine: &str, route: Value) -> Value {
    parent(json!({
        "apiVersion": "core.openfunction.io/v1beta2",
        "kind": "Function",
        "metadata": {"name": "hello"},
        "spec": {"image": "example.com/hello:v1",
            "serving": {"triggers": {"http": {"engine": engine, "route": route}}}},
    }))
}

fn answer_with(function: &Value, settings: &Value, observed: &[Value], related: &[Value]) -> Value {
    let mut kinds = KINDS.to_vec();
    kinds.extend([HTTP_ROUTE, KNATIVE]);
    sync(&request_with(function, &kinds, observed, related), settings)
}

fn answer(function: &Value, settings: &Value, related: &[Value]) -> Value {
    answer_with(function, settings, &[], related)
}

fn child<'a>(answer: &'a Value, kind: &str) -> Option<&'a Value> {
    let mut children = answer["children"].as_array().unwrap().iter();
    children.find(|child| child["kind"] == kind)
}

fn condition(answer: &Value, r#type: &str) -> (String, String) {
    let mut conditions = answer["status"]["conditions"].as_array().unwrap().iter();
    let found = conditions.find(|found| found["type"] == r#type).unwrap();
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("reason"), text("message"))
}

/// The two Services of a function of the keda engine, so that the Route condition tells of more.
fn services(function: &Value) -> Vec<Value> {
    let children = applied(&answer(function, &json!({"exposure": {"by": "none"}}), &[]));
    children
        .into_iter()
        .filter(|child| child["kind"] == "Service")
        .collect()
}

fn web() -> Value {
    json!({"exposure": {"gateway": {"name": "web", "namespace": "gateways"}}})
}

fn gateway(spec: Value) -> Value {
    json!({"apiVersion": "networking.openfunction.io/v1alpha1", "kind": "Gateway",
        "metadata": {"name": "openfunction", "namespace": "openfunction"}, "spec": spec})
}

fn customize(function: &Value, settings: &Value) -> Value {
    let request = json!({"controller": {}, "parent": function}).to_string();
    serde_json::from_str(&hook(&request, &settings.to_string()).unwrap()).unwrap()
}

#[test]
fn customize_asks_for_the_gateway_that_a_route_names() {
    let alone = json!({"globalConfig": {"name": ""}});
    let read = json!({"globalConfig": {"name": ""}, "exposure": {"readGateways": true}});
    let none = json!({"relatedResources": []});
    let wanted = |namespace: &str, name: &str| {
        json!({"relatedResources": [{"apiVersion": "networking.openfunction.io/v1alpha1",
            "resource": "gateways", "namespace": namespace, "names": [name]}]})
    };
    let named = json!({"gatewayRef": {"name": "own", "namespace": "infra"}});
    assert_eq!(customize(&function("keda", json!({})), &alone), none);
    assert_eq!(
        customize(&function("keda", json!({})), &read),
        wanted("openfunction", "openfunction")
    );
    assert_eq!(
        customize(&function("knative", named), &read),
        wanted("infra", "own")
    );
    let odd = json!({"gatewayRef": {"name": "Own/x", "namespace": "infra"}});
    assert_eq!(customize(&function("keda", odd), &read), none);
    let mut asynchronous = function("keda", json!({}));
    asynchronous["spec"]["serving"]["triggers"] = json!({"dapr": [{"name": "a", "type": "bindings.cron"}]});
    assert_eq!(customize(&asynchronous, &read), none);
}

#[test]
fn a_gateway_that_is_wrong_is_a_sentence() {
    let good = json!({"domain": "ofn.io", "gatewayRef": {"name": "contour", "namespace": "projectcontour"}});
    let function = function("keda", json!({}));
    let observed = services(&function);
    let told = |spec: Value| {
        let settings = json!({"exposure": {"readGateways": true}});
        let answer = answer_with(&function, &settings, &observed, &[gateway(spec)]);
        assert!(child(&answer, "HTTPRoute").is_none() || condition(&answer, "Route").0 == "NotThereYet");
        assert!(child(&answer, "Deployment").is_some());
        condition(&answer, "Route")
    };
    assert_eq!(told(good.clone()).0, "NotThereYet");
    for (field, value, sentence) in [
        (
            "domain",
            json!(""),
            "spec.domain is \"\", which is not a DNS domain",
        ),
        (
            "domain",
            json!("a_b"),
            "spec.domain is \"a_b\", which is not a DNS domain",
        ),
        (
            "clusterDomain",
            json!(".x"),
            "spec.clusterDomain is \".x\", which is not a DNS domain",
        ),
        (
            "hostTemplate",
            json!("{{.Name}}_{{.Domain}}"),
            "spec.hostTemplate makes \"hello_ofn.io\", which is not a host name",
        ),
        (
            "hostTemplate",
            json!("*.{{.Name}}"),
            "spec.hostTemplate makes \"*.hello\", which is not a host name",
        ),
        (
            "hostTemplate",
            json!("{{.Name"),
            "spec.hostTemplate has \"{{\" without \"}}\"",
        ),
        (
            "gatewayRef",
            json!(null),
            "spec.gatewayRef is required: set gatewayRef or gatewayDef to a Gateway of the Gateway API",
        ),
        (
            "gatewayRef",
            json!({"name": "a"}),
            "spec.gatewayRef needs the name and the namespace of a Gateway",
        ),
        (
            "gatewayDef",
            json!({"name": "a", "namespace": 7}),
            "spec.gatewayDef needs the name and the namespace of a Gateway",
        ),
        (
            "httpRouteLabelKey",
            json!("openfunction.io/role"),
            "spec.httpRouteLabelKey is \"openfunction.io/role\", which is not the key of a label that is free",
        ),
    ] {
        let mut spec = good.clone();
        spec[field] = value;
        let (reason, message) = told(spec);
        assert_eq!(reason, "GatewayInvalid", "{sentence}");
        assert_eq!(
            message,
            format!("OpenFunction's Gateway openfunction/openfunction: {sentence}")
        );
    }
}

#[test]
fn a_gateway_that_nobody_asked_for_is_not_called_missing() {
    let function = function("keda", json!({}));
    let settings = json!({"exposure": {"readGateways": true}});
    let answer = answer_with(&function, &settings, &services(&function), &[]);
    assert_eq!(
        condition(&answer, "Route"),
        (
            "GatewayNotFound".to_owned(),
            "OpenFunction's Gateway openfunction/openfunction has not been read: exposure.readGateways needs the \
             customize hook in the CompositeController; Metacontroller asks it again when the Function changes"
                .to_owned()
        )
    );
}

#[test]
fn a_template_of_the_settings_that_fails_is_a_sentence() {
    let function = function("keda", json!({}));
    let settings = json!({"exposure": {"domain": "example.com", "hostTemplate": "{{.Nam}}"}});
    let answer = answer_with(&function, &settings, &services(&function), &[]);
    assert_eq!(
        condition(&answer, "Route"),
        (
            "SettingsInvalid".to_owned(),
            "the setting exposure.hostTemplate names \".Nam\"; it can name .Name, .Namespace and .Domain"
                .to_owned()
        )
    );
}

#[test]
fn a_path_template_is_for_hosts_that_are_shared() {
    let paths = |route: Value, exposure: Value| {
        let mut settings = web();
        for (key, value) in exposure.as_object().unwrap() {
            settings["exposure"][key] = value.clone();
        }
        let answer = answer(&function("keda", route), &settings, &[]);
        let path =
            child(&answer, "HTTPRoute").unwrap()["spec"]["rules"][0]["matches"][0]["path"]["value"].clone();
        let prefixes = child(&answer, "HTTPScaledObject").unwrap()["spec"]["pathPrefixes"].clone();
        let whole = path == "/" && prefixes.is_null();
        assert!(whole || prefixes == json!([path]), "{path} {prefixes}");
        path.as_str().unwrap().to_owned()
    };
    let template = json!({"pathTemplate": "{{.Namespace}}/{{.Name}}"});
    let hosts = json!({"hostnames": ["shop.example.com"]});
    assert_eq!(paths(hosts.clone(), json!({})), "/");
    assert_eq!(paths(hosts, template), "/demo/hello");
    let own = json!({"pathTemplate": "/{{.Name}}", "domain": "example.com"});
    assert_eq!(paths(json!({}), own), "/");
    let shared =
        json!({"pathTemplate": "/{{.Name}}", "domain": "example.com", "hostTemplate": "fn.{{.Domain}}"});
    assert_eq!(paths(json!({}), shared), "/hello");
    let rules = json!({"hostnames": ["a.b"], "rules": [{"matches": [{"path": {"value": "/x"}}]}]});
    assert_eq!(paths(rules, json!({"pathTemplate": "/{{.Name}}"})), "/x");
}

#[test]
fn sixteen_hosts_leave_no_room_for_the_clusters() {
    let hosts: Vec<String> = (0..16).map(|index| format!("h{index}.example.com")).collect();
    let related = [gateway(
        json!({"domain": "ofn.io", "gatewayRef": {"name": "a", "namespace": "b"}}),
    )];
    let settings = json!({"exposure": {"readGateways": true}});
    let names = |answer: &Value| child(answer, "HTTPRoute").unwrap()["spec"]["hostnames"].clone();
    let all = answer(
        &function("keda", json!({"hostnames": hosts})),
        &settings,
        &related,
    );
    assert_eq!(names(&all), json!(hosts));
    assert_eq!(
        condition(&all, "Normalized").1,
        "spec.serving.triggers.http.route.hostnames: an HTTPRoute has at most 16 host names, so the Gateway \
         does not accept requests for hello.demo.svc.cluster.local"
    );
    let fewer = answer(
        &function("keda", json!({"hostnames": hosts[1..]})),
        &settings,
        &related,
    );
    assert_eq!(names(&fewer).as_array().unwrap().len(), 16);
    assert_eq!(names(&fewer)[15], "hello.demo.svc.cluster.local");
    assert_eq!(condition(&fewer, "Normalized").0, "AsWritten");
}

#[test]
fn the_interceptor_knows_the_paths_that_a_gateway_makes() {
    let rewrite = |path: Value, extra: Value| {
        let mut filter = json!({"type": "URLRewrite", "urlRewrite": {"path": path}});
        for (key, value) in extra.as_object().unwrap() {
            filter["urlRewrite"][key] = value.clone();
        }
        json!({"matches": [{"path": {"value": "/old"}}], "filters": [filter]})
    };
    let route = json!({"hostnames": ["a.example.com"], "rules": [
        rewrite(json!({"type": "ReplacePrefixMatch", "replacePrefixMatch": ""}), json!({})),
        rewrite(json!({"type": "ReplaceFullPath", "replaceFullPath": "/new"}), json!({"hostname": "other.example.com"})),
    ]});
    let answer = answer(&function("keda", route), &web(), &[]);
    let scaler = child(&answer, "HTTPScaledObject").unwrap();
    assert_eq!(scaler["spec"]["pathPrefixes"], json!(["/old", "/", "/new"]));
    assert_eq!(
        condition(&answer, "Normalized").1,
        "spec.serving.triggers.http.route.rules[1].filters: requests of this rule get the host name \
         \"other.example.com\", which the interceptor does not know: it answers 404"
    );
}

#[test]
fn a_host_header_of_the_users_is_told_of() {
    let filter = json!({"type": "RequestHeaderModifier",
        "requestHeaderModifier": {"set": [{"name": "host", "value": "b.example.com"}]}});
    let route = |hosts: Value| json!({"hostnames": hosts, "rules": [{"filters": [filter]}]});
    let known = answer(
        &function("keda", route(json!(["a.example.com", "b.example.com"]))),
        &web(),
        &[],
    );
    assert_eq!(condition(&known, "Normalized").0, "AsWritten");
    let unknown = answer(&function("keda", route(json!(["a.example.com"]))), &web(), &[]);
    assert_eq!(condition(&unknown, "Normalized").0, "Warnings");
}

#[test]
fn what_leads_to_no_function_is_not_used() {
    let hostnames = json!({"hostnames": ["a.example.com"], "rules": [{}]});
    let none = json!({"exposure": {"by": "none"}});
    let told = answer(&function("knative", hostnames.clone()), &none, &[]);
    let what =
        "is not used: neither HTTPRoutes nor Ingresses are in use, and Knative assigns its own host name";
    let at = "spec.serving.triggers.http.route";
    assert_eq!(
        condition(&told, "Normalized").1,
        format!("{at}.hostnames: {what}; {at}.rules: {what}")
    );
    let gateway = json!({"gatewayRef": {"name": "own", "namespace": "infra"}});
    let told = answer(&function("keda", gateway), &none, &[]);
    assert_eq!(
        condition(&told, "Normalized").1,
        format!("{at}.gatewayRef: is not used: the setting exposure.readGateways is off")
    );
    let rule = json!({"hostnames": ["a.example.com"], "rules": [{"timeouts": {"request": "1s"},
        "filters": [{"type": "URLRewrite", "urlRewrite": {}}], "matches": [{"method": "GET"}]}]});
    let told = answer(&function("keda", rule.clone()), &none, &[]);
    assert_eq!(
        condition(&told, "Normalized").1,
        format!(
            "{at}.rules[0].filters: is not used: the HTTP add-on's interceptor does not support filters; \
             {at}.rules[0].timeouts: is not used: the HTTP add-on's interceptor does not support it; \
             {at}.rules[0].matches[0].method: is not used: the HTTP add-on's interceptor matches only host and path"
        )
    );
    let told = answer(&function("keda", rule), &web(), &[]);
    assert_eq!(condition(&told, "Normalized").0, "AsWritten");
}

#[test]
fn a_route_is_as_its_gateway_says() {
    let function = function("keda", json!({"hostnames": ["a.example.com"]}));
    let mut observed = applied(&answer(&function, &web(), &[]));
    let index = observed
        .iter()
        .position(|child| child["kind"] == "HTTPRoute")
        .unwrap();
    let mut told = |status: Value| {
        observed[index]["status"] = status;
        condition(&answer_with(&function, &web(), &observed, &[]), "Route")
    };
    let said = |conditions: Value| json!({"parents": [{"controllerName": "x", "conditions": conditions}]});
    let not_yet = (
        "NotAcceptedYet".to_owned(),
        "Gateway gateways/web has not accepted HTTPRoute hello yet. If this persists, check that the Gateway exists"
            .to_owned(),
    );
    for nothing in [
        json!(null),
        json!({}),
        json!({"parents": [null, 7]}),
        said(json!([])),
    ] {
        assert_eq!(told(nothing), not_yet);
    }
    let accepted = json!({"type": "Accepted", "status": "True", "reason": "Accepted", "message": "fine"});
    assert_eq!(told(said(json!([accepted]))).0, "RouteAccepted");
    for (condition, reason, message) in [
        (
            json!({"type": "Accepted", "status": "False", "reason": "NotAllowedByListeners", "message": "no"}),
            "NotAllowedByListeners",
            "HTTPRoute hello: no",
        ),
        (
            json!({"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound", "message": "gone"}),
            "BackendNotFound",
            "HTTPRoute hello: gone",
        ),
        (
            json!({"type": "PartiallyInvalid", "status": "True", "reason": "UnsupportedValue", "message": "a rule"}),
            "UnsupportedValue",
            "HTTPRoute hello: a rule",
        ),
    ] {
        assert_eq!(
            told(said(json!([accepted, condition]))),
            (reason.to_owned(), message.to_owned())
        );
    }
}

#[test]
fn addresses_are_urls() {
    let route = json!({"hostnames": ["a.example.com"], "rules": [{"matches": [
        {"path": {"value": "/it's"}}, {"path": {"value": "/b%20c"}}]}]});
    let answer = answer(&function("knative", route), &web(), &[]);
    let addresses: Vec<&str> = answer["status"]["addresses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|address| address["value"].as_str().unwrap())
        .collect();
    assert_eq!(
        addresses,
        [
            "http://a.example.com/it%27s",
            "http://a.example.com/b%20c",
            "http://hello.demo.svc.cluster.local/"
        ]
    );
}

/// Metacontroller merges the matches of a rule by their paths: of two with one path it would lose one.
#[test]
fn matches_of_one_path_are_in_rules_of_their_own() {
    let of =
        |path: &str, method: &str| json!({"path": {"type": "PathPrefix", "value": path}, "method": method});
    let any = |method: &str| json!({"method": method});
    let route = json!({"hostnames": ["a.b"], "rules": [{"name": "all", "matches": [
        of("/a", "GET"), of("/b", "GET"), of("/a", "POST"), any("GET"), any("POST"), of("/a", "PUT"), of("/b", "PUT"),
    ]}]});
    let answer = answer(&function("keda", route), &web(), &[]);
    let rules = child(&answer, "HTTPRoute").unwrap()["spec"]["rules"]
        .as_array()
        .unwrap();
    let matches = |rule: &Value| -> Vec<String> {
        let all = rule["matches"].as_array().unwrap().iter();
        let text =
            |found: &Value, pointer: &str| found.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        all.map(|found| format!("{} {}", text(found, "/method"), text(found, "/path/value")))
            .collect()
    };
    let all: Vec<Vec<String>> = rules.iter().map(matches).collect();
    assert_eq!(
        all,
        [
            vec!["GET /a", "GET /b", "GET /"],
            vec!["POST /a", "POST /", "PUT /b"],
            vec!["PUT /a"]
        ]
    );
    assert_eq!(rules[0]["name"], "all");
    assert!(rules.iter().skip(1).all(|rule| rule.get("name").is_none()));
    assert!(
        rules
            .iter()
            .all(|rule| rule["backendRefs"] == rules[0]["backendRefs"])
    );

    let many: Vec<Value> = (0..6)
        .map(|number| json!({"headers": [{"name": "x", "value": format!("{number}")}]}))
        .collect();
    let answer = self::answer(
        &function(
            "keda",
            json!({"hostnames": ["a.b"], "rules": [{"matches": many}, {"matches": many}, {"matches": many}]}),
        ),
        &web(),
        &[],
    );
    let message = answer["status"]["conditions"][0]["message"].as_str().unwrap();
    assert!(
        message
            .contains("spec.serving.triggers.http.route.rules: Invalid value: 18 rules: matches of one rule"),
        "{message}"
    );
}
