package typed

import "encoding/json"

// Request has what the hook reads of Metacontroller's request.
type Request struct {
	Parent   Function `json:"parent"`
	Children Groups   `json:"children"`
}

// Groups has the observed children of each kind by their name.
type Groups map[string]map[string]Observed

// Function is the parent.
type Function struct {
	Metadata struct {
		Name       string            `json:"name"`
		Namespace  string            `json:"namespace"`
		Generation int64             `json:"generation"`
		Labels     map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		Image   string  `json:"image"`
		Version string  `json:"version"`
		Serving Serving `json:"serving"`
	} `json:"spec"`
}

// Serving is how a Function is served.
type Serving struct {
	Template struct {
		Containers []Container `json:"containers"`
	} `json:"template"`
	ScaleOptions struct {
		MinReplicas *int `json:"minReplicas"`
		MaxReplicas *int `json:"maxReplicas"`
	} `json:"scaleOptions"`
	Triggers struct {
		HTTP struct {
			Port int `json:"port"`
		} `json:"http"`
	} `json:"triggers"`
	States map[string]struct {
		Spec ComponentSpec `json:"spec"`
	} `json:"states"`
}

// Observed is a child as the API server has it.
type Observed struct {
	Metadata struct {
		DeletionTimestamp string `json:"deletionTimestamp"`
	} `json:"metadata"`
	Status struct {
		ReadyReplicas int `json:"readyReplicas"`
		Conditions    []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

// Response is what the hook answers.
type Response struct {
	Status   Status `json:"status"`
	Children []any  `json:"children"`
}

// Status of the Function.
type Status struct {
	ObservedGeneration int64  `json:"observedGeneration"`
	Children           int    `json:"children"`
	ReadyReplicas      int    `json:"readyReplicas"`
	State              string `json:"state"`
}

// Object is a child that should exist.
type Object[S any] struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   Meta   `json:"metadata"`
	Spec       S      `json:"spec"`
}

// Meta is the metadata of a child or of a Pod.
type Meta struct {
	Name   string            `json:"name,omitempty"`
	Labels map[string]string `json:"labels"`
}

// DeploymentSpec is the spec of a Deployment.
type DeploymentSpec struct {
	Replicas int `json:"replicas"`
	Selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	} `json:"selector"`
	Template struct {
		Metadata Meta `json:"metadata"`
		Spec     struct {
			Containers []Container `json:"containers"`
		} `json:"spec"`
	} `json:"template"`
}

// Container is a container of a Pod.
type Container struct {
	Name            string `json:"name"`
	Image           string `json:"image"`
	ImagePullPolicy string `json:"imagePullPolicy"`
	Ports           []Port `json:"ports"`
	Env             []Env  `json:"env"`
}

// Port is a port of a container or of a Service.
type Port struct {
	Name          string `json:"name"`
	ContainerPort int    `json:"containerPort,omitempty"`
	Port          int    `json:"port,omitempty"`
	TargetPort    int    `json:"targetPort,omitempty"`
}

// Env is an environment variable. Its source is passed on as it is.
type Env struct {
	Name      string          `json:"name"`
	Value     string          `json:"value,omitempty"`
	ValueFrom json.RawMessage `json:"valueFrom,omitempty"`
}

// ServiceSpec is the spec of a Service.
type ServiceSpec struct {
	Selector map[string]string `json:"selector"`
	Ports    []Port            `json:"ports"`
}

// ComponentSpec is the spec of a Dapr Component. Its items are passed on as they are.
type ComponentSpec struct {
	Type     string            `json:"type"`
	Version  string            `json:"version"`
	Metadata []json.RawMessage `json:"metadata"`
}
