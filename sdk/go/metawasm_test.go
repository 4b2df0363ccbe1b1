package metawasm

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
)

const composite = `{
	"controller": {},
	"parent": {"metadata": {"name": "a"}, "spec": {"size": "large"}},
	"children": {"ConfigMap.v1": {"default/a": {"data": {"b": "c"}}}},
	"finalizing": true
}`

type parent struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Size uint32 `json:"size"`
	} `json:"spec"`
}

// answers calls a hook as the host does.
func answers(t *testing.T, request string, hook func(Request, map[string]any) (Response, error)) (string, *failure) {
	t.Helper()
	Sync(hook)
	response, failure := run("sync", []byte(request), []byte("{}"))
	return string(response), failure
}

func TestRequestOfAComposite(t *testing.T) {
	answer, failure := answers(t, composite, func(request Request, _ map[string]any) (Response, error) {
		var configMap struct{ Data map[string]string }
		if err := Into(request.Children.Get("ConfigMap.v1", "a"), &configMap); err != nil {
			return Response{}, err
		}
		return Response{Status: configMap.Data, Finalized: true}, nil
	})
	expected := `{"children":[],"finalized":true,"status":{"b":"c"}}` + "\n"
	if failure != nil || answer != expected {
		t.Fatalf("got %s, %v", answer, failure)
	}
}

func TestRequestOfADecorator(t *testing.T) {
	request := `{"object": {"metadata": {"name": "a"}}, "attachments": {"ConfigMap.v1": {"a": {}}}}`
	answer, failure := answers(t, request, func(request Request, _ map[string]any) (Response, error) {
		var object parent
		if err := Into(request.Parent, &object); err != nil {
			return Response{}, err
		}
		if request.Children.Get("ConfigMap.v1", "a") == nil {
			return Response{}, errors.New("the attachment is absent")
		}
		name := object.Metadata.Name
		return Response{Labels: map[string]*string{"name": &name, "old": nil}, Children: []any{object}}, nil
	})
	expected := `{"attachments":[{"metadata":{"name":"a"},"spec":{"size":0}}],"labels":{"name":"a","old":null}}` + "\n"
	if failure != nil || answer != expected {
		t.Fatalf("got %s, %v", answer, failure)
	}
}

func TestErrorsBecomeFailures(t *testing.T) {
	for _, c := range []struct {
		hook func(Request) error
		kind kind
		text string
	}{
		{func(Request) error { return Invalid("spec.size: too %s", "large") }, kindInvalid, "spec.size: too large"},
		{func(Request) error { return RetryLater(5, "wait") }, kindRetryLater, "wait"},
		{func(Request) error { return fmt.Errorf("a: %w", RetryLater(5, "wait")) }, kindRetryLater, "a: wait"},
		{func(Request) error { return errors.New("bug") }, kindInternal, "bug"},
		{func(Request) error { panic("boom") }, kindInternal, "panic: boom"},
		{
			func(r Request) error { return Into(r.Parent, &parent{}) },
			kindInvalid, "spec.size: expected an integer of 0 or more, got string",
		},
	} {
		_, failure := answers(t, composite, func(request Request, _ map[string]any) (Response, error) {
			return Response{}, c.hook(request)
		})
		if failure == nil || failure.kind != c.kind || failure.text != c.text {
			t.Errorf("expected %q, got %+v", c.text, failure)
		}
	}
}

func TestInvalidRequestIsABug(t *testing.T) {
	hook := func(Request, map[string]any) (Response, error) { return Response{}, nil }
	if _, failure := answers(t, "[]", hook); failure == nil || failure.kind != kindInternal {
		t.Fatalf("got %+v", failure)
	}
}

func TestCustomize(t *testing.T) {
	Customize(func(Request, struct{}) (Customization, error) {
		related := RelatedResource{APIVersion: "v1", Resource: "secrets", Names: []string{"a"}}
		return Customization{RelatedResources: []RelatedResource{related}}, nil
	})
	answer, failure := run("customize", []byte(`{"parent": {}}`), []byte("{}"))
	expected := `{"relatedResources":[{"apiVersion":"v1","resource":"secrets","names":["a"]}]}` + "\n"
	if failure != nil || string(answer) != expected {
		t.Fatalf("got %s, %v", answer, failure)
	}
}

func TestDescription(t *testing.T) {
	Describe(Description{Name: "a", Children: []Child{{Kind: Kind{APIVersion: "v1", Kind: "Pod", Resource: "pods"}}}})
	var value map[string]any
	if err := json.Unmarshal([]byte(describe()), &value); err != nil {
		t.Fatal(err)
	}
	child := value["children"].([]any)[0].(map[string]any)
	if child["kind"] != "Pod" || child["apiVersion"] != "v1" {
		t.Fatalf("got %v", child)
	}
}

func TestGroupsHaveNamesWithAndWithoutANamespace(t *testing.T) {
	group := Group{"Pod.v1": {"a/x": Object("1"), "b/x": Object("2"), "y": Object("3"), "a/long-x": Object("4")}}
	for name, expected := range map[string]string{"x": "1", "b/x": "2", "y": "3", "long": "", "z": ""} {
		if got := group.Get("Pod.v1", name); string(got) != expected {
			t.Errorf("%s: got %s", name, got)
		}
	}
	if group.Get("Secret.v1", "x") != nil {
		t.Error("a kind that is absent")
	}
}

func TestCall(t *testing.T) {
	Sync(func(request Request, settings map[string]any) (Response, error) {
		if settings["fail"] == true {
			return Response{}, Invalid("spec: no")
		}
		return Response{Finalized: request.Finalizing}, nil
	})
	answer, err := Call("sync", []byte(composite), []byte("{}"))
	if expected := `{"children":[],"finalized":true}` + "\n"; err != nil || string(answer) != expected {
		t.Fatalf("got %s, %v", answer, err)
	}
	if _, err := Call("sync", []byte(composite), []byte(`{"fail": true}`)); !errors.Is(err, ErrInvalid) {
		t.Fatalf("expected an invalid parent, got %v", err)
	}
}
