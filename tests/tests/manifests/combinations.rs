//! Components combine, in any order.

use std::thread;

use serde_json::Value;

use crate::kustomize::{EITHER, Kubectl, Objects, names, together};

/// Objects with lists sorted whose order depends on that of the components and means nothing.
fn unordered(objects: &Objects) -> Vec<Value> {
    let mut objects = objects.0.clone();
    for object in &mut objects {
        for list in [
            "/rules",
            "/spec/childResources",
            "/spec/template/spec/containers/0/args",
        ] {
            if let Some(list) = object.pointer_mut(list).and_then(Value::as_array_mut) {
                list.sort_by_key(Value::to_string);
            }
        }
    }
    objects.sort_by_key(|object| format!("{} {}", object["kind"], object["metadata"]["name"]));
    objects
}

#[test]
fn every_component_has_an_overlay_with_it_alone() {
    let Some(kubectl) = Kubectl::find() else { return };
    assert_eq!(names("components"), names("overlays"));
    for (name, overlay) in kubectl.all() {
        if names("components").contains(name) {
            assert_eq!(overlay, &kubectl.combined(&[name]).unwrap(), "{name}");
        }
    }
}

/// What one renders is there with any other, too.
#[test]
fn any_two_components_combine() {
    let Some(kubectl) = Kubectl::find() else { return };
    let names = names("components");
    let mut pairs = Vec::new();
    for (index, one) in names.iter().enumerate() {
        pairs.extend(
            names[index + 1..]
                .iter()
                .map(|other| [one.as_str(), other.as_str()]),
        );
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        while let Some(pair) = pairs.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            let combined = kubectl.combined(pair);
            if *pair == EITHER {
                let error = combined.unwrap_err();
                assert!(error.contains("already registered id: Service"), "{error}");
                continue;
            }
            let combined = combined.unwrap_or_else(|error| panic!("{pair:?}: {error}"));
            let args = combined.args();
            let plugins: Vec<&str> = args
                .iter()
                .filter_map(|arg| arg.strip_prefix("--plugin="))
                .collect();
            for setting in args.iter().filter_map(|arg| arg.strip_prefix("--set=")) {
                let plugin = setting.split('.').next().unwrap();
                let served = plugin == "function"
                    || plugins
                        .iter()
                        .any(|known| known.starts_with(&format!("{plugin}=")));
                assert!(served, "{pair:?}: {setting}");
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
}

#[test]
fn the_order_of_components_means_nothing() {
    let Some(kubectl) = Kubectl::find() else { return };
    let mut components = together();
    let forwards = kubectl.combined(&components).unwrap();
    components.reverse();
    let backwards = kubectl.combined(&components).unwrap();
    assert_eq!(unordered(&forwards), unordered(&backwards));
}

/// A hook that one component brings is reached as another one says.
#[test]
fn tls_reaches_every_hook() {
    let Some(kubectl) = Kubectl::find() else { return };
    let hooks = |objects: &Objects| -> Vec<Value> {
        let hooks = objects
            .controllers()
            .into_iter()
            .flat_map(|controller| controller["spec"]["hooks"].as_object().unwrap().values().cloned());
        hooks.map(|hook| hook["webhook"].clone()).collect()
    };
    for components in [
        ["finalize", "gateway-api", "tls"],
        ["tls", "gateway-api", "finalize"],
    ] {
        let found = hooks(&kubectl.combined(&components).unwrap());
        assert_eq!(found.len(), 4);
        for webhook in &found {
            let url = webhook["url"].as_str().unwrap();
            assert!(url.starts_with("https://metawasm.metawasm.svc:8080/"), "{url}");
            assert_eq!(
                webhook["caBundle"]["secretRef"]["name"], "metawasm-tls",
                "{webhook}"
            );
        }
        let mut urls: Vec<&str> = found.iter().map(|hook| hook["url"].as_str().unwrap()).collect();
        urls.sort_unstable();
        urls.dedup();
        assert_eq!(urls.len(), 4, "{urls:?}");
    }
    let plain = hooks(&kubectl.combined(&["finalize", "gateway-api"]).unwrap());
    for webhook in plain {
        assert!(
            webhook["url"].as_str().unwrap().starts_with("http://"),
            "{webhook}"
        );
        assert_eq!(webhook.get("caBundle"), None);
    }
}
