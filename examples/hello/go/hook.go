// Command hello is the plugin of examples/hello/README.md in Go.
package main

import (
	"fmt"

	"metawasm"
)

func init() {
	metawasm.Describe(metawasm.Description{
		Name:    "hello",
		Version: "0.1.0",
		Parent:  metawasm.Kind{APIVersion: "example.com/v1", Kind: "Hello", Resource: "hellos"},
		Children: []metawasm.Child{
			{Kind: metawasm.Kind{APIVersion: "v1", Kind: "ConfigMap", Resource: "configmaps"}},
			{Kind: metawasm.Kind{APIVersion: "apps/v1", Kind: "Deployment", Resource: "deployments"}},
		},
		Settings: object{
			"type":                 "object",
			"additionalProperties": false,
			"properties":           object{"greeting": object{"type": "string", "default": "Hello"}},
		},
	})
	metawasm.Sync(sync)
}

func main() {}

type object = map[string]any

// Settings of the plugin.
type Settings struct {
	Greeting *string `json:"greeting"`
}

// Hello has the fields of the parent that the hook reads.
type Hello struct {
	Metadata struct {
		Name       string `json:"name"`
		Generation int64  `json:"generation"`
	} `json:"metadata"`
	// The hook checks these two itself, so that they may have any type.
	Spec struct {
		Who      any `json:"who"`
		Replicas any `json:"replicas"`
	} `json:"spec"`
}

func sync(request metawasm.Request, settings Settings) (metawasm.Response, error) {
	var answer metawasm.Response
	var hello Hello
	if err := metawasm.Into(request.Parent, &hello); err != nil {
		return answer, err
	}
	name := hello.Metadata.Name
	who, _ := hello.Spec.Who.(string)
	if who == "" {
		return answer, metawasm.Invalid("spec.who: expected a string that is not empty")
	}
	replicas := 1.0
	if hello.Spec.Replicas != nil {
		number, isNumber := hello.Spec.Replicas.(float64)
		if !isNumber || number < 0 || number > 100 || number != float64(int(number)) {
			return answer, metawasm.Invalid("spec.replicas: expected an integer from 0 to 100")
		}
		replicas = number
	}
	var configMap struct {
		Metadata struct {
			DeletionTimestamp string `json:"deletionTimestamp"`
		} `json:"metadata"`
	}
	if err := metawasm.Into(request.Children.Get("ConfigMap.v1", name), &configMap); err != nil {
		return answer, err
	}
	if configMap.Metadata.DeletionTimestamp != "" {
		return answer, metawasm.RetryLater(5, "ConfigMap %s is being deleted", name)
	}
	var deployment struct {
		Status struct {
			ReadyReplicas int `json:"readyReplicas"`
		} `json:"status"`
	}
	if err := metawasm.Into(request.Children.Get("Deployment.apps/v1", name), &deployment); err != nil {
		return answer, err
	}
	greeting := "Hello"
	if settings.Greeting != nil {
		greeting = *settings.Greeting
	}
	metawasm.Infof("%s: %v replicas greet %s", name, replicas, who)
	answer.Children = children(name, greeting+", "+who+"!", replicas)
	answer.Status = status(deployment.Status.ReadyReplicas, int(replicas), hello.Metadata.Generation)
	return answer, nil
}

func children(name, greeting string, replicas float64) []any {
	labels := object{"app": name}
	configMap := object{
		"apiVersion": "v1",
		"kind":       "ConfigMap",
		"metadata":   object{"name": name, "labels": labels},
		"data":       object{"greeting": greeting},
	}
	container := object{
		"name":  "hello",
		"image": "registry.k8s.io/pause:3.10",
		"env": []any{object{
			"name":      "GREETING",
			"valueFrom": object{"configMapKeyRef": object{"name": name, "key": "greeting"}},
		}},
	}
	deployment := object{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   object{"name": name, "labels": labels},
		"spec": object{
			"replicas": replicas,
			"selector": object{"matchLabels": labels},
			"template": object{
				"metadata": object{"labels": labels},
				"spec":     object{"containers": []any{container}},
			},
		},
	}
	return []any{configMap, deployment}
}

func status(ready, wanted int, generation int64) any {
	condition := object{
		"type":               "Ready",
		"status":             "False",
		"reason":             "Waiting",
		"message":            fmt.Sprintf("%d of %d replicas are ready", ready, wanted),
		"observedGeneration": generation,
	}
	if ready >= wanted {
		condition["status"], condition["reason"] = "True", "Ready"
	}
	return object{"readyReplicas": ready, "conditions": []any{condition}}
}
