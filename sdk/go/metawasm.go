// Package metawasm makes a plugin for metawasm of a Go program: Metacontroller's hooks as functions.
//
// A program has an empty function main, and sets its description and its hooks in a function init:
//
//	func init() {
//		metawasm.Describe(metawasm.Description{Name: "site", Version: "0.1.0", …})
//		metawasm.Sync(sync)
//	}
//
//	func main() {}
//
//	func sync(request metawasm.Request, settings Settings) (metawasm.Response, error) { … }
//
// Every call of a hook runs in a fresh instance of the program: global variables do not outlive it.
package metawasm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// Hook is the name of a hook: sync, finalize or customize.
type Hook string

// Object is a Kubernetes object as JSON. It is decoded when the hook asks for it: see [Object.Into].
type Object = json.RawMessage

// Into decodes a part of a request, such as request.Parent. An error is about the object's own fields, and becomes a
// failure `invalid`, which its author sees as an Event. An absent object leaves the value as it is.
func Into(object Object, value any) error {
	if len(object) == 0 {
		return nil
	}
	err := json.Unmarshal(object, value)
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &typ):
		return Invalid("%s: expected %s, got %s", typ.Field, jsonType(typ), typ.Value)
	case err != nil:
		return fmt.Errorf("cannot read an object: %w", err)
	}
	return nil
}

func jsonType(err *json.UnmarshalTypeError) string {
	switch kind := err.Type.Kind().String(); {
	case strings.HasPrefix(kind, "uint"):
		return "an integer of 0 or more"
	case strings.HasPrefix(kind, "int"):
		return "an integer"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "bool":
		return "a Boolean"
	case kind == "slice" || kind == "array":
		return "a list"
	case kind == "string":
		return "a string"
	default:
		return "an object"
	}
}

// Group has the objects of each kind, such as "Deployment.apps/v1", by NAMESPACE/NAME, or by NAME if they are not in a
// namespace.
type Group map[string]map[string]Object

// Get returns the object of a kind, such as "Deployment.apps/v1". The name is NAME, or NAMESPACE/NAME if several
// namespaces have it. An absent object is nil, which [Into] accepts.
func (g Group) Get(kind, name string) Object {
	objects := g[kind]
	if object, found := objects[name]; found {
		return object
	}
	var first string
	for key := range objects {
		if strings.HasSuffix(key, "/"+name) && (first == "" || key < first) {
			first = key
		}
	}
	return objects[first]
}

// Request is the request of a hook. The parent of a decorator is in Parent too.
type Request struct {
	Controller  Object `json:"controller"`
	Parent      Object `json:"parent"`
	Children    Group  `json:"children"`
	Related     Group  `json:"related"`
	Finalizing  bool   `json:"finalizing"`
	object      Object
	isDecorator bool
}

// UnmarshalJSON reads a request of a composite or a decorator.
func (r *Request) UnmarshalJSON(text []byte) error {
	type plain Request
	var both struct {
		plain
		Object      Object `json:"object"`
		Attachments Group  `json:"attachments"`
	}
	if err := json.Unmarshal(text, &both); err != nil {
		return err
	}
	*r = Request(both.plain)
	if both.Object != nil {
		r.isDecorator, r.Parent, r.Children = true, both.Object, both.Attachments
	}
	return nil
}

// Response is the answer of the hooks sync and finalize.
type Response struct {
	// Status of the parent. A nil status leaves it as it is.
	Status any
	// Children that should exist. All others are deleted.
	Children []any
	// Labels and Annotations are those that a decorator sets. A nil value deletes the key.
	Labels, Annotations map[string]*string
	// Finalized says that nothing is left to be done for a parent that is being deleted.
	Finalized bool
	// ResyncAfterSeconds is the time until the next call, if nothing changes before. 0 means never.
	ResyncAfterSeconds float64
}

func (r Response) encode(request Request) any {
	answer := map[string]any{}
	children := r.Children
	if children == nil {
		children = []any{}
	}
	if request.isDecorator {
		answer["attachments"] = children
		if r.Labels != nil {
			answer["labels"] = r.Labels
		}
		if r.Annotations != nil {
			answer["annotations"] = r.Annotations
		}
	} else {
		answer["children"] = children
	}
	if r.Status != nil {
		answer["status"] = r.Status
	}
	if request.Finalizing {
		answer["finalized"] = r.Finalized
	}
	if r.ResyncAfterSeconds > 0 {
		answer["resyncAfterSeconds"] = r.ResyncAfterSeconds
	}
	return answer
}

// Customization is the answer of the hook customize: the related objects that the other hooks get.
type Customization struct {
	RelatedResources []RelatedResource
}

// RelatedResource selects objects of a kind, by labels or by namespace and names.
type RelatedResource struct {
	APIVersion        string   `json:"apiVersion"`
	Resource          string   `json:"resource"`
	LabelSelector     any      `json:"labelSelector,omitempty"`
	NamespaceSelector any      `json:"namespaceSelector,omitempty"`
	Namespace         string   `json:"namespace,omitempty"`
	Names             []string `json:"names,omitempty"`
}

func (c Customization) encode(Request) any {
	related := c.RelatedResources
	if related == nil {
		related = []RelatedResource{}
	}
	return map[string]any{"relatedResources": related}
}

var hooks = map[Hook]func(request, settings []byte) ([]byte, error){}

func set[S any, R interface{ encode(Request) any }](name Hook, hook func(Request, S) (R, error)) {
	hooks[name] = func(requestText, settingsText []byte) ([]byte, error) {
		var request Request
		if err := json.Unmarshal(requestText, &request); err != nil {
			return nil, fmt.Errorf("cannot read the request: %w", err)
		}
		var settings S
		if err := json.Unmarshal(settingsText, &settings); err != nil {
			return nil, fmt.Errorf("cannot read the settings: %w", err)
		}
		response, err := hook(request, settings)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(response.encode(request)); err != nil {
			return nil, fmt.Errorf("cannot write the answer: %w", err)
		}
		return text.Bytes(), nil
	}
}

// run calls a hook. A panic becomes a failure.
func run(name Hook, request, settings []byte) (response []byte, failed *failure) {
	defer func() {
		if reason := recover(); reason != nil {
			failed = &failure{kind: kindInternal, text: fmt.Sprintf("panic: %v%s", reason, place())}
			Errorf("%s", failed.text)
		}
	}()
	hook := hooks[name]
	if hook == nil {
		return nil, &failure{kind: kindInternal, text: fmt.Sprintf("the hook %s is not set in a function init", name)}
	}
	response, err := hook(request, settings)
	if err != nil {
		return nil, failureOf(err)
	}
	return response, nil
}

// place returns where the panic that is being handled began: the first frame of the plugin's own code.
func place() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "main.") {
			file := frame.File[strings.LastIndexByte(frame.File, '/')+1:]
			return fmt.Sprintf(" at %s:%d", file, frame.Line)
		}
		if !more {
			return ""
		}
	}
}
