package metawasm

import "encoding/json"

// Description says what the host needs to know about the plugin. See wit/hook.wit for each field.
type Description struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Controller is "composite" (default) or "decorator".
	Controller string  `json:"controller,omitempty"`
	Parent     Kind    `json:"parent"`
	Children   []Child `json:"children"`
	// Settings is the JSON Schema of the settings. Default: no settings.
	Settings any `json:"settings,omitempty"`
	// View has the fields of requests that the plugin reads. Default: nearly all.
	View *View `json:"view,omitempty"`
	// CRD of the parent, as YAML.
	CRD string `json:"crd,omitempty"`
	// SelfTest is run before a version of the plugin serves.
	SelfTest []SelfTest `json:"selfTest,omitempty"`
}

// Kind is a kind of objects. Resource is the lower-case plural.
type Kind struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Resource   string `json:"resource"`
	// Scope is "Namespaced" (default) or "Cluster".
	Scope string `json:"scope,omitempty"`
}

// Child is a kind of children.
type Child struct {
	Kind
	// UpdateStrategy is Metacontroller's method, InPlace by default.
	UpdateStrategy string `json:"updateStrategy,omitempty"`
	Optional       bool   `json:"optional,omitempty"`
}

// View has the JSON pointers of fields, either those to keep or those to drop.
type View struct {
	Keep []string `json:"keep,omitempty"`
	Drop []string `json:"drop,omitempty"`
}

// SelfTest is a request that a hook has to answer.
type SelfTest struct {
	Name    string `json:"name"`
	Hook    Hook   `json:"hook,omitempty"`
	Request any    `json:"request"`
}

var description Description

// Describe sets the description. Call it in a function init of package main.
func Describe(d Description) {
	if d.Children == nil {
		d.Children = []Child{}
	}
	description = d
}

func describe() string {
	text, err := json.Marshal(description)
	if err != nil {
		panic(err)
	}
	return string(text)
}
