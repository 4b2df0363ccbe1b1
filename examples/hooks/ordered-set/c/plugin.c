/*
 * Pods with fixed names and volumes, made and removed in order.
 *
 * Pod N is only made when the Pods before it are ready, and only removed when those after it are gone. The finalize
 * hook (the same function) removes the Pods in that order as well; the volumes stay until the end.
 */

#include "../../../../sdk/c/metawasm.h"

static const char *describe(void) {
    return mw_json(
        "{'name': 'ordered-set', 'version': '0.1.0',"
        " 'parent': {'apiVersion': 'example.com/v1', 'kind': 'OrderedSet', 'resource': 'orderedsets'},"
        " 'children': ["
        "  {'apiVersion': 'v1', 'kind': 'Pod', 'resource': 'pods', 'updateStrategy': 'Recreate'},"
        "  {'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', 'resource': 'persistentvolumeclaims',"
        "   'updateStrategy': 'OnDelete'}]}");
}

/* Returns the index of a Pod of the set, or -1. */
static int64_t ordinal(const char *set, const char *pod) {
    while (*set && *set == *pod) set++, pod++;
    if (*set || *pod++ != '-' || !*pod) return -1;
    int64_t index = 0;
    for (; *pod; pod++) {
        if (*pod < '0' || *pod > '9' || index > 99999999) return -1;
        index = index * 10 + (*pod - '0');
    }
    return index;
}

static bool is_ready(const mw_value *pod) {
    if (mw_at(pod, "metadata", "deletionTimestamp")->type != MW_ABSENT) return false;
    for mw_each(condition, mw_at(pod, "status", "conditions")) {
        bool ready = mw_equal(mw_string(mw_get(condition, "type"), ""), "Ready");
        if (ready && mw_equal(mw_string(mw_get(condition, "status"), ""), "True")) return true;
    }
    return false;
}

/* A sorted list of indexes. */
typedef struct { int64_t *items; size_t size; } indexes;

static bool has(const indexes *all, int64_t index) {
    for (size_t i = 0; i < all->size; i++)
        if (all->items[i] == index) return true;
    return false;
}

static void insert(indexes *all, int64_t index) {
    size_t place = all->size++;
    for (; place > 0 && all->items[place - 1] > index; place--) all->items[place] = all->items[place - 1];
    all->items[place] = index;
}

/* Returns the indexes of the Pods of the set, with room for one more. */
static indexes ordinals(const char *set, const mw_value *pods) {
    size_t room = 1;
    for mw_each(pod, pods) room++;
    indexes all = {mw_alloc(room * sizeof(int64_t)), 0};
    for mw_each(pod, pods) {
        int64_t index = ordinal(set, pod->key);
        if (index >= 0) insert(&all, index);
    }
    return all;
}

/* Adds JSON to a list. */
static void add(mw_text *list, const char *json) {
    if (list->size) mw_add(list, ",", 1);
    mw_add(list, json, strlen(json));
}

/* Returns the members of an object, each after a comma, but for three. */
static const char *others(const mw_value *object, const char *first, const char *second, const char *third) {
    mw_text text = {0, 0, 0};
    mw_add(&text, "", 0);
    for mw_each(member, object) {
        const char *key = member->key;
        if (mw_equal(key, first) || mw_equal(key, second) || mw_equal(key, third)) continue;
        const char *json = mw_json(",%s:%v", key, member);
        mw_add(&text, json, strlen(json));
    }
    return text.start;
}

static const char *volume_name(const mw_value *volume) { return mw_string(mw_at(volume, "metadata", "name"), ""); }

static const char *make_pod(const mw_value *spec, const char *name) {
    const mw_value *metadata = mw_at(spec, "template", "metadata"), *inner = mw_at(spec, "template", "spec");
    mw_text volumes = {0, 0, 0};
    mw_add(&volumes, "", 0);
    for mw_each(volume, mw_get(inner, "volumes")) add(&volumes, mw_json("%v", volume));
    for mw_each(volume, mw_get(spec, "volumes")) {
        const char *volume_is = volume_name(volume);
        add(&volumes, mw_json("{'name':%s,'persistentVolumeClaim':{'claimName':%s}}", volume_is,
                              mw_format("%s-%s", volume_is, name)));
    }
    return mw_json("{'apiVersion':'v1','kind':'Pod','metadata':{'name':%s%r},"
                   "'spec':{'hostname':%s,'subdomain':%v,'volumes':[%r]%r}}",
                   name, others(metadata, "name", "", ""), name, mw_get(spec, "serviceName"), volumes.start,
                   others(inner, "hostname", "subdomain", "volumes"));
}

static const char *make_claim(const mw_value *spec, const mw_value *volume, const char *name) {
    const mw_value *labels = mw_at(spec, "template", "metadata", "labels");
    return mw_json("{'apiVersion':'v1','kind':'PersistentVolumeClaim','metadata':{'name':%s%r},'spec':%v}", name,
                   labels->type == MW_ABSENT ? "" : mw_json(",'labels':%v", labels), mw_get(volume, "spec"));
}

static const char *sync(const mw_value *request, const mw_value *settings) {
    (void)settings;
    const mw_value *parent = mw_get(request, "parent"), *spec = mw_get(parent, "spec");
    const char *set = mw_string(mw_at(parent, "metadata", "name"), "");
    bool finalizing = mw_get(request, "finalizing")->type == MW_TRUE;
    int64_t goal = 0;
    if (!finalizing && (!mw_integer(mw_get(spec, "replicas"), &goal) || goal < 0))
        return mw_invalid("spec.replicas: expected an integer of 0 or more");

    const mw_value *pods = mw_at(request, "children", "Pod.v1");
    indexes kept = ordinals(set, pods);
    int64_t present = (int64_t)kept.size, ready = 0, missing = 0;
    while (ready < goal && is_ready(mw_get(pods, mw_format("%s-%l", set, ready)))) ready++;
    const char *status = mw_json("{'replicas':%l,'readyReplicas':%l}", present, ready);
    if (finalizing && present == 0) return mw_json("{'status':%r,'children':[],'finalized':true}", status);

    /* All Pods that exist stay, but for one: the next to make, or the last to remove. */
    while (missing < goal && has(&kept, missing)) missing++;
    if (missing < goal && missing <= ready) insert(&kept, missing);
    else if (kept.size > 0 && kept.items[kept.size - 1] >= goal) kept.size--;

    mw_text children = {0, 0, 0}, claims = {0, 0, 0};
    mw_add(&children, "", 0);
    mw_add(&claims, "", 0);
    size_t volumes = 0, wanted = 0;
    for mw_each(volume, mw_get(spec, "volumes")) volumes++;
    const char **names = mw_alloc(kept.size * volumes * sizeof *names);
    for (size_t i = 0; i < kept.size; i++) {
        const char *pod = mw_format("%s-%l", set, kept.items[i]);
        add(&children, make_pod(spec, pod));
        for mw_each(volume, mw_get(spec, "volumes")) {
            names[wanted] = mw_format("%s-%s", volume_name(volume), pod);
            add(&claims, make_claim(spec, volume, names[wanted++]));
        }
    }
    if (wanted) add(&children, claims.start);
    for mw_each(claim, mw_at(request, "children", "PersistentVolumeClaim.v1")) {
        const char *name = mw_string(mw_at(claim, "metadata", "name"), "");
        bool found = false;
        for (size_t i = 0; i < wanted && !found; i++) found = mw_equal(names[i], name);
        if (!found)
            add(&children, mw_json("{'apiVersion':%v,'kind':%v,'metadata':{'name':%s}}", mw_get(claim, "apiVersion"),
                                   mw_get(claim, "kind"), name));
    }
    return mw_json("{'status':%r,'children':[%r]%r}", status, children.start,
                   finalizing ? ",\"finalized\":false" : "");
}

MW_DESCRIBE(describe)
MW_HOOK(sync, sync)
MW_HOOK(finalize, sync)
