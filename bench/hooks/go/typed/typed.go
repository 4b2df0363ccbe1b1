// Package typed makes of a Function a Deployment, a Service, and a Dapr Component for each of its states; and its status.
package typed

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

const (
	nameLabel    = "app.kubernetes.io/name"
	versionLabel = "app.kubernetes.io/version"
)

// Sync is the hook.
func Sync(request Request) Response {
	function := &request.Parent
	labels := function.labels()
	port := cmp.Or(function.Spec.Serving.Triggers.HTTP.Port, 8080)
	children := []any{function.deployment(labels, port), function.service(labels, port)}
	return Response{
		Status:   function.status(request.Children),
		Children: append(children, function.components(labels)...),
	}
}

func (f *Function) labels() map[string]string {
	labels := maps.Clone(f.Metadata.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[nameLabel] = f.Metadata.Name
	if f.Spec.Version != "" {
		labels[versionLabel] = f.Spec.Version
	}
	return labels
}

func (f *Function) selector() map[string]string {
	return map[string]string{nameLabel: f.Metadata.Name}
}

func (f *Function) deployment(labels map[string]string, port int) Object[DeploymentSpec] {
	serving := &f.Spec.Serving
	var container Container
	if containers := serving.Template.Containers; len(containers) > 0 {
		container = containers[0]
	}
	container.Name = cmp.Or(container.Name, "function")
	container.Image = f.Spec.Image
	container.ImagePullPolicy = cmp.Or(container.ImagePullPolicy, "IfNotPresent")
	container.Ports = []Port{{Name: "http", ContainerPort: port}}
	container.Env = append(
		slices.Clone(container.Env),
		Env{Name: "FUNCTION_NAME", Value: f.Metadata.Name},
		Env{Name: "PORT", Value: strconv.Itoa(port)},
	)
	least, most := 1, 10
	if replicas := serving.ScaleOptions.MinReplicas; replicas != nil {
		least = *replicas
	}
	if replicas := serving.ScaleOptions.MaxReplicas; replicas != nil {
		most = *replicas
	}
	var spec DeploymentSpec
	spec.Replicas = max(1, min(least, most))
	spec.Selector.MatchLabels = f.selector()
	spec.Template.Metadata.Labels = labels
	spec.Template.Spec.Containers = []Container{container}
	return Object[DeploymentSpec]{"apps/v1", "Deployment", Meta{f.Metadata.Name, labels}, spec}
}

func (f *Function) service(labels map[string]string, port int) Object[ServiceSpec] {
	spec := ServiceSpec{f.selector(), []Port{{Name: "http", Port: 80, TargetPort: port}}}
	return Object[ServiceSpec]{"v1", "Service", Meta{f.Metadata.Name, labels}, spec}
}

func (f *Function) components(labels map[string]string) []any {
	var components []any
	for _, name := range slices.Sorted(maps.Keys(f.Spec.Serving.States)) {
		meta := Meta{f.Metadata.Name + "-" + name, labels}
		spec := f.Spec.Serving.States[name].Spec
		components = append(components, Object[ComponentSpec]{"dapr.io/v1alpha1", "Component", meta, spec})
	}
	return components
}

func (f *Function) status(children Groups) Status {
	status := Status{ObservedGeneration: f.Metadata.Generation, State: "Pending"}
	for _, group := range children {
		for _, child := range group {
			if child.Metadata.DeletionTimestamp == "" {
				status.Children++
			}
		}
	}
	deployment, found := children["Deployment.apps/v1"][f.Metadata.Namespace+"/"+f.Metadata.Name]
	if found {
		status.State = "Starting"
	}
	status.ReadyReplicas = deployment.Status.ReadyReplicas
	for _, condition := range deployment.Status.Conditions {
		if condition.Type == "Available" && condition.Status == "True" {
			status.State = "Running"
		}
	}
	return status
}
