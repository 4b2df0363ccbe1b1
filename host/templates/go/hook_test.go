package main

import (
	"errors"
	"testing"

	"metawasm"
)

func TestMessageIsRequired(t *testing.T) {
	request := metawasm.Request{Parent: metawasm.Object(`{"metadata": {"name": "example"}, "spec": {}}`)}
	_, err := sync(request, Settings{})
	if !errors.Is(err, metawasm.ErrInvalid) {
		t.Fatalf("expected an invalid parent, got %v", err)
	}
}

func TestChildren(t *testing.T) {
	request := metawasm.Request{Parent: metawasm.Object(`{"metadata": {"name": "example"}, "spec": {"message": "Hi"}}`)}
	response, err := sync(request, Settings{})
	if err != nil || len(response.Children) != 2 {
		t.Fatalf("expected two children, got %v, %v", response.Children, err)
	}
}
