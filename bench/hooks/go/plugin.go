// Command workload is the hook of the package typed as a plugin.
package main

import (
	"metawasm"
	"workload/typed"
)

func init() {
	metawasm.Describe(metawasm.Description{
		Name:    "workload",
		Version: "0.1.0",
		Parent:  metawasm.Kind{APIVersion: "core.openfunction.io/v1beta2", Kind: "Function", Resource: "functions"},
		Children: []metawasm.Child{
			{Kind: metawasm.Kind{APIVersion: "apps/v1", Kind: "Deployment", Resource: "deployments"}},
			{Kind: metawasm.Kind{APIVersion: "v1", Kind: "Service", Resource: "services"}},
			{Kind: metawasm.Kind{APIVersion: "dapr.io/v1alpha1", Kind: "Component", Resource: "components"}},
		},
	})
	metawasm.Sync(sync)
}

func main() {}

// settings of the plugin: it has none.
type settings struct{}

func sync(request metawasm.Request, _ settings) (metawasm.Response, error) {
	var function typed.Function
	if err := metawasm.Into(request.Parent, &function); err != nil {
		return metawasm.Response{}, err
	}
	children := typed.Groups{}
	for kind, objects := range request.Children {
		group := make(map[string]typed.Observed, len(objects))
		for name, object := range objects {
			var observed typed.Observed
			if err := metawasm.Into(object, &observed); err != nil {
				return metawasm.Response{}, err
			}
			group[name] = observed
		}
		children[kind] = group
	}
	response := typed.Sync(typed.Request{Parent: function, Children: children})
	return metawasm.Response{Status: response.Status, Children: response.Children}, nil
}
