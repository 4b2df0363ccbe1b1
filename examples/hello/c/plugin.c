/* The hello hook in C: see examples/hello/README.md. */

#include "../../../sdk/c/metawasm.h"

static const char *describe(void) {
    return mw_json(
        "{'name': 'hello', 'version': '0.1.0',"
        " 'parent': {'apiVersion': 'example.com/v1', 'kind': 'Hello', 'resource': 'hellos'},"
        " 'children': ["
        "  {'apiVersion': 'v1', 'kind': 'ConfigMap', 'resource': 'configmaps'},"
        "  {'apiVersion': 'apps/v1', 'kind': 'Deployment', 'resource': 'deployments'}],"
        " 'settings': {'type': 'object', 'additionalProperties': false,"
        "  'properties': {'greeting': {'type': 'string', 'default': 'Hello'}}}}");
}

static const char *sync(const mw_value *request, const mw_value *settings) {
    const mw_value *parent = mw_get(request, "parent");
    const char *name = mw_string(mw_at(parent, "metadata", "name"), "");

    const char *who = mw_string(mw_at(parent, "spec", "who"), "");
    if (!*who) return mw_invalid("spec.who: expected a string that is not empty");
    const mw_value *wanted = mw_at(parent, "spec", "replicas");
    int64_t replicas = 1;
    if (wanted->type != MW_ABSENT && (!mw_integer(wanted, &replicas) || replicas < 0 || replicas > 100))
        return mw_invalid("spec.replicas: expected an integer from 0 to 100");

    const mw_value *children = mw_get(request, "children");
    if (mw_at(mw_object(children, "ConfigMap.v1", name), "metadata", "deletionTimestamp")->type != MW_ABSENT)
        return mw_retry_later(5, mw_format("ConfigMap %s is being deleted", name));

    mw_log(MW_INFO, "%s: %l replicas greet %s", name, replicas, who);

    const char *greeting = mw_format("%s, %s!", mw_string(mw_get(settings, "greeting"), "Hello"), who);
    const char *config_map = mw_json(
        "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': %s, 'labels': {'app': %s}},"
        " 'data': {'greeting': %s}}",
        name, name, greeting);
    const char *deployment = mw_json(
        "{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': %s, 'labels': {'app': %s}},"
        " 'spec': {'replicas': %l, 'selector': {'matchLabels': {'app': %s}},"
        "  'template': {'metadata': {'labels': {'app': %s}},"
        "   'spec': {'containers': [{'name': 'hello', 'image': 'registry.k8s.io/pause:3.10', 'env': ["
        "    {'name': 'GREETING', 'valueFrom': {'configMapKeyRef': {'name': %s, 'key': 'greeting'}}}]}]}}}}",
        name, name, replicas, name, name, name);

    int64_t ready = 0;
    mw_integer(mw_at(mw_object(children, "Deployment.apps/v1", name), "status", "readyReplicas"), &ready);
    bool done = ready >= replicas;
    return mw_json(
        "{'status': {'readyReplicas': %l, 'conditions': [{'type': 'Ready', 'status': %s, 'reason': %s, 'message': %s,"
        " 'observedGeneration': %v}]},"
        " 'children': [%r, %r]}",
        ready, done ? "True" : "False", done ? "Ready" : "Waiting",
        mw_format("%l of %l replicas are ready", ready, replicas), mw_at(parent, "metadata", "generation"),
        config_map, deployment);
}

MW_DESCRIBE(describe)
MW_HOOK(sync, sync)
