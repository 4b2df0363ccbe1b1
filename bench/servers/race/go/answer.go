package main

import (
	"encoding/json"
	"fmt"
)

// answer is an answer of the Function plugin, with types all the way down.
type answer struct {
	Children           []any   `json:"children"`
	ResyncAfterSeconds float64 `json:"resyncAfterSeconds,omitempty"`
	Status             status  `json:"status"`
}

// UnmarshalJSON reads each child as its kind.
func (a *answer) UnmarshalJSON(text []byte) error {
	type plain answer
	var read struct {
		plain
		Children []json.RawMessage `json:"children"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	*a = answer(read.plain)
	for _, child := range read.Children {
		var identity struct{ Kind string }
		if err := json.Unmarshal(child, &identity); err != nil {
			return err
		}
		object, found := kinds[identity.Kind]
		if !found {
			return fmt.Errorf("the answer has a child of the kind %q", identity.Kind)
		}
		typed := object()
		if err := json.Unmarshal(child, typed); err != nil {
			return err
		}
		a.Children = append(a.Children, typed)
	}
	return nil
}

var kinds = map[string]func() any{
	"Component":        func() any { return new(object[componentSpec]) },
	"Deployment":       func() any { return new(object[deploymentSpec]) },
	"HTTPScaledObject": func() any { return new(object[scaledSpec]) },
	"Service":          func() any { return new(object[serviceSpec]) },
}

type object[S any] struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   meta   `json:"metadata"`
	// Scopes are those of a Component.
	Scopes []string `json:"scopes,omitempty"`
	Spec   S        `json:"spec"`
}

type meta struct {
	Annotations map[string]string `json:"annotations,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Name        string            `json:"name,omitempty"`
	Namespace   string            `json:"namespace,omitempty"`
}

type componentSpec struct {
	Metadata []item `json:"metadata"`
	Type     string `json:"type"`
	Version  string `json:"version"`
}

type item struct {
	Name         string `json:"name"`
	SecretKeyRef *key   `json:"secretKeyRef,omitempty"`
	Value        string `json:"value,omitempty"`
}

type key struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

type deploymentSpec struct {
	Replicas *int `json:"replicas,omitempty"`
	Selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	} `json:"selector"`
	Template struct {
		Metadata meta `json:"metadata"`
		Spec     struct {
			Containers []container `json:"containers"`
		} `json:"spec"`
	} `json:"template"`
}

type container struct {
	Env             []env  `json:"env,omitempty"`
	Image           string `json:"image"`
	ImagePullPolicy string `json:"imagePullPolicy,omitempty"`
	Name            string `json:"name"`
	Ports           []port `json:"ports,omitempty"`
}

type env struct {
	Name      string  `json:"name"`
	Value     string  `json:"value,omitempty"`
	ValueFrom *source `json:"valueFrom,omitempty"`
}

type source struct {
	FieldRef     *fieldRef `json:"fieldRef,omitempty"`
	SecretKeyRef *key      `json:"secretKeyRef,omitempty"`
}

type fieldRef struct {
	APIVersion string `json:"apiVersion"`
	FieldPath  string `json:"fieldPath"`
}

type port struct {
	ContainerPort int    `json:"containerPort,omitempty"`
	Name          string `json:"name,omitempty"`
	Port          int    `json:"port,omitempty"`
	Protocol      string `json:"protocol,omitempty"`
	TargetPort    int    `json:"targetPort,omitempty"`
}

type serviceSpec struct {
	ExternalName string            `json:"externalName,omitempty"`
	Ports        []port            `json:"ports"`
	Selector     map[string]string `json:"selector,omitempty"`
	Type         string            `json:"type"`
}

type scaledSpec struct {
	Hosts        []string `json:"hosts"`
	PathPrefixes []string `json:"pathPrefixes"`
	Replicas     struct {
		Max int `json:"max"`
		Min int `json:"min"`
	} `json:"replicas"`
	ScaleTargetRef struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Name       string `json:"name"`
		Port       int    `json:"port"`
		Service    string `json:"service"`
	} `json:"scaleTargetRef"`
	ScaledownPeriod int `json:"scaledownPeriod,omitempty"`
	ScalingMetric   *struct {
		Concurrency struct {
			TargetValue int `json:"targetValue"`
		} `json:"concurrency"`
	} `json:"scalingMetric,omitempty"`
}
