// Package untyped makes the same answer as the package typed, with maps alone.
package untyped

import (
	"maps"
	"slices"
	"strconv"
)

type object = map[string]any

// Sync is the hook.
func Sync(request map[string]any) map[string]any {
	parent, children := field(request, "parent"), field(request, "children")
	metadata, spec := field(parent, "metadata"), field(parent, "spec")
	name, _ := metadata["name"].(string)
	serving := field(spec, "serving")
	labels := makeLabels(name, metadata, spec)
	port, isSet := field(serving, "triggers", "http")["port"].(float64)
	if !isSet {
		port = 8080
	}
	all := []any{makeDeployment(name, spec, labels, port), makeService(name, labels, port)}
	return object{
		"status":   makeStatus(name, metadata, children),
		"children": append(all, makeComponents(name, serving, labels)...),
	}
}

// field returns the object at a path, or an empty one.
func field(value object, path ...string) object {
	for _, name := range path {
		value, _ = value[name].(object)
	}
	return value
}

func or(value, other any) any {
	if value == nil {
		return other
	}
	return value
}

func makeLabels(name string, metadata, spec object) object {
	labels := object{}
	maps.Copy(labels, field(metadata, "labels"))
	labels["app.kubernetes.io/name"] = name
	if version, _ := spec["version"].(string); version != "" {
		labels["app.kubernetes.io/version"] = version
	}
	return labels
}

func makeDeployment(name string, spec, labels object, port float64) object {
	serving := field(spec, "serving")
	var container object
	if containers, _ := field(serving, "template")["containers"].([]any); len(containers) > 0 {
		container, _ = containers[0].(object)
	}
	env, _ := container["env"].([]any)
	env = append(
		slices.Clone(env),
		object{"name": "FUNCTION_NAME", "value": name},
		object{"name": "PORT", "value": strconv.Itoa(int(port))},
	)
	scale := field(serving, "scaleOptions")
	least, _ := or(scale["minReplicas"], 1.0).(float64)
	most, _ := or(scale["maxReplicas"], 10.0).(float64)
	return object{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   object{"name": name, "labels": labels},
		"spec": object{
			"replicas": max(1, min(least, most)),
			"selector": object{"matchLabels": object{"app.kubernetes.io/name": name}},
			"template": object{
				"metadata": object{"labels": labels},
				"spec": object{"containers": []any{object{
					"name":            or(container["name"], "function"),
					"image":           spec["image"],
					"imagePullPolicy": or(container["imagePullPolicy"], "IfNotPresent"),
					"ports":           []any{object{"name": "http", "containerPort": port}},
					"env":             env,
				}}},
			},
		},
	}
}

func makeService(name string, labels object, port float64) object {
	return object{
		"apiVersion": "v1",
		"kind":       "Service",
		"metadata":   object{"name": name, "labels": labels},
		"spec": object{
			"selector": object{"app.kubernetes.io/name": name},
			"ports":    []any{object{"name": "http", "port": 80, "targetPort": port}},
		},
	}
}

func makeComponents(name string, serving, labels object) []any {
	states := field(serving, "states")
	var components []any
	for _, state := range slices.Sorted(maps.Keys(states)) {
		components = append(components, object{
			"apiVersion": "dapr.io/v1alpha1",
			"kind":       "Component",
			"metadata":   object{"name": name + "-" + state, "labels": labels},
			"spec":       field(states, state)["spec"],
		})
	}
	return components
}

func makeStatus(name string, metadata, children object) object {
	count := 0
	for kind := range children {
		group := field(children, kind)
		for key := range group {
			if field(group, key, "metadata")["deletionTimestamp"] == nil {
				count++
			}
		}
	}
	namespace, _ := metadata["namespace"].(string)
	state := "Pending"
	deployment := field(children, "Deployment.apps/v1", namespace+"/"+name)
	if deployment != nil {
		state = "Starting"
	}
	conditions, _ := field(deployment, "status")["conditions"].([]any)
	for _, each := range conditions {
		condition, _ := each.(object)
		if condition["type"] == "Available" && condition["status"] == "True" {
			state = "Running"
		}
	}
	return object{
		"observedGeneration": metadata["generation"],
		"children":           count,
		"readyReplicas":      or(field(deployment, "status")["readyReplicas"], 0),
		"state":              state,
	}
}
