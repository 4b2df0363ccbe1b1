package main

// status is the status of a Function.
type status struct {
	Addresses []address `json:"addresses,omitempty"`
	Build     struct {
		State string `json:"state"`
	} `json:"build"`
	Conditions []condition `json:"conditions"`
	Replicas   *int        `json:"replicas,omitempty"`
	Route      *route      `json:"route,omitempty"`
	Serving    serving     `json:"serving"`
}

type address struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type condition struct {
	LastTransitionTime string `json:"lastTransitionTime"`
	Message            string `json:"message"`
	ObservedGeneration int    `json:"observedGeneration"`
	Reason             string `json:"reason"`
	Status             string `json:"status"`
	Type               string `json:"type"`
}

type route struct {
	Hosts []string `json:"hosts"`
	Paths []path   `json:"paths"`
}

type path struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type serving struct {
	LastSuccessfulResourceRef string `json:"lastSuccessfulResourceRef,omitempty"`
	Message                   string `json:"message"`
	Reason                    string `json:"reason"`
	ResourceRef               string `json:"resourceRef"`
	Service                   string `json:"service"`
	State                     string `json:"state"`
}
