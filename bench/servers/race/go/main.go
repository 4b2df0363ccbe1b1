// Command bench-race serves the hook of bench/hooks natively, or answers each request with the answer in a file, which is
// the floor of any hook. It prints its address.
//
//	server typed|untyped [ANSWER.json]
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"

	"workload/typed"
	"workload/untyped"
)

func main() {
	handler, err := choose(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	fmt.Fprintln(os.Stderr, http.Serve(listener, handler))
	os.Exit(1)
}

func choose(args []string) (http.Handler, error) {
	switch {
	case len(args) == 1 && args[0] == "typed":
		return serve(typed.Sync), nil
	case len(args) == 1 && args[0] == "untyped":
		return serve(untyped.Sync), nil
	case len(args) == 2 && args[0] == "typed":
		stored, err := read[answer](args[1])
		return serve(func(typed.Request) answer { return stored }), err
	case len(args) == 2 && args[0] == "untyped":
		stored, err := read[map[string]any](args[1])
		return serve(func(map[string]any) map[string]any { return stored }), err
	}
	return nil, fmt.Errorf("usage: server typed|untyped [ANSWER.json]")
}

// read reads the answer of a floor.
func read[A any](path string) (answer A, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return answer, err
	}
	return answer, json.Unmarshal(text, &answer)
}

// serve reads a request as Q, and writes what the hook makes of it.
func serve[Q, A any](hook func(Q) A) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		text, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		var question Q
		if err := json.Unmarshal(text, &question); err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := json.Marshal(hook(question))
		if err != nil {
			http.Error(response, err.Error(), http.StatusInternalServerError)
			return
		}
		response.Header().Set("Content-Type", "application/json")
		response.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = response.Write(answer)
	})
}
