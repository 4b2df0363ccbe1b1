//go:build tools

// Package tools names the program that the end-to-end suite builds, so that go.mod and go.sum hold what it needs.
package tools

import _ "go.etcd.io/etcd/server/v3"
