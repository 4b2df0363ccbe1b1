// The hook of {{Kind}}: a ConfigMap with a web page, and a Deployment that serves it.
//
// It is a pure function: the request contains everything that it may read, and the answer is everything that it does.
package main

import (
	_ "embed"
	"fmt"

	"metawasm"
)

//go:embed crd.yaml
var crd string

func init() {
	metawasm.Describe(metawasm.Description{
		Name:    "{{name}}",
		Version: "0.1.0",
		Parent:  metawasm.Kind{APIVersion: "{{group}}/v1", Kind: "{{Kind}}", Resource: "{{resource}}"},
		Children: []metawasm.Child{
			{Kind: metawasm.Kind{APIVersion: "v1", Kind: "ConfigMap", Resource: "configmaps"}},
			{Kind: metawasm.Kind{APIVersion: "apps/v1", Kind: "Deployment", Resource: "deployments"}},
		},
		Settings: object{
			"type":                 "object",
			"additionalProperties": false,
			"properties": object{
				"image": object{"type": "string", "default": defaultImage, "description": "Image of the web server."},
			},
		},
		CRD: crd,
	})
	metawasm.Sync(sync)
}

func main() {}

type object = map[string]any

const defaultImage = "nginx:1.29-alpine"

// Settings of the plugin.
type Settings struct {
	Image string `json:"image"`
}

// Parent has the fields of a {{Kind}} that this plugin reads.
type Parent struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Message  *string `json:"message"`
		Replicas *uint32 `json:"replicas"`
	} `json:"spec"`
}

// Deployment has the fields of the observed Deployment that this plugin reads.
type Deployment struct {
	Status struct {
		ReadyReplicas uint32 `json:"readyReplicas"`
	} `json:"status"`
}

// sync returns the children that should exist, and the status of the parent.
func sync(request metawasm.Request, settings Settings) (metawasm.Response, error) {
	var parent Parent
	if err := metawasm.Into(request.Parent, &parent); err != nil {
		return metawasm.Response{}, err
	}
	// The text becomes an Event of the parent.
	if parent.Spec.Message == nil {
		return metawasm.Response{}, metawasm.Invalid("spec.message: required")
	}
	if *parent.Spec.Message == "" {
		metawasm.Warnf("spec.message is empty; the page is blank")
	}
	var deployment Deployment
	if err := metawasm.Into(request.Children.Get("Deployment.apps/v1", parent.Metadata.Name), &deployment); err != nil {
		return metawasm.Response{}, err
	}
	replicas := uint32(1)
	if parent.Spec.Replicas != nil {
		replicas = *parent.Spec.Replicas
	}
	image := settings.Image
	if image == "" {
		image = defaultImage
	}
	return metawasm.Response{
		Status:   status(deployment.Status.ReadyReplicas, replicas),
		Children: children(parent.Metadata.Name, *parent.Spec.Message, image, replicas),
	}, nil
}

func children(name, message, image string, replicas uint32) []any {
	labels := object{"app": name}
	configMap := object{
		"apiVersion": "v1",
		"kind":       "ConfigMap",
		"metadata":   object{"name": name},
		"data":       object{"index.html": fmt.Sprintf("<h1>%s</h1>\n", message)},
	}
	web := object{
		"name":         "web",
		"image":        image,
		"ports":        []any{object{"containerPort": 80}},
		"volumeMounts": []any{object{"name": "page", "mountPath": "/usr/share/nginx/html"}},
	}
	deployment := object{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   object{"name": name},
		"spec": object{
			"replicas": replicas,
			"selector": object{"matchLabels": labels},
			"template": object{
				"metadata": object{"labels": labels},
				"spec": object{
					"containers": []any{web},
					"volumes":    []any{object{"name": "page", "configMap": object{"name": name}}},
				},
			},
		},
	}
	return []any{configMap, deployment}
}

func status(ready, wanted uint32) any {
	condition := object{
		"type":    "Ready",
		"status":  "False",
		"reason":  "Waiting",
		"message": fmt.Sprintf("%d of %d replicas are ready", ready, wanted),
	}
	if ready >= wanted {
		condition["status"], condition["reason"] = "True", "Ready"
	}
	return object{"readyReplicas": ready, "conditions": []any{condition}}
}
