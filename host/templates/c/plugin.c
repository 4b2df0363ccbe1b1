/*
 * The hook of {{Kind}}: a ConfigMap with a web page, and a Deployment that serves it.
 *
 * It is a pure function: the request contains everything that it may read, and the answer is everything that it does.
 */

#include "metawasm.h"

/* The default of the setting `image`. */
#define IMAGE "nginx:1.29-alpine"

/* Returns what the host needs to know about this plugin. */
static const char *describe(void) {
    return mw_json(
        "{'name': '{{name}}', 'version': '0.1.0',"
        " 'parent': {'apiVersion': '{{group}}/v1', 'kind': '{{Kind}}', 'resource': '{{resource}}'},"
        " 'children': ["
        "  {'apiVersion': 'v1', 'kind': 'ConfigMap', 'resource': 'configmaps'},"
        "  {'apiVersion': 'apps/v1', 'kind': 'Deployment', 'resource': 'deployments'}],"
        " 'settings': {'type': 'object', 'additionalProperties': false, 'properties': {"
        "  'image': {'type': 'string', 'default': %s, 'description': 'Image of the web server.'}}}}",
        IMAGE);
}

/* Returns the children that should exist, and the status of the parent. */
static const char *sync(const mw_value *request, const mw_value *settings) {
    const mw_value *spec = mw_at(request, "parent", "spec");
    const char *name = mw_string(mw_at(request, "parent", "metadata", "name"), "");

    /* The text becomes an Event of the parent. */
    if (mw_get(spec, "message")->type != MW_STRING) return mw_invalid("spec.message: expected a string");
    const char *message = mw_string(mw_get(spec, "message"), "");
    int64_t replicas = 1;
    if (mw_get(spec, "replicas")->type != MW_ABSENT && !mw_integer(mw_get(spec, "replicas"), &replicas))
        return mw_invalid("spec.replicas: expected an integer");
    if (!*message) mw_log(MW_WARN, "spec.message is empty; the page is blank");

    const char *config_map = mw_json(
        "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': %s}, 'data': {'index.html': %s}}",
        name, mw_format("<h1>%s</h1>\n", message));
    const char *deployment = mw_json(
        "{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': %s},"
        " 'spec': {'replicas': %l, 'selector': {'matchLabels': {'app': %s}},"
        "  'template': {'metadata': {'labels': {'app': %s}}, 'spec': {"
        "   'containers': [{'name': 'web', 'image': %s, 'ports': [{'containerPort': 80}],"
        "    'volumeMounts': [{'name': 'page', 'mountPath': '/usr/share/nginx/html'}]}],"
        "   'volumes': [{'name': 'page', 'configMap': {'name': %s}}]}}}}",
        name, replicas, name, name, mw_string(mw_get(settings, "image"), IMAGE), name);

    /* Observed children: by kind, then by name. */
    int64_t ready = 0;
    const mw_value *observed = mw_object(mw_get(request, "children"), "Deployment.apps/v1", name);
    mw_integer(mw_at(observed, "status", "readyReplicas"), &ready);
    bool done = ready >= replicas;
    return mw_json(
        "{'status': {'readyReplicas': %l, 'conditions': [{'type': 'Ready', 'status': %s, 'reason': %s, 'message': %s}]},"
        " 'children': [%r, %r]}",
        ready, done ? "True" : "False", done ? "Ready" : "Waiting",
        mw_format("%l of %l replicas are ready", ready, replicas), config_map, deployment);
}

MW_DESCRIBE(describe)
MW_HOOK(sync, sync)
