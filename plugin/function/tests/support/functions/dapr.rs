//! Components, and the triggers, inputs and outputs that name them, in all spellings.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Runtime, any_of, merge, often, one, part, some};

/// Triggers need a binding or a topic; a state store among them is read as one of the states.
const TRIGGERS: fn() -> [Value; 5] = || {
    [
        json!({"name": "kafka"}),
        json!({"name": "orders", "topic": "new", "inputName": "in"}),
        json!({"name": "cron", "type": "bindings.cron"}),
        json!({"name": "elsewhere", "type": "binding.rabbitmq"}),
        json!({"name": "cart", "type": "state.redis"}),
    ]
};

pub(super) fn fragment(runtime: Runtime) -> BoxedStrategy<Value> {
    let [kafka, orders, cron, elsewhere, cart] = TRIGGERS();
    match runtime {
        Runtime::Async => {
            let triggers =
                (any_of(&[kafka, orders, cron, elsewhere]), some(&[cart])).prop_map(|(mut all, more)| {
                    all.as_array_mut()
                        .unwrap()
                        .extend(more.as_array().unwrap().clone());
                    json!({"serving": {"triggers": {"dapr": all}}})
                });
            (triggers, components(), other(false)).prop_map(together).boxed()
        }
        _ => {
            let triggers = some(&TRIGGERS()).prop_map(|all| json!({"serving": {"triggers": {"dapr": all}}}));
            let all = (often(1, triggers), components(), other(true)).prop_map(together);
            often(2, all)
        }
    }
}

fn together((mut one, two, three): (Value, Value, Value)) -> Value {
    merge(&mut one, two);
    merge(&mut one, three);
    one
}

/// All that is named without a type is defined.
fn components() -> impl Strategy<Value = Value> {
    let kafka = one(&[json!("bindings.kafka"), json!("binding.kafka")]);
    let secret = json!({"name": "password", "secretKeyRef": {"name": "redis", "key": "password"}});
    let metadata = some(&[
        json!({"name": "brokers", "value": "kafka:9092"}),
        json!({"name": "maxMessageBytes", "value": 1024}),
        json!({"name": "authRequired", "value": false}),
        secret,
    ]);
    let more = part(&json!({"ignoreErrors": true, "initTimeout": "5s"}));
    (kafka, metadata, more).prop_map(|(kafka, metadata, more)| {
        let mut component = json!({"type": kafka, "version": "v1", "metadata": metadata});
        merge(&mut component, more);
        let plain = |r#type: &str| json!({"type": r#type, "version": "v1", "metadata": []});
        json!({"serving": {
            "bindings": {"kafka": component, "cron": plain("bindings.cron")},
            "pubsub": {"orders": plain("pubsub.redis")},
            "states": {"cart": {"spec": plain("state.redis")}, "shared": {}},
        }})
    })
}

/// Inputs, outputs and the annotations about Dapr.
fn other(is_http: bool) -> impl Strategy<Value = Value> {
    let inputs = some(&[
        json!({"dapr": {"name": "cron"}}),
        json!({"dap": {"name": "orders", "topic": "old"}}),
        json!({"name": "kafka", "type": "binding.kafka"}),
        json!({"dapr": {"name": "cart"}}),
    ]);
    let inputs = (inputs, any::<bool>()).prop_map(move |(inputs, nested)| match nested && is_http {
        true => json!({"serving": {"triggers": {"http": {"inputs": inputs}}}}),
        false => json!({"serving": {"triggers": {"inputs": inputs}}}),
    });
    let outputs = some(&[
        json!({"dapr": {"name": "kafka", "operation": "create", "metadata": {"key": "k"}}}),
        json!({"dapr": {"name": "orders", "topic": "done", "outputName": "out"}}),
        json!({"name": "notify", "component": "cron", "operation": "post", "params": {"a": ""}}),
        json!({"name": "beyond", "type": "bindings.http"}),
    ])
    .prop_map(|outputs| json!({"serving": {"outputs": outputs}}));
    let modes = prop_oneof![
        4 => Just(json!({})),
        2 => Just(json!({"openfunction.io/dapr-service-mode": "sidecar"})),
        1 => Just(json!({"openfunction.io/dapr-service-mode": "standalone"})),
        1 => Just(json!({"openfunction.io/enable-dapr": "false"})),
        1 => Just(json!({"dapr.io/app-protocol": "http"})),
    ]
    .prop_map(|annotations| json!({"serving": {"annotations": annotations}}));
    (often(1, inputs), often(2, outputs), modes).prop_map(together)
}
